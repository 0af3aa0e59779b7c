/// The result for a query, which is written into the query's line as the member `emend`, and into each
/// passage as a member of the same name.
package struct QueryResult: Sendable {
  /// The result for one passage.
  package struct PassageResult: Sendable {
    /// The probability that the passage is on the query's topic, 0…1, by its meaning and words alone.
    package var relevance: Double
    /// The passage utility: the probability that the passage helps to give a right answer, 0…1.
    package var utility: Double
    /// Whether the passage belongs to the set from which the query is answered.
    package var useful: Bool
    /// The probability that the given label is right, 0…1: a low one marks a doubtful label. Nil where no
    /// label was given.
    package var credibility: Double?
    /// Whether the given label is probably wrong.
    package var flagged: Bool
    /// The grade after this run. A given grade is never replaced. A passage without one gets the least
    /// grade that means useful, or 0 where it is not useful.
    package var grade: Int
    /// The grade that the evidence prefers to a flagged one.
    package var proposal: Int?
    /// Whether the passage is a hard negative for training: it is not a positive, its relevance is clearly
    /// below that of the best positive, and it is among the nearest candidates (docs/METHODS.md, section 4).
    package var hardNegative: Bool
    /// Whether the passage is not a positive and too far from the query to be a hard negative.
    package var easyNegative: Bool
    /// Whether the passage is not a positive but looks about as relevant as the best positive, so that probably
    /// nobody has looked at it.
    package var falseNegative: Bool
    /// The values of the signals from which the scores were computed, by name.
    package var signals: [(name: String, value: Double)]
    /// Whether a model read only the beginning of the passage.
    package var truncated: Bool

    package init(
      relevance: Double, utility: Double, useful: Bool, credibility: Double?, flagged: Bool,
      grade: Int, proposal: Int?, hardNegative: Bool, easyNegative: Bool = false,
      falseNegative: Bool,
      signals: [(name: String, value: Double)], truncated: Bool
    ) {
      self.relevance = relevance
      self.utility = utility
      self.useful = useful
      self.credibility = credibility
      self.flagged = flagged
      self.grade = grade
      self.proposal = proposal
      self.hardNegative = hardNegative
      self.easyNegative = easyNegative
      self.falseNegative = falseNegative
      self.signals = signals
      self.truncated = truncated
    }
  }

  /// In the record's order.
  package var passages: [PassageResult]
  /// The answer with which the scores were computed: the record's own, one that a model wrote, or the
  /// sentence of the passages that answers best; nil where there is none.
  package var answer: String?
  /// The origin of `answer`: `given`, `generated` or `extracted`.
  package var answerSource: String?
  /// The method that scored the passages, such as `extractive`, or `likelihood` with a model's name.
  package var scorer: String
  /// The share of each passage, by id and in the record's order. The shares sum to 1, or there are none.
  package var softLabel: [(id: String, probability: Double)]
  /// Why some usual part of the result is missing, in words; nil where nothing is missing.
  package var reason: String?

  package init(
    passages: [PassageResult], answer: String?, answerSource: String?, scorer: String,
    softLabel: [(id: String, probability: Double)], reason: String?
  ) {
    self.passages = passages
    self.answer = answer
    self.answerSource = answerSource
    self.scorer = scorer
    self.softLabel = softLabel
    self.reason = reason
  }
}

/// The result for a record of any kind.
package enum RecordResult: Sendable {
  case annotation(AnnotationResult)
  case retrieval(QueryResult)
}
