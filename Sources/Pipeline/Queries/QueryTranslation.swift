import Records
import Report
import PassageUtility
import ModelJudging

/// Translates the assessments of passages into results for the output, and into facts for the report.
struct QueryTranslation {
  let records: [Record]
  let retrievals: [Retrieval]
  let queries: [CandidateQuery]
  let assessed: QueryAssessments
  let plan: PassageUtilityPlan
  let evidence: ModelEvidence
  /// Whether the encoder saw only the beginning of each passage, per query.
  let truncated: [[Bool]]

  /// How many of the most suspect passages the report lists: as many as a person can check in a few hours.
  static let suspectsListed = 500

  var results: [QueryResult] { queries.indices.map(result) }

  var truncatedCount: Int {
    queries.indices.reduce(0) { sum, index in
      sum + queries[index].passages.indices.count { isTruncated(index, $0) }
    }
  }

  private func isTruncated(_ query: Int, _ passage: Int) -> Bool {
    truncated[query][passage] || evidence.likelihoods(query)?.truncated[passage] ?? false
      || evidence.judged(query)?[passage]?.wasCut ?? false
  }

  private func judgement(_ index: Int) -> QueryJudgement? { evidence.judging(index)?.judgement }

  private func result(_ index: Int) -> QueryResult {
    let scores = assessed.scores[index]
    let assessments = assessed.assessments[index]
    let retrieval = retrievals[index]
    let (answer, source) = answer(index)
    return QueryResult(
      passages: retrieval.passages.indices.map { place in
        let grade = retrieval.passages[place].grade
        let isUseful = assessments.isUseful[place]
        return QueryResult.PassageResult(
          relevance: scores.relevance[place], utility: scores.utility[place], useful: isUseful,
          credibility: assessments.credibility[place], flagged: assessments.isFlagged[place],
          grade: grade ?? (isUseful ? plan.positiveFrom : 0),
          proposal: proposal(grade, assessments, place),
          hardNegative: assessments.negatives[place] == .hard,
          easyNegative: assessments.negatives[place] == .easy,
          falseNegative: assessments.negatives[place] == .tooNear,
          signals: scores.signals[place].map { ($0.signal.rawValue, $0.value) },
          truncated: isTruncated(index, place))
      },
      answer: answer, answerSource: source, scorer: scorer(index),
      softLabel: zip(retrieval.passages, assessments.softLabel).map { ($0.id, $1) },
      reason: reason(index))
  }

  /// The grade that the evidence prefers for a flagged label: 0 for useless, or the least grade that counts
  /// as useful; nil if the label is not flagged.
  private func proposal(
    _ grade: Int?, _ assessments: PassageAssessments, _ place: Int
  ) -> Int? {
    guard let grade, assessments.isFlagged[place] else { return nil }
    return grade >= plan.positiveFrom ? 0 : plan.positiveFrom
  }

  private func answer(_ index: Int) -> (String?, source: String?) {
    if let given = retrievals[index].answers.first { return (given, "given") }
    if let written = judgement(index)?.answer { return (written, "generated") }
    // A sentence of passages that do not help is no answer.
    if assessed.assessments[index].isUseful.contains(true),
      let sentence = assessed.scores[index].bestSentence
    {
      return (sentence, "extracted")
    }
    return (nil, nil)
  }

  private func scorer(_ index: Int) -> String {
    if judgement(index) != nil { return "judge" }
    let isRead =
      evidence.likelihoods(index)?.likelihoods.query.contains { $0 != nil } ?? false
    return isRead ? "likelihood" : "extractive"
  }

