/// A query with its candidate passages, cut into the texts that signals are read from.
package struct CandidateQuery: Sendable {
  package let text: String
  /// May be empty texts.
  package let passages: [String]
  package let answers: [String]
  /// Whether a person called each passage useful; nil where nobody said.
  package let isLabelledUseful: [Bool?]
  /// The sentences of each passage; one, empty, where the passage is.
  package let sentences: [[String]]

  package init(
    text: String, passages: [String], answers: [String] = [], isLabelledUseful: [Bool?]? = nil
  ) {
    precondition(isLabelledUseful.map { $0.count == passages.count } ?? true, "a label per passage")
    self.text = text
    self.passages = passages
    self.answers = answers
    self.isLabelledUseful = isLabelledUseful ?? Array(repeating: nil, count: passages.count)
    sentences = passages.map(Sentences.of)
  }

  /// Every text whose vector is needed: the query, the passages, their sentences, and each answer by
  /// itself; in the order that `Similarities` reads.
  package var textsToEncode: [String] {
    [text] + passages + sentences.flatMap(\.self) + answers
  }
}
