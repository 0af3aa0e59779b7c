/// Whether a text contains an answer to the word.
enum AnswerMatch {
  /// Lower case, without punctuation and articles, single blanks: as SQuAD's own evaluation compares
  /// answers.
  static func normalised(_ text: String) -> String {
    text.lowercased().filter { !punctuation.contains($0) }.split(whereSeparator: \.isWhitespace)
      .filter { !articles.contains($0) }.joined(separator: " ")
  }

  /// - Parameters: both normalised.
  static func contains(_ text: String, answer: String) -> Bool {
    !answer.isEmpty && " \(text) ".contains(" \(answer) ")
  }

  private static let punctuation = Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
  private static let articles: Set<Substring> = ["a", "an", "the"]
}
