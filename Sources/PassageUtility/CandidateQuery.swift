/// A query with its candidate passages, cut into the texts that signals are read from.
package struct CandidateQuery: Sendable {
  package let text: String
  /// May be empty texts.
  package let passages: [String]
  /// Right answers; at most `answersRead`.
  package let answers: [String]
  /// Whether a person called each passage useful; nil where nobody said.
  package let isLabelledUseful: [Bool?]
  /// Whether its labels are gold, and never suspect.
  package let isTrusted: Bool
  /// The sentences of each passage; one, empty, where the passage is.
  package let sentences: [[String]]

  /// More ways to say the same answer add little, and each costs as much as the first.
  package static let answersRead = 3

  package init(
    text: String, passages: [String], answers: [String] = [], isLabelledUseful: [Bool?]? = nil,
    isTrusted: Bool = false
  ) {
    precondition(isLabelledUseful.map { $0.count == passages.count } ?? true, "a label per passage")
    self.text = text
    self.passages = passages
    self.answers = Array(answers.prefix(Self.answersRead))
    self.isLabelledUseful = isLabelledUseful ?? Array(repeating: nil, count: passages.count)
    self.isTrusted = isTrusted
    sentences = passages.map(Sentences.of)
  }

  /// What passages are compared with: the query, and for each answer the query with the answer behind it.
  package var questions: [String] { [text] + answers.map { "\(text) \($0)" } }

  /// Every text whose vector is needed: the questions, the passages, and their sentences; in the order
  /// that `Similarities` reads.
  package var textsToEncode: [String] { questions + passages + sentences.flatMap(\.self) }

  /// Whether a passage says nothing; whatever an encoder makes of it, it helps nobody.
  func isBlank(_ passage: Int) -> Bool { passages[passage].allSatisfy(\.isWhitespace) }
}
