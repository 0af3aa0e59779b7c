package import Assessments

/// Why a label was replaced, or, where the mode replaces none, why it should be.
package enum CorrectionReason: Sendable, Equatable {
  /// A trusted record, given by its row, has the same content and another label.
  case trustedDuplicate(of: Int)
  /// More annotators (`by`) gave another label than gave the given one (`to`).
  case outvoted(by: Int, to: Int)
  /// Both the evidence and the meaning of the label names prefer another label; see `LabelNameGate`.
  case labelNames
  /// Both the evidence and a language model prefer another label; see `LabelComparisonGate`.
  case languageModel
  /// The evidence, the meaning of the label names and a language model prefer another label.
  case labelNamesAndLanguageModel
  /// The mode is `CorrectionMode.all`, which replaces every flagged label by its proposal.
  case mode
}

/// The assessment of one record's given label, and what is done about it.
package struct LabelAssessment: Sendable {
  /// Probability that the given label is right, 0…1, higher is better; nil where none was given.
  package var credibility: Double?
  /// Whether the label is suspect, so that it is replaced or goes to review.
  package var isFlagged: Bool
  package var action: LabelAction
  /// The labels after this run: what was given, unless corrected or proposed.
  package var labels: [Int32]
  /// The labels that the evidence prefers, where they differ from `labels`; otherwise empty.
  package var proposal: [Int32]
  /// Probabilities by label, 0…1, largest first: as many as make up `shareShown` and no more than
  /// `mostShown`, scaled to sum to 1. For multi-label, each label has a probability of its own, from
  /// `leastShown` on, and no more than `mostShown` are listed.
  package var softLabel: [(label: Int32, probability: Double)]
  /// Training weight, 0…1: the probability that `labels` is right.
  package var weight: Double
  /// Nil if only the signals, or nothing at all, prefer another label.
  package var reason: CorrectionReason?
  /// For multi-label: the labels in which the given list and the preferred one differ, the most suspect first;
  /// empty where the list is not flagged.
  package var doubtful: [Membership] = []
  /// The place in the order of review, 1 = first to look at; nil for trusted records and those without a
  /// label.
  package var reviewRank: Int?
  /// For labels with an order: by how many steps of it the right label is expected to be above the given one,
  /// −(K − 1)…K − 1; below 0 the given label is probably too high. Nil without an order, without a given label
  /// and where nothing is known about it.
  package var steps: Double?

  /// One label of a list that looks wrong.
  package struct Membership: Sendable, Equatable {
    package let label: Int32
    /// Whether the list has the label, so that it may be one too many; else it may be missing.
    package let isGiven: Bool
    /// Probability that the label belongs to the record, 0…1.
    package let probability: Double
  }

  /// Smaller probabilities would be written as 0, because results have four decimals.
  package static let leastShown = 0.00005
  /// Labels are listed up to this total probability: with hundreds of labels, those that share the
  /// last thousandth would fill most of the line.
  package static let shareShown = 0.999
  /// At most this many labels are listed: where thousands of labels are about equally unlikely, a list
  /// of all would make the output a hundred times as long as the input.
  package static let mostShown = 100
}
