// Assessments owns the values that other targets share about the assessment of labels: the
// correction mode, what is done about a label, and the error rate. It knows nothing of how an
// assessment is computed, and imports nothing.

/// What is done about one label.
package enum LabelAction: String, Sendable, CaseIterable {
  /// The given label stays.
  case kept
  /// Another label replaced the given one, which is kept beside it.
  case corrected
  /// The label was flagged and not changed; a proposal says what the evidence prefers.
  case review
  /// There was no label; one is proposed.
  case proposed
  /// The label is trusted, so it is never changed.
  case protected
}
