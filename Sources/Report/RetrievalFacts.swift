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
  /// Number of queries without a useful passage; nil in reports of versions that did not count them.
  package var withoutUseful: Int?
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
  /// What a language model was asked about and what it changed; nil where the texts alone counted, and in
  /// reports of versions that asked about every passage.
  package var cascade: CascadeFacts?
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

  /// Which passages a language model was asked about, namely those that the texts left undecided, and what it
  /// changed. Passages without a text are not counted.
  package struct CascadeFacts: Sendable, Codable {
    /// Number of passages that the model saw.
    package var asked: Int
    /// Number of passages that it did not see.
    package var spared: Int
    /// Number of queries of which it saw a passage.
    package var queriesAsked: Int
    /// Number of queries of which it saw none.
    package var queriesSpared: Int
    /// Number of passages that it made useful or useless.
    package var changed: Int
    /// Mean absolute change of the utility of the passages that it saw, 0…1.
    package var meanChange: Double

    package init(
      asked: Int, spared: Int, queriesAsked: Int, queriesSpared: Int, changed: Int,
      meanChange: Double
    ) {
      self.asked = asked
      self.spared = spared
      self.queriesAsked = queriesAsked
      self.queriesSpared = queriesSpared
      self.changed = changed
      self.meanChange = meanChange
    }

    var sentence: String {
      guard asked > 0 else {
        return "The texts left nothing undecided, so the language model read none of "
          + "\(String(counting: spared, "passage"))."
      }
      let before =
        "The language model was asked about \(asked) of \(asked + spared) passages, "
        + "those of \(String(counting: queriesAsked, "query", many: "queries")) that the texts left "
        + "undecided; it changed whether "
      let what = String(counting: changed, "passage is", many: "passages are")
      return before
        + "\(what) useful, and utility by \((meanChange * 1000).rounded() / 1000) on average."
    }
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
    /// What the questions cost; nil in reports of versions that did not count it.
    package var tokens: Tokens?
    /// How far the judge's choices agree with the labels of the file; nil where no passage has both.
    package var agreement: Agreement?

    /// Numbers of tokens, including those of replies that came from the cache of an earlier run.
    package struct Tokens: Sendable, Codable {
      package var prompts: Int
      package var replies: Int
      /// Whether some are estimated from the length of the texts, because the server does not say.
      package var areEstimated: Bool

      package init(prompts: Int, replies: Int, areEstimated: Bool) {
        self.prompts = prompts
        self.replies = replies
        self.areEstimated = areEstimated
      }
    }

    /// How far a judge's choices agree with the given labels.
    package struct Agreement: Sendable, Codable {
      /// Number of passages that have both.
      package var passages: Int
      /// The share of equal ones, 0…1.
      package var share: Double
      /// Cohen's kappa: 1 for full agreement, 0 for that of chance; nil where chance alone would agree always.
      package var kappa: Double?

      package init(passages: Int, share: Double, kappa: Double?) {
        self.passages = passages
        self.share = share
        self.kappa = kappa
      }

      var sentence: String {
        let percent = Int((share * 100).rounded())
        let beside = kappa.map { ", Cohen's kappa \(($0 * 100).rounded() / 100)" } ?? ""
        return
          "The judge agrees with \(percent) % of \(String(counting: passages, "given label"))\(beside)."
      }
    }

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
    if let agreement = judging?.agreement {
      copy.judging?.agreement?.share = short(agreement.share)
      copy.judging?.agreement?.kappa = agreement.kappa.map(short)
    }
    if let cascade { copy.cascade?.meanChange = short(cascade.meanChange) }
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
    if let withoutUseful, withoutUseful > 0 {
      rows.append((withoutUseful, withoutUseful == 1 ? "query has none" : "queries have none"))
    }
    if labelled > 0 { rows.append((flagged, "suspect labels of \(labelled), none changed")) }
    rows.append((hardNegatives, "hard negatives"))
    if let easyNegatives { rows.append((easyNegatives, "easy negatives")) }
    if falseNegatives > 0 {
      rows.append((falseNegatives, "no positives, but about as relevant as the best positive"))
    }
    var sentences = ["Scored by \(scorer): \(reason)"]
    if let cascade { sentences.append(cascade.sentence) }
    if let agreement = judging?.agreement { sentences.append(agreement.sentence) }
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
