package import Assessments

/// What became of one record's annotation; written into its line as the member `emend`.
///
/// Probabilities are 0…1. `credibility` is the probability that the *given* label is right, so low
/// is suspect; `weight` is the training weight after any correction, so high is worth learning from.
/// `utility` is no probability: below 0 the given label does harm.
package struct AnnotationResult: Sendable {
  /// One of the nearest records.
  package struct Neighbour: Sendable {
    package let id: String
    package let label: String
    /// Cosine, −1…1, higher is nearer.
    package let similarity: Float
    package init(id: String, label: String, similarity: Float) {
      self.id = id
      self.label = label
      self.similarity = similarity
    }
  }

  package var credibility: Double?
  package var flagged: Bool
  package var action: LabelAction
  /// The label after this run: one label, or the whole list where the record is multi-label.
  package var labels: [Label]
  /// What the evidence prefers where it differs from `labels`; empty otherwise.
  package var proposal: [Label]
  /// Probability by label name, largest first. Sums to 1, but for multi-label records, where each
  /// is the probability that this label belongs.
  package var softLabel: [(label: String, probability: Double)]
  package var weight: Double
  /// How many of its neighbours' labels the given label helps to predict, on balance; 0 is a label
  /// that none of them looks at, negative one that does harm; nil where none was given.
  package var utility: Double?
  package var neighbours: [Neighbour]
  /// Each signal's probability of the given label, in the order in which signals are registered.
  package var signals: [(name: String, probability: Double)]
  /// Whether the text was cut at the model's limit.
  package var truncated: Bool
  /// A short reason in words, e.g. "out-voted 3 to 1"; nil where the numbers say it all.
  package var reason: String?
  /// What a language model says of the text's quality; nil where none was asked.
  package var rating: QualityRating?

  package init(
    credibility: Double?, flagged: Bool, action: LabelAction, labels: [Label], proposal: [Label],
    softLabel: [(label: String, probability: Double)], weight: Double, utility: Double?,
    neighbours: [Neighbour], signals: [(name: String, probability: Double)], truncated: Bool,
    reason: String?
  ) {
    self.credibility = credibility
    self.flagged = flagged
    self.action = action
    self.labels = labels
    self.proposal = proposal
    self.softLabel = softLabel
    self.weight = weight
    self.utility = utility
    self.neighbours = neighbours
    self.signals = signals
    self.truncated = truncated
    self.reason = reason
  }
}
