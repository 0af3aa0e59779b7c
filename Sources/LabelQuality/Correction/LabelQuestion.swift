/// A question to a language model: which of two labels fits a record better?
///
/// It has the lower label number first, whichever of the two is the given one. So the question is the same
/// for a record whose label is disputed and for one whose label is not, and nothing in it tells which label
/// the record has.
package struct LabelQuestion: Sendable, Hashable {
  package let row: Int32
  package let first: Int32
  package let second: Int32

  package init(row: Int32, _ label: Int, _ other: Int) {
    precondition(label != other, "a question is about two labels")
    self.row = row
    first = Int32(min(label, other))
    second = Int32(max(label, other))
  }
}

/// Asks a language model which of two labels fits a record.
package protocol LabelComparer: Sendable {
  /// The answers to some questions, in their order: how much better the first label fits than the second one,
  /// in any unit, above 0 where the first fits better; nil where the model gave no answer.
  func answers(to questions: [LabelQuestion]) -> [Double?]
}

/// How a language model is to be asked about labels.
package struct LabelComparison: Sendable {
  package let comparer: any LabelComparer
  /// The most questions about one file.
  package let mostQuestions: Int

  package init(asking comparer: any LabelComparer, mostQuestions: Int) {
    precondition(mostQuestions >= 1)
    self.comparer = comparer
    self.mostQuestions = mostQuestions
  }
}
