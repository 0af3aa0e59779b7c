import Foundation

/// How far a judge's word is taken in one file.
///
/// Judges differ: one of 1.5 billion parameters is right a little more often than chance, where the texts
/// alone are right nearly always. So nothing is assumed of a judge. What it says of a passage is a witness
/// beside the texts, and how often it says so of what is useful and of what is not is estimated on the file's
/// own passages, by expectation and maximisation, with the texts' utility for what is not known (after Dawid
/// and Skene, "Maximum Likelihood Estimation of Observer Error-Rates", 1979).
package struct JudgeReliability: Sendable, Equatable {
  /// What a judge says of a passage, in three grades of `PassageJudgement.score`.
  package enum Grade: Int, Sendable, CaseIterable {
    /// Below ¼: not even relevant.
    case rejected
    /// Relevant, and not chosen; in a ranking, in its lower half.
    case related
    /// From ¾ on: chosen; in a ranking, in its upper half.
    case selected

    package init(score: Double) {
      self = score < 0.25 ? .rejected : score < 0.75 ? .related : .selected
    }
  }

  /// ln P(grade | useful) − ln P(grade | useless), by `Grade.rawValue`; high speaks for the passage.
  let logOdds: [Double]

  /// A judge errs where the texts err too, so that its word is no witness of its own in full. With half of it,
  /// one of 1.5 billion parameters made the probabilities better on two development sets and no worse on the
  /// third; with three quarters it cost .04 of MAP on XQuAD, where the texts are nearly always right. docs/METHODS.md, section 4.
  static let share = 0.5
  static let rounds = 20
  /// What is thought of a judge that nothing is known of, as shares of the grades among what is useful and
  /// what is useless, and how many passages of each that is worth. Large models against people's labels on MS
  /// MARCO selected relevant passages with a recall of .93 and a precision of .15, and useful ones with .85
  /// and .30 (arXiv 2504.05220), one in sixteen being positive.
  static let priorUseful = [0.07, 0.08, 0.85]
  static let priorUseless = [0.65, 0.22, 0.13]
  static let priorPassages = 20.0

  /// - Parameters:
  ///   - utility: of the texts, per query and passage, 0…1; 0 for a blank passage, of which nothing is learnt.
  ///   - judged: what the judge says of each passage, 0…1, higher is more useful, one list per query; nil
  ///     where there is no judgement.
  /// - Complexity: O(passages · rounds).
  package static func estimate(
    _ utility: [[Double]], judged: [[Double]?]
  ) -> JudgeReliability {
    precondition(utility.count == judged.count, "judgements of every query")
    var known: [(utility: Double, grade: Int)] = []
    for (utility, judged) in zip(utility, judged) {
      guard let judged else { continue }
      for (utility, score) in zip(utility, judged) where utility > 0 {
        known.append((utility, Grade(score: score).rawValue))
      }
    }
    var reliability = JudgeReliability(useful: priorUseful, useless: priorUseless)
    for _ in 0..<rounds {
      var useful = priorUseful.map { $0 * priorPassages }
      var useless = priorUseless.map { $0 * priorPassages }
      for passage in known {
        let probability = reliability.joined(passage.utility, grade: passage.grade)
        useful[passage.grade] += probability
        useless[passage.grade] += 1 - probability
      }
      reliability = JudgeReliability(useful: useful, useless: useless)
    }
    return reliability
  }

  /// - Parameters: amounts above 0 of each grade.
  private init(useful: [Double], useless: [Double]) {
    let (usefulSum, uselessSum) = (useful.reduce(0, +), useless.reduce(0, +))
    logOdds = zip(useful, useless).map { log($0 / usefulSum) - log($1 / uselessSum) }
  }

  /// The texts' utility and what the judge says, as one probability; 0 stays 0.
  func joined(_ utility: Double, score: Double) -> Double {
    joined(utility, grade: Grade(score: score).rawValue)
  }

  private func joined(_ utility: Double, grade: Int) -> Double {
    guard utility > 0, utility < 1 else { return utility }
    let odds = utility / (1 - utility) * exp(Self.share * logOdds[grade])
    return odds / (1 + odds)
  }

  /// What each grade adds to the log-odds of a passage's utility; above 0 speaks for it.
  package var added: [(grade: Grade, logOdds: Double)] {
    Grade.allCases.map { ($0, Self.share * logOdds[$0.rawValue]) }
  }
}
