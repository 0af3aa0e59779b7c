/// How far corrections go.
package enum CorrectionMode: String, Sendable, CaseIterable {
  /// Replaces a label only on evidence of a kind that holds on real noise: a trusted record with the same
  /// content, annotators who out-vote it, or label names that have proved themselves on the file.
  case auto
  /// Never replaces one.
  case suggest
  /// Replaces every flagged label by its proposal.
  case all
}
