/// What became of a query's passages; written into its line as the member `emend`, and into each
/// passage as a member of the same name.
package struct QueryResult: Sendable {
  /// What became of one passage.
  package struct PassageResult: Sendable {
    /// Probability that the passage is on the query's topic, 0…1, by its meaning and words alone.
    package var relevance: Double
    /// Probability that the passage helps to give a right answer, 0…1.
    package var utility: Double
    /// Whether it belongs to the set that is chosen to answer from.
    package var useful: Bool
    /// Probability that the given label is right, 0…1, low is suspect; nil where none was given.
    package var credibility: Double?
    /// Whether the given label is suspect.
    package var flagged: Bool
    /// The grade after this run: the given one, which is never replaced; where there was none, the least
    /// that means useful for what is useful, and 0 for the rest.
    package var grade: Int
    /// What the evidence prefers to a flagged label.
    package var proposal: Int?
    /// Whether it looks relevant enough to be worth training against, and is no positive.
    package var hardNegative: Bool
    /// Whether it looks as relevant as the best positive, so that it was probably never looked at.
    package var falseNegative: Bool
    /// What the scores were made of, by name.
    package var signals: [(name: String, value: Double)]
    /// Whether a model saw only its beginning.
    package var truncated: Bool

    package init(
      relevance: Double, utility: Double, useful: Bool, credibility: Double?, flagged: Bool,
      grade: Int, proposal: Int?, hardNegative: Bool, falseNegative: Bool,
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
      self.falseNegative = falseNegative
      self.signals = signals
      self.truncated = truncated
    }
  }

  /// In the record's order.
  package var passages: [PassageResult]
  /// The answer that was worked with: the record's own, one that a model wrote, or the sentence that
  /// says most; nil where there is none.
  package var answer: String?
  /// Where `answer` is from: `given`, `generated` or `extracted`.
  package var answerSource: String?
  /// What judged the passages, such as `extractive`, or `likelihood` with a model's name.
  package var scorer: String
  /// Share of each passage, by id and in the record's order; sums to 1, or is empty.
  package var softLabel: [(id: String, probability: Double)]
  /// Why something usual is missing, in words; nil where nothing is.
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

/// What became of a record, whatever it is.
package enum RecordResult: Sendable {
  case annotation(AnnotationResult)
  case retrieval(QueryResult)
}
