import Assessments

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
  indirect case positions(Positions)
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

/// Who gave a label. Nobody whom the file names is one of those whom it does not name, whatever the name.
package struct Annotator: Sendable, Hashable {
  private let text: ExactText
  private let isNamed: Bool

  /// - Parameters:
  ///   - name: nil where the file gives none.
  ///   - place: what tells those without a name apart, such as the place in the list of votes.
  package init(name: String?, place: Int) {
    text = ExactText(name ?? String(place))
    isNamed = name != nil
  }

  /// The name; for those without one, their place.
  package var name: String { text.text }

  /// The name as a report shows it among those of other annotators.
  package func name(among others: Set<Annotator>) -> String {
    let isTaken = !isNamed && others.contains(Annotator(name: name, place: 0))
    return isTaken ? "\(name) (without a name)" : name
  }
}

/// The label that one annotator gave.
package struct Vote: Sendable, Equatable {
  package let giver: Annotator
  package internal(set) var label: Label

  /// The annotator's name; for one without a name, the place.
  package var annotator: String { giver.name }

  package init(giver: Annotator, label: Label) {
    self.giver = giver
    self.label = label
  }

  package init(annotator: String, label: Label) {
    self.init(giver: Annotator(name: annotator, place: 0), label: label)
  }

  init(annotator: String?, place: Int, label: Label) {
    self.init(giver: Annotator(name: annotator, place: place), label: label)
  }
}
