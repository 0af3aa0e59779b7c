import ModelInterfaces
import Concurrency
import Report
import PassageUtility
import ModelJudging

/// The outcome of asking a judge about some of a query's passages.
struct JudgedQuery {
  let outcome: JudgingOutcome
  /// One per passage of the query; nil for one that the judge was not asked about, and everywhere without a
  /// judgement.
  let passages: [PassageJudgement?]

  init(_ outcome: JudgingOutcome, isAsked: [Bool]) {
    self.outcome = outcome
    var judged = (outcome.judgement?.passages ?? []).makeIterator()
    passages = isAsked.map { $0 ? judged.next() : nil }
  }
}

/// Asks a model to judge passages of queries, several queries at once if the generator allows it.
struct JudgingRound {
  let judge: PassageJudge

  /// Judges the queries.
  ///
  /// - Parameters:
  ///   - isAsked: whether the judge sees each passage, per query and passage.
  ///   - progress: called with the number of queries done, and the number of queries that are judged; on any
  ///     thread.
  /// - Returns: one per query, in order; nil for a query of which the judge sees no passage.
  func outcomes(
    of queries: [CandidateQuery], isAsked: [[Bool]],
    progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> [JudgedQuery?] {
    let judge = judge
    let places = queries.indices.filter { isAsked[$0].contains(true) }
    let judged = try concurrently(
      places, workers: judge.generator.concurrency, progress: progress
    ) { place in
      let query = queries[place]
      let shown = zip(query.passages, isAsked[place]).filter(\.1).map(\.0)
      return JudgedQuery(
        judge.judge(query: query.text, passages: shown, answers: query.answers),
        isAsked: isAsked[place])
    }
    var outcomes = [JudgedQuery?](repeating: nil, count: queries.count)
    for (place, judged) in zip(places, judged) { outcomes[place] = judged }
    return outcomes
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
    _ outcomes: [JudgingOutcome], by judge: PassageJudge, reliability: JudgeReliability?,
    agreement: LabelAgreement?
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
    let usage = outcomes.reduce(TokenUsage()) { $0 + $1.usage }
    tokens = Tokens(
      prompts: usage.prompt, replies: usage.reply, areEstimated: usage.isEstimated)
    self.agreement = agreement.map {
      Agreement(passages: $0.passages, share: $0.share, kappa: $0.kappa)
    }
  }
}
