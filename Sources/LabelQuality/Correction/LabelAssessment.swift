package import Assessments

/// Why a label was replaced, or may not be.
package enum CorrectionReason: Sendable, Equatable {
  /// A trusted record has the same content and another label.
  case trustedDuplicate(of: Int)
  /// Most annotators said otherwise.
  case outvoted(by: Int, to: Int)
  /// The evidence and the meaning of the label names agree against the label.
  case labelNames
  /// The mode replaces every proposal.
  case mode
}

/// The verdict on one record.
package struct LabelAssessment: Sendable {
  /// Probability that the given label is right, 0…1, low is suspect; nil where none was given.
  package var credibility: Double?
  /// Whether the evidence prefers another label.
  package var isFlagged: Bool
  package var action: LabelAction
  /// The labels after this run: what was given, unless corrected or proposed.
  package var labels: [Int32]
  /// What the evidence prefers, where that is not what `labels` says.
  package var proposal: [Int32]
  /// Probabilities by label, largest first, as many as make up `LabelAssessment.shareShown` and no more
  /// than `LabelAssessment.mostShown`, scaled to sum to 1; for multi-label each stands alone.
  package var softLabel: [(label: Int32, probability: Double)]
  /// Training weight, 0…1: the probability that `labels` is right.
  package var weight: Double
  package var reason: CorrectionReason?

  /// A probability that four decimals print as zero says nothing.
  package static let leastShown = 0.00005
  /// With hundreds of labels the last thousandth would be most of the line.
  package static let shareShown = 0.999
  /// Labels listed at most: with thousands that are all about as unlikely, a list of all would make
  /// the output a hundred times the input.
  package static let mostShown = 100
}
