/// One label as a dataset spells it.
///
/// Two spellings of the same text, `"a"` and `"\u0061"`, are one label: `name` decides. `token` is
/// the JSON text that names it, kept so that a label written into a line has the type and spelling
/// that the dataset itself uses.
package struct Label: Sendable, Hashable {
  /// The label as text: a string's content, or a number's or boolean's own characters.
  package let name: String
  /// The raw JSON token, e.g. `"sport"` with its quotes, `3` or `true`.
  package let token: String

  package init(name: String, token: String) {
    self.name = name
    self.token = token
  }

  package static func == (left: Label, right: Label) -> Bool { left.name == right.name }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// What one annotator said.
package struct Vote: Sendable, Equatable {
  package let annotator: String
  package let label: Label

  package init(annotator: String, label: Label) {
    self.annotator = annotator
    self.label = label
  }
}
