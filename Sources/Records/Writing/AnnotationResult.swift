package import Assessments

/// The result for one record's annotation, which is written into the record's line as the member `emend`.
///
/// Probabilities are 0…1. `credibility` is the best estimate of the probability that the *given* label is
/// right: a low one marks a doubtful label. `softLabel` and `weight` are cautious instead: without evidence
/// of the error rate they stay so near the given label that they do no harm if it is right. `weight` is the
/// training weight after any correction: higher is better to learn from.
/// `utility` is not a probability: below 0 the given label does harm.
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
  /// The place in the order of review, 1 = first to look at; nil for trusted records and those without a
  /// label.
  package var reviewRank: Int?
  package var action: LabelAction
  /// The label after this run: one label, or the whole list where the record is multi-label.
  package var labels: [Label]
  /// The labels that the evidence prefers, where they differ from `labels`; else empty.
  package var proposal: [Label]
  /// For a list that looks wrong: its labels that look like one too many, each with the probability 0…1 that it
  /// belongs to the record, lower is more suspect; else empty.
  package var surplus: [(label: String, probability: Double)] = []
  /// For a list that looks wrong: labels that it seems to lack, each with the probability 0…1 that it belongs to
  /// the record, higher is more suspect; else empty.
  package var missing: [(label: String, probability: Double)] = []
  /// Probability by label name, the largest first. They sum to 1, except for multi-label records, where
  /// each is the probability that this label belongs to the record.
  package var softLabel: [(label: String, probability: Double)]
  package var weight: Double
  /// The data value of the given label (docs/METHODS.md, section 3): the number of its neighbours' labels
  /// that it helps to predict, less those that it makes worse. Higher is better; 0 is a label that no other
  /// record has among its neighbours, or one that helps as much as it harms. Nil where no label was given.
  package var utility: Double?
  package var neighbours: [Neighbour]
  /// Each signal's probability of the given label, in the order in which signals are registered.
  package var signals: [(name: String, probability: Double)]
  /// Whether the text was cut at the model's limit.
  package var truncated: Bool
  /// Whether the record is far from all others, so that its neighbours were not asked about its label.
  package var outlier = false
  /// For labels with an order: by how many steps the right label is expected to be above the given one; below 0
  /// the given label is probably too high. Else nil.
  package var steps: Double?
  /// Whether the label was taken from a trusted record with the same content, so that it is certain.
  package var isLabelTrusted = false
  /// A short reason in words, such as "out-voted 3 to 1"; nil where the numbers need none.
  package var reason: String?
  /// A language model's rating of the text's quality; nil where none was asked for.
  package var rating: QualityRating?

  package init(
    credibility: Double?, flagged: Bool, reviewRank: Int?, action: LabelAction, labels: [Label],
    proposal: [Label],
    softLabel: [(label: String, probability: Double)], weight: Double, utility: Double?,
    neighbours: [Neighbour], signals: [(name: String, probability: Double)], truncated: Bool,
    reason: String?
  ) {
    self.credibility = credibility
    self.flagged = flagged
    self.reviewRank = reviewRank
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
