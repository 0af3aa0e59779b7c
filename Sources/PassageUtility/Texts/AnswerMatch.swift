/// Finds out whether a text contains an answer word for word.
enum AnswerMatch {
  /// A text in lower case, without punctuation and articles, and with single spaces: SQuAD's evaluation
  /// compares answers in this form.
  static func normalised(_ text: String) -> String {
    text.lowercased().filter { !punctuation.contains($0) }.split(whereSeparator: \.isWhitespace)
      .filter { !articles.contains($0) }.joined(separator: " ")
  }

  /// Whether a text contains an answer as whole words; never an empty answer.
  ///
  /// - Parameters: both normalised.
  static func contains(_ text: String, answer: String) -> Bool {
    !answer.isEmpty && " \(text) ".contains(" \(answer) ")
  }

  private static let punctuation = Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
  private static let articles: Set<Substring> = ["a", "an", "the"]
}