  private func reason(_ index: Int) -> String? {
    let query = queries[index]
    if query.passages.isEmpty { return "there are no passages" }
    if query.passages.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) {
      return "no passage has a text"
    }
    if evidence.likelihoods(index)?.isUnsupportedLanguage == true {
      return
        "the language model cannot read this query's language; the scores from the texts are used"
    }
    if let judging = evidence.judging(index) {
      if judging.judgement == nil {
        return "there is no judgement, and the scores from the texts are used: "
          + (judging.reason ?? "nothing could be asked")
      }
      if !judging.failures.isEmpty {
        return
          "of \(judging.calls) replies of the judge, \(judging.failures.count) could not be used"
      }
      if case .judge(let judge) = plan.method, judge.isCut(query.text) {
        return "the judge read only the beginning of the query"
      }
    }
    return assessed.assessments[index].isUseful.contains(true) ? nil : "no passage looks useful"
  }

  // MARK: - The report

  var facts: RetrievalFacts {
    var facts = RetrievalFacts(
      queries: queries.count, passages: 0, scorer: plan.scorer, reason: plan.reason,
      weights: weights, useful: 0,
      labelled: 0, flagged: 0, hardNegatives: 0, falseNegatives: 0, answers: [:],
      suspects: suspects)
    if case .judge(let judge) = plan.method {
      facts.judging = RetrievalFacts.JudgingFacts(
        queries.indices.compactMap(evidence.judging), by: judge,
        reliability: assessed.reliability, agreement: agreement)
    }
    facts.calibration = CalibrationFacts(assessed.scores)
    facts.withoutUseful = 0
    facts.perQuery = perQuery
    facts.scatter = scatter
    for (index, assessments) in assessed.assessments.enumerated() {
      facts.passages += assessments.isUseful.count
      facts.useful += assessments.isUseful.count { $0 }
      if !assessments.isUseful.contains(true) {
        facts.withoutUseful = (facts.withoutUseful ?? 0) + 1
      }
      facts.labelled += assessments.credibility.count { $0 != nil }
      facts.flagged += assessments.isFlagged.count { $0 }
      facts.hardNegatives += assessments.isHardNegative.count { $0 }
      facts.easyNegatives = (facts.easyNegatives ?? 0) + assessments.isEasyNegative.count { $0 }
      facts.falseNegatives += assessments.isFalseNegative.count { $0 }
      if let source = answer(index).source { facts.answers[source, default: 0] += 1 }
    }
    return facts
  }

  /// How far a judge's choices agree with the given labels of the passages that it was asked about.
  private var agreement: LabelAgreement? {
    LabelAgreement(
      queries.indices.flatMap { index in
        zip(evidence.judged(index) ?? [], queries[index].isLabelledUseful).compactMap {
          judged, label in
          judged.flatMap { judged in label.map { (judged.isUseful, $0) } }
        }
      })
  }

  /// The share of each used signal in the weights of the utility score. A judge is not among them, because
  /// its log-odds are added later.
  private var weights: [String: Double] {
    let used = Set(assessed.scores.flatMap { $0.signals.flatMap { $0.map(\.signal) } })
      .subtracting([.judge])
    let all: UtilityWeights = used.contains(.containsAnswer) ? .capable : .shipped
    let total = used.sorted().reduce(0) { $0 + all.weight(of: $1) }
    return Dictionary(
      uniqueKeysWithValues: used.map {
        ($0.rawValue, total > 0 ? all.weight(of: $0) / total : 0)
      })
  }

  private var suspects: [RetrievalFacts.SuspectPassage] {
    var flagged: [(query: Int, passage: Int, credibility: Double)] = []
    for (query, assessments) in assessed.assessments.enumerated() {
      for place in assessments.isFlagged.indices where assessments.isFlagged[place] {
        flagged.append((query, place, assessments.credibility[place] ?? 1))
      }
    }
    flagged.sort { ($0.credibility, $0.query, $0.passage) < ($1.credibility, $1.query, $1.passage) }
    return flagged.prefix(Self.suspectsListed).map { suspect in
      let passage = retrievals[suspect.query].passages[suspect.passage]
      let assessments = assessed.assessments[suspect.query]
      return RetrievalFacts.SuspectPassage(
        line: records[suspect.query].line, id: records[suspect.query].id, passage: passage.id,
        query: Excerpt.of(queries[suspect.query].text), text: Excerpt.of(passage.titledText),
        label: passage.grade ?? 0,
        proposal: proposal(passage.grade, assessments, suspect.passage),
        credibility: suspect.credibility,
        utility: assessed.scores[suspect.query].utility[suspect.passage])
    }
  }
}
