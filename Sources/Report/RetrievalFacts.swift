/// What was done to the queries of a file.
package struct RetrievalFacts: Sendable, Codable {
  package var queries: Int
  package var passages: Int
  /// `extractive`, `likelihood` or `judge`; what a query got instead, where that failed, is in its record.
  package var scorer: String
  /// Why this scorer, in a sentence.
  package var reason: String
  /// The share of each signal's weight, by the signal's name, 0…1, summing to 1 over those that were
  /// read, a judge's word left out; higher counts more. Weights are per unit, a typical difference within a query, so shares can be
  /// compared.
  package var weights: [String: Double]
  /// Passages in the chosen sets.
  package var useful: Int
  /// Passages with a label, and those whose label is suspect.
  package var labelled: Int
  package var flagged: Int
  package var hardNegatives: Int
  /// No positives, and yet about as relevant as the best one: probably never looked at.
  package var falseNegatives: Int
  /// Queries by where their answer is from: `given`, `generated`, `extracted`; the rest has none.
  package var answers: [String: Int]
  /// Share of the positives, 0…1, that a consistency filter would keep: among the two nearest of their
  /// query, and near enough. Nil where there is no positive.
  package var keepRate: Double?
  /// What a judge was asked and how it went; nil where none was asked.
  package var judging: JudgingFacts?
  /// Where the calibration of utility comes from; nil in reports of versions that knew only one.
  package var calibration: CalibrationFacts?
  /// The passages whose labels are least credible, least credible first.
  package var suspects: [SuspectPassage]

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

  /// What a language model was asked and how that went.
  package struct JudgingFacts: Sendable, Codable {
    /// How it says what is useful: `selection` or `ranking`.
    package var selection: String
    /// Versions of the prompts by name, with the digest of those that are not the shipped ones.
    package var prompts: [String: String]
    /// Questions put, those whose replies an earlier run remembered included.
    package var calls: Int
    /// Questions without a usable reply, by kind; a try that was repeated with success is none.
    package var failures: [String: Int]
    /// Queries that have the texts' own scores instead.
    package var withoutJudgement: Int
    /// In words; nil where nothing failed.
    package var firstFailure: String?
    /// What the judge's word adds to the log-odds of a passage's utility, as far as the file shows it to be
    /// right, for what it `rejected`, called `related` or `selected`; natural logarithms, above 0 speaks for
    /// the passage, and near 0 the judge knows nothing. Nil in reports of versions that took it at its word.
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
  /// Every number to four decimals.
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

  /// Lines for a terminal: numbers with what they mean, then sentences.
  func summary() -> (rows: [(Int, String)], sentences: [String]) {
    var rows = [(passages, "passages of \(String(counting: queries, "query", many: "queries"))")]
    rows.append((useful, "chosen as useful"))
    if labelled > 0 { rows.append((flagged, "suspect labels of \(labelled), none changed")) }
    rows.append((hardNegatives, "hard negatives"))
    if falseNegatives > 0 {
      rows.append((falseNegatives, "no positives, and about as relevant as the best one"))
    }
    var sentences = ["Scored by \(scorer): \(reason)"]
    if let judging, judging.withoutJudgement > 0 {
      let lost = String(counting: judging.withoutJudgement, "query has", many: "queries have")
      sentences.append(
        "\(lost) no judgement, and the texts' own scores stand: \(judging.firstFailure ?? "")")
    }
    sentences += calibration?.sentences ?? []
    return (rows, sentences)
  }
}
