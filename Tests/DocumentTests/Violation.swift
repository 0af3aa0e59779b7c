import Testing

/// A place where a document or a comment is not true.
struct Violation: Hashable {
  let file: String
  /// From 1.
  let line: Int
  let what: String
}

/// Records one issue that lists all violations, if there are any.
func expectNone(
  _ violations: [Violation], _ rule: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard !violations.isEmpty else { return }
  var seen: Set<Violation> = []
  let listed = violations.filter { seen.insert($0).inserted }
    .map { "\n  \($0.file):\($0.line): \($0.what)" }.joined()
  Issue.record("\(rule):\(listed)", sourceLocation: sourceLocation)
}
