/// Which labels a run replaces.
package enum CorrectionMode: String, Sendable, CaseIterable {
  /// Replaces a label only on kinds of evidence that are right on real noise too: a trusted record with
  /// the same content, more than half of the annotators, or the meaning of the label names where it is
  /// reliable on the file; docs/METHODS.md, section 2.
  case auto
  /// Replaces no label.
  case suggest
  /// Replaces every flagged label by its proposal.
  case all
}
