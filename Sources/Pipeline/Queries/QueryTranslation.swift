import Records
import Assessments
import Report
import Rules
import PassageUtility
import ModelJudging
import ModelInterfaces

/// From scores of passages to verdicts, and to the report's facts.
struct QueryTranslation {
  let records: [Record]
  let retrievals: [Retrieval]
  let queries: [CandidateQuery]
  let assessment: QueryAssessments
  let plan: PassageUtilityPlan
  let likelihoods: LikelihoodScoring.Outcome?
  /// One per query; empty where nobody judged.
  let judging: [JudgingOutcome]
  /// Passages that the encoder saw only the beginning of.
  let truncated: [[Bool]]

  /// Passages listed as most suspect: what a person can look through in a sitting.
  static let suspectsListed = 50

  var results: [QueryResult] { queries.indices.map(result) }

  var truncatedCount: Int {
    queries.indices.reduce(0) { sum, index in
      sum + queries[index].passages.indices.count { isTruncated(index, $0) }
    }
  }

  private func isTruncated(_ query: Int, _ passage: Int) -> Bool {
    truncated[query][passage] || likelihoods?.truncated[query][passage] ?? false
      || judgement(query)?.passages[passage].wasCut ?? false
  }

  private func judgement(_ index: Int) -> QueryJudgement? {
    judging.isEmpty ? nil : judging[index].judgement
  }

  private func result(_ index: Int) -> QueryResult {
    let scores = assessment.scores[index]
    let decisions = assessment.decisions[index]
    let retrieval = retrievals[index]
    let (answer, source) = answer(index)
    return QueryResult(
      passages: retrieval.passages.indices.map { place in
        let grade = retrieval.passages[place].grade
        let isUseful = decisions.isUseful[place]
        return QueryResult.PassageResult(
          relevance: scores.relevance[place], utility: scores.utility[place], useful: isUseful,
          credibility: decisions.credibility[place], flagged: decisions.isFlagged[place],
          grade: grade ?? (isUseful ? plan.positiveFrom : 0),
          proposal: proposal(grade, decisions, place),
          hardNegative: decisions.isHardNegative[place],
          falseNegative: decisions.isFalseNegative[place],
          signals: scores.signals[place].map { ($0.signal.rawValue, $0.value) },
          truncated: isTruncated(index, place))
      },
      answer: answer, answerSource: source, scorer: scorer(index),
      softLabel: zip(retrieval.passages, decisions.softLabel).map { ($0.id, $1) },
      reason: reason(index))
  }

  /// What the evidence prefers to a flagged label: useless is grade 0, useful the least that means so.
  private func proposal(
    _ grade: Int?, _ decisions: PassageAssessments, _ place: Int
  ) -> Int? {
    guard let grade, decisions.isFlagged[place] else { return nil }
    return grade >= plan.positiveFrom ? 0 : plan.positiveFrom
  }

  private func answer(_ index: Int) -> (String?, source: String?) {
    if let given = retrievals[index].answers.first { return (given, "given") }
    if let written = judgement(index)?.answer { return (written, "generated") }
    if let sentence = assessment.scores[index].bestSentence { return (sentence, "extracted") }
    return (nil, nil)
  }

  private func scorer(_ index: Int) -> String {
    if judgement(index) != nil { return "judge" }
    let isRead = likelihoods?.values[index].query.contains { $0 != nil } ?? false
    return isRead ? "likelihood" : "extractive"
  }

  private func reason(_ index: Int) -> String? {
    let query = queries[index]
    if query.passages.isEmpty { return "there are no passages" }
    if query.passages.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) {
      return "no passage has a text"
    }
    if likelihoods?.isForeign[index] == true {
      return "the language model cannot read this query's language; the texts' own scores stand"
    }
    if !judging.isEmpty, judging[index].judgement == nil {
      return "there is no judgement, and the texts' own scores stand: "
        + (judging[index].reason ?? "nothing could be asked")
    }
    if !judging.isEmpty, !judging[index].failures.isEmpty {
      return
        "of \(judging[index].calls) replies of the judge, \(judging[index].failures.count) could not be used"
    }
    if case .judge(let judge) = plan.means, judge.isCut(query.text) {
      return "the judge read only the beginning of the query"
    }
    return nil
  }

  // MARK: - The report

  var facts: RetrievalFacts {
    var facts = RetrievalFacts(
      queries: queries.count, passages: 0, scorer: plan.scorer, reason: plan.reason,
      weights: weights, useful: 0,
      labelled: 0, flagged: 0, hardNegatives: 0, falseNegatives: 0, answers: [:],
      suspects: suspects)
    if case .judge(let judge) = plan.means {
      facts.judging = RetrievalFacts.JudgingFacts(
        judging, by: judge, believed: assessment.reliability)
    }
    facts.calibration = CalibrationFacts(assessment.scores)
    for (index, decisions) in assessment.decisions.enumerated() {
      facts.passages += decisions.isUseful.count
      facts.useful += decisions.isUseful.count { $0 }
      facts.labelled += decisions.credibility.count { $0 != nil }
      facts.flagged += decisions.isFlagged.count { $0 }
      facts.hardNegatives += decisions.isHardNegative.count { $0 }
      facts.falseNegatives += decisions.isFalseNegative.count { $0 }
      if let source = answer(index).source { facts.answers[source, default: 0] += 1 }
    }
    return facts
  }

  /// Shares of the signals that were read, in a score of utility. What a judge says comes on top, by its
  /// log-odds.
  private var weights: [String: Double] {
    let used = Set(assessment.scores.flatMap { $0.signals.flatMap { $0.map(\.signal) } })
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
    for (query, decisions) in assessment.decisions.enumerated() {
      for place in decisions.isFlagged.indices where decisions.isFlagged[place] {
        flagged.append((query, place, decisions.credibility[place] ?? 1))
      }
    }
    flagged.sort { ($0.credibility, $0.query, $0.passage) < ($1.credibility, $1.query, $1.passage) }
    return flagged.prefix(Self.suspectsListed).map { suspect in
      let passage = retrievals[suspect.query].passages[suspect.passage]
      let decisions = assessment.decisions[suspect.query]
      return RetrievalFacts.SuspectPassage(
        line: records[suspect.query].line, id: records[suspect.query].id, passage: passage.id,
        query: Excerpt.of(queries[suspect.query].text), text: Excerpt.of(passage.titledText),
        label: passage.grade ?? 0,
        proposal: proposal(passage.grade, decisions, suspect.passage),
        credibility: suspect.credibility,
        utility: assessment.scores[suspect.query].utility[suspect.passage])
    }
  }
}
