/// One label, with the spelling of its dataset.
///
/// `name` is the name of the label's class, so labels with the same name are equal. `token` is the spelling
/// of this one label, which may differ from that of others of its class (`LabelClasses`). It is kept so that
/// a label written into a line has the type and spelling that the dataset itself uses.
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

/// How a line holds its label, and so how a corrected one is written.
package enum LabelForm: Sendable, Hashable {
  /// One string, number or boolean.
  case one
  /// A list of labels.
  case list
  /// A list that always has one item: a single label.
  case singleItem
  /// A list of zeros and ones, by position.
  case positions(Positions)
  /// One string with several labels, separated by this text.
  case delimited(String)
  /// An object with 0 or 1 for each label.
  case flags(Flags)
  /// Members of the record, with 0 or 1 for one label each. They are never changed.
  case columns

  /// An object with 0 or 1 for each label.
  package struct Flags: Sendable, Hashable {
    /// The object as the line has it.
    let json: String
  }

  /// A list with a place for each label, which holds `one` where the label is given.
  package struct Positions: Sendable, Hashable {
    package let width: Int
    /// The JSON texts of the two values, such as `0` and `1`, `0.0` and `1.0`, or `false` and `true`.
    package let zero: String
    package let one: String
  }
}

/// The label that one annotator gave.
package struct Vote: Sendable, Equatable {
  package let annotator: String
  package internal(set) var label: Label

  package init(annotator: String, label: Label) {
    self.annotator = annotator
    self.label = label
  }
}
