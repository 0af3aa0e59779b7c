/// One label, with the spelling of its dataset.
///
/// Labels with the same `name` are equal, so two spellings of the same text, `"a"` and `"\u0061"`, are one
/// label. `token` is kept so that a label written into a line has the type and spelling that the dataset
/// itself uses.
package struct Label: Sendable, Hashable {
  /// The label as text: the content of a string, or the characters of a number or boolean.
  package let name: String
  /// The label's JSON text, such as `"sport"` with its quotes, `3` or `true`.
  package let token: String

  package init(name: String, token: String) {
    self.name = name
    self.token = token
  }

  package static func == (left: Label, right: Label) -> Bool { left.name == right.name }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The label that one annotator gave.
package struct Vote: Sendable, Equatable {
  package let annotator: String
  package let label: Label

  package init(annotator: String, label: Label) {
    self.annotator = annotator
    self.label = label
  }
}
