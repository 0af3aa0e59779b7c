/// What a run did to the queries of a file.
package struct RetrievalFacts: Sendable, Codable {
  package var queries: Int
  package var passages: Int
  /// `extractive`, `likelihood` or `judge`. Where it failed for a query, the query's own record names the
  /// scorer that it got instead.
  package var scorer: String
  /// Why this scorer was used, in a sentence.
  package var reason: String
  /// The share of each signal's weight by the signal's name, 0…1; higher counts more. Shares sum to 1
  /// over the signals that were used, not counting judgements. Weights are per unit, a typical
  /// difference within a query, so shares can be compared. docs/METHODS.md, section 4.
  package var weights: [String: Double]
  /// Number of passages in the sets that were chosen as useful.
  package var useful: Int
  /// Number of passages with a label.
  package var labelled: Int
  /// Number of passages whose label is suspect.
  package var flagged: Int
  /// Number of passages that are no positives and near enough to the query to train against.
  package var hardNegatives: Int
  /// Number of passages that are no positives and too far from the query to be hard negatives; nil in reports
  /// of versions that called these hard, too.
  package var easyNegatives: Int?
  /// Number of passages that are no positives, but about as relevant as the best positive: they are
  /// probably positives that nobody labelled.
  package var falseNegatives: Int
  /// Number of queries by the source of their answer: `given`, `generated` or `extracted`. The other
  /// queries have no answer.
  package var answers: [String: Int]
  /// Share of the positives that a consistency filter would keep, 0…1, higher is more consistent: those
  /// among the two nearest passages of their query and near enough. Nil where there is no positive.
  package var keepRate: Double?
  /// How a language model judged the passages; nil where none was asked.
  package var judging: JudgingFacts?
  /// How utility was calibrated; nil in reports of versions that had only the shipped calibration.
  package var calibration: CalibrationFacts?
  /// The passages whose labels are least credible, least credible first.
  package var suspects: [SuspectPassage]
  /// The queries with the most suspect labels, then with the most hard negatives; `mostQueries` at most. Nil
  /// in reports that older versions wrote.
  package var perQuery: [QueryRow]?
  /// The passages by relevance (x) and utility (y); nil in reports that older versions wrote.
  package var scatter: [PointGroup]?

  /// As many as a person can look at.
  package static let mostQueries = 100

  package init(
    queries: Int, passages: Int, scorer: String, reason: String, weights: [String: Double],
    useful: Int, labelled: Int, flagged: Int, hardNegatives: Int,
    falseNegatives: Int, answers: [String: Int],
    suspects: [SuspectPassage]
  ) {
    self.queries = queries
    self.passages = passages
    self.scorer = scorer
    self.reason = reason
    self.weights = weights
    self.useful = useful
    self.labelled = labelled
    self.flagged = flagged
    self.hardNegatives = hardNegatives
    self.falseNegatives = falseNegatives
    self.answers = answers
    self.suspects = suspects
  }

  /// How a language model judged the passages, and which judgements failed.
  package struct JudgingFacts: Sendable, Codable {
    /// How the language model names the useful passages: `selection` or `ranking`.
    package var selection: String
    /// Version of each prompt by its name, with its digest where it is not the prompt that emend ships.
    package var prompts: [String: String]
    /// Number of questions, including those whose replies came from the cache of an earlier run.
    package var calls: Int
    /// Number of questions without a usable reply, by kind of failure. A question that a later try
    /// answered is not counted.
    package var failures: [String: Int]
    /// Number of queries without a judgement, which have the scores of the texts alone.
    package var withoutJudgement: Int
    /// The first failure in words; nil where no question failed.
    package var firstFailure: String?
    /// How much each judgement (`rejected`, `related`, `selected`) adds to the log-odds of a passage's
    /// utility, as natural logarithms; docs/METHODS.md, section 4. It depends on how often the file
    /// shows the judgements to be right. Above 0 the judgement makes a passage more likely to be useful,
    /// below 0 less; near 0 it carries no information. Nil in reports of versions that did not estimate
    /// it.
    package var logOdds: [String: Double]?

    package init(
      selection: String, prompts: [String: String], calls: Int, failures: [String: Int],
      withoutJudgement: Int, firstFailure: String?, logOdds: [String: Double]?
    ) {
      self.selection = selection
      self.prompts = prompts
      self.calls = calls
      self.failures = failures
      self.withoutJudgement = withoutJudgement
      self.firstFailure = firstFailure
      self.logOdds = logOdds
    }
  }

  package struct SuspectPassage: Sendable, Codable {
    package var line: Int
    package var id: String
    package var passage: String
    package var query: String
    package var text: String
    package var label: Int
    package var proposal: Int?
    package var credibility: Double
    package var utility: Double

    package init(
      line: Int, id: String, passage: String, query: String, text: String, label: Int,
      proposal: Int?, credibility: Double, utility: Double
    ) {
      self.line = line
      self.id = id
      self.passage = passage
      self.query = query
      self.text = text
      self.label = label
      self.proposal = proposal
      self.credibility = credibility
      self.utility = utility
    }
  }
}

extension RetrievalFacts {
  /// One query, with the numbers of its passages.
  package struct QueryRow: Sendable, Codable {
    package var line: Int
    package var id: String
    /// The beginning of the query.
    package var query: String
    package var passages: Int
    package var useful: Int
    package var flagged: Int
    package var hardNegatives: Int
    package init(
      line: Int, id: String, query: String, passages: Int, useful: Int, flagged: Int,
      hardNegatives: Int
    ) {
      self.line = line
      self.id = id
      self.query = query
      self.passages = passages
      self.useful = useful
      self.flagged = flagged
      self.hardNegatives = hardNegatives
    }
  }

  /// The facts with every number rounded by `short`.
  func rounded(_ short: (Double) -> Double) -> RetrievalFacts {
    var copy = self
    copy.weights = weights.mapValues(short)
    copy.keepRate = keepRate.map(short)
    copy.judging?.logOdds = judging?.logOdds?.mapValues(short)
    for index in suspects.indices {
      copy.suspects[index].credibility = short(suspects[index].credibility)
      copy.suspects[index].utility = short(suspects[index].utility)
    }
    return copy
  }

  /// Lines for a terminal: numbers with their meanings, then sentences.
  func summary() -> (rows: [(Int, String)], sentences: [String]) {
    var rows = [(passages, "passages of \(String(counting: queries, "query", many: "queries"))")]
    rows.append((useful, "chosen as useful"))
    if labelled > 0 { rows.append((flagged, "suspect labels of \(labelled), none changed")) }
    rows.append((hardNegatives, "hard negatives"))
    if let easyNegatives { rows.append((easyNegatives, "easy negatives")) }
    if falseNegatives > 0 {
      rows.append((falseNegatives, "no positives, but about as relevant as the best positive"))
    }
    var sentences = ["Scored by \(scorer): \(reason)"]
    if let judging, judging.withoutJudgement > 0 {
      let unjudged = String(counting: judging.withoutJudgement, "query has", many: "queries have")
      sentences.append(
        "\(unjudged) no judgement, and the scores from the texts are used: \(judging.firstFailure ?? "")"
      )
    }
    sentences += calibration?.sentences ?? []
    return (rows, sentences)
  }
}
