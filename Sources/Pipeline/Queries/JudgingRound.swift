import ModelInterfaces
import Concurrency
import Report
import PassageUtility
import ModelJudging

/// Asks a model to judge the passages of every query, several queries at once if the generator allows it.
struct JudgingRound {
  let judge: PassageJudge

  /// Judges all queries.
  ///
  /// - Parameter progress: called with the number of queries done, and the number of all queries; on any
  ///   thread.
  /// - Returns: one outcome per query, in order.
  func outcomes(
    of queries: [CandidateQuery], progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> [JudgingOutcome] {
    let judge = judge
    return try concurrently(queries, workers: judge.generator.concurrency, progress: progress) {
      judge.judge(query: $0.text, passages: $0.passages, answers: $0.answers)
    }
  }
}

extension Sequence<StepFailure> {
  /// How many failures there are of each kind, by the kind's name in reports.
  var countsByKind: [String: Int] {
    var counts: [String: Int] = [:]
    for failure in self {
      switch failure.cause {
      case .generation(let error): counts[error.kind.rawValue, default: 0] += 1
      case .unreadable: counts["unreadable", default: 0] += 1
      }
    }
    return counts
  }
}

extension PromptSet {
  /// The versions of prompts by name; the digest follows the version of a prompt that is not shipped.
  func versions(_ names: [Prompt.Name]) -> [String: String] {
    let known = Set(names.map(\.rawValue))
    return Dictionary(
      uniqueKeysWithValues: entries.filter { known.contains($0.name) }.map {
        ($0.name, $0.isShipped ? $0.version : "\($0.version) \($0.digest)")
      })
  }
}

extension RetrievalFacts.JudgingFacts {
  init(
    _ outcomes: [JudgingOutcome], by judge: PassageJudge, reliability: JudgeReliability?
  ) {
    let failures = outcomes.flatMap(\.failures)
    let form: Prompt.Name =
      judge.settings.form == .ranking ? .utilityRanking : .utilitySelection
    self.init(
      selection: judge.settings.form.rawValue,
      prompts: judge.prompts.versions([.relevanceSelection, .answer, form]),
      calls: outcomes.reduce(0) { $0 + $1.calls }, failures: failures.countsByKind,
      withoutJudgement: outcomes.count { $0.judgement == nil },
      firstFailure: failures.first.map { "\($0)" },
      logOdds: Dictionary(
        uniqueKeysWithValues: (reliability?.added ?? []).map { ("\($0.grade)", $0.logOdds) }))
  }
}
