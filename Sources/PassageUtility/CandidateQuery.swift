/// A query with its candidate passages, cut into the texts from which the signals are computed.
package struct CandidateQuery: Sendable {
  package let text: String
  /// The texts of the passages; a text may be empty.
  package let passages: [String]
  /// Right answers; at most `answersRead`.
  package let answers: [String]
  /// Whether each passage is labelled useful; nil without a label.
  package let isLabelledUseful: [Bool?]
  /// Whether the labels are gold, so that they are never suspect.
  package let isTrusted: Bool
  /// The sentences of each passage; one empty sentence for an empty passage.
  package let sentences: [[String]]

  /// More wordings of the same answer add little, and each costs as much time as the first.
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

  /// The texts with which passages are compared: the query, and for each answer the query followed by
  /// the answer.
  package var questions: [String] { [text] + answers.map { "\(text) \($0)" } }

  /// For each passage the number of the first one with the same text, white space folded. A blank one is the same
  /// as no other.
  package var sameAs: [Int] {
    var first: [String: Int] = [:]
    return passages.enumerated().map { place, text in
      let folded = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard !folded.isEmpty else { return place }
      let known = first[folded] ?? place
      first[folded] = known
      return known
    }
  }

  /// Every text that the encoder must encode: the questions, the passages, and their sentences, in the
  /// order in which `Similarities` reads the vectors.
  package var textsToEncode: [String] { questions + passages + sentences.flatMap(\.self) }

  /// Whether a passage has only white space. Such a passage has no relevance and no utility, whatever
  /// its vector is.
  func isBlank(_ passage: Int) -> Bool { passages[passage].allSatisfy(\.isWhitespace) }
}
