import Foundation

/// How reliable the judgements of a language model are in one file.
///
/// Judges differ: a model of 1.5 billion parameters is right a little more often than chance, where the
/// texts alone are nearly always right. So emend does not assume that a judge is right. A judgement is
/// evidence beside the signals of the texts. How often the judge gives each grade to useful passages
/// and to useless ones is estimated on the file's own passages, by expectation and maximisation. The
/// utility from the texts stands for the unknown truth (after Dawid and Skene, "Maximum Likelihood
/// Estimation of Observer Error-Rates", 1979). docs/METHODS.md, section 4.
package struct JudgeReliability: Sendable, Equatable {
  /// A judgement of a passage, as one of three ranges of `PassageJudgement.score`.
  package enum Grade: Int, Sendable, CaseIterable {
    /// Below ¼: not relevant.
    case rejected
    /// From ¼ to below ¾: relevant but not selected, or in the lower half of a ranking.
    case related
    /// From ¾ on: selected, or in the upper half of a ranking.
    case selected

    package init(score: Double) {
      self = score < 0.25 ? .rejected : score < 0.75 ? .related : .selected
    }
  }

  /// ln P(grade | useful) − ln P(grade | useless), by `Grade.rawValue`; above 0 makes usefulness more
  /// likely.
  let logOdds: [Double]

  /// The share of the log-odds that counts, 0…1. A judge makes some of the errors that the texts make,
  /// so it is not fully independent evidence. With half of the log-odds, a judge of 1.5 billion
  /// parameters made the probabilities better on two development sets and no worse on the third. With
  /// three quarters it cost .04 of MAP on XQuAD, where the texts are nearly always right.
  /// docs/METHODS.md, section 4.
  static let share = 0.5
  static let rounds = 20
  /// The prior of a judge: the shares of the grades among useful passages and among useless ones, and
  /// how many passages of each kind the prior counts as. Compared with people's labels on MS MARCO,
  /// large models selected relevant passages with a recall of .93 and a precision of .15, and useful
  /// ones with .85 and .30; one passage in sixteen was positive (arXiv 2504.05220).
  static let priorUseful = [0.07, 0.08, 0.85]
  static let priorUseless = [0.65, 0.22, 0.13]
  static let priorPassages = 20.0

  /// Estimates the reliability of a judge from its judgements of a file's passages.
  ///
  /// - Parameters:
  ///   - utility: the utility from the texts, per query and passage, 0…1; 0 for a blank passage, which
  ///     the estimate leaves out.
  ///   - judged: the judge's score of each passage, 0…1, higher is more useful, one list per query; nil
  ///     for a query without a judgement, and for a passage that the judge was not asked about.
  /// - Complexity: O(passages · rounds).
  package static func estimate(
    _ utility: [[Double]], judged: [[Double?]?]
  ) -> JudgeReliability {
    precondition(utility.count == judged.count, "judgements of every query")
    var known: [(utility: Double, grade: Int)] = []
    for (utility, judged) in zip(utility, judged) {
      guard let judged else { continue }
      for (utility, score) in zip(utility, judged) where utility > 0 {
        guard let score else { continue }
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

  /// - Parameters: how often each grade occurs among useful and among useless passages, above 0.
  private init(useful: [Double], useless: [Double]) {
    let (usefulSum, uselessSum) = (useful.reduce(0, +), useless.reduce(0, +))
    logOdds = zip(useful, useless).map { log($0 / usefulSum) - log($1 / uselessSum) }
  }

  /// Combines the utility from the texts with the judge's score into one probability, 0…1, higher is more
  /// useful; 0 stays 0.
  func joined(_ utility: Double, score: Double) -> Double {
    joined(utility, grade: Grade(score: score).rawValue)
  }

  private func joined(_ utility: Double, grade: Int) -> Double {
    guard utility > 0, utility < 1 else { return utility }
    let odds = utility / (1 - utility) * exp(Self.share * logOdds[grade])
    return odds / (1 + odds)
  }

  /// What each grade adds to the log-odds of a passage's utility; above 0 raises the utility.
  package var added: [(grade: Grade, logOdds: Double)] {
    Grade.allCases.map { ($0, Self.share * logOdds[$0.rawValue]) }
  }
}
