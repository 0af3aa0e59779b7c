// Assessments owns the few values in which the assessment of labels is told to those who write, report and
// configure it. It knows nothing of how they come about.

/// What is done about one label.
package enum LabelAction: String, Sendable, CaseIterable {
  /// The given label stands.
  case kept
  /// The given label was replaced; the original stays beside it.
  case corrected
  /// Flagged and left as it was; a proposal says what the evidence prefers.
  case review
  /// There was no label, and one is proposed.
  case proposed
  /// Trusted, and never changed.
  case protected
}
