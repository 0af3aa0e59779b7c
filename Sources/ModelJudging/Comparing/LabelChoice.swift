import Digests

/// Two labels for a text, of which a model says which one fits better.
package struct LabelChoice: Sendable, Hashable {
  /// What the model is told about a label.
  package struct Option: Sendable, Hashable {
    /// The words of the label's name.
    package let name: String
    /// A sentence on what the label means; nil where there is none.
    package let about: String?
    /// Texts that have the label.
    package let examples: [String]

    package init(name: String, about: String? = nil, examples: [String] = []) {
      self.name = name
      self.about = about
      self.examples = examples
    }
  }

  /// The two labels of the choice, in an order that does not depend on which label the text has.
  package enum Side: Sendable { case first, second }

  package let text: String
  package let first: Option
  package let second: Option

  package init(text: String, first: Option, second: Option) {
    self.text = text
    self.first = first
    self.second = second
  }

  /// Whether the first label is shown as A.
  ///
  /// A model may prefer a letter, so a digest of the text and both names decides, as good as at random. The
  /// names count in alphabetical order: which label is the first one can depend on the labels of the file.
  var showsFirstAsA: Bool {
    let isInOrder = (first.name, first.about ?? "") <= (second.name, second.about ?? "")
    let names = isInOrder ? [first.name, second.name] : [second.name, first.name]
    let isLowerA = ContentDigest([text] + names).hexadecimal.utf8.first.map { $0 < 0x38 } ?? true
    return isLowerA == isInOrder
  }
}
