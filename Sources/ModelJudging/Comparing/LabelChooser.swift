package import ModelInterfaces

/// Asks a model that writes replies which of two labels fits a text.
package struct LabelChooser: Sendable {
  /// As many as for passages.
  static let words = JudgeSettings.defaultWordsPerPassage
  /// For a description and for each example of a label.
  static let optionWords = 60
  /// More examples make a question longer and were not measured.
  static let mostExamples = 2
  /// A letter takes one token; the rest is for a sentence around it.
  static let tokens = 64

  package let generator: any TextGenerator
  package let prompts: PromptSet

  package init(asking generator: any TextGenerator, with prompts: PromptSet = .shipped) {
    self.generator = generator
    self.prompts = prompts
  }

  /// Names everything that can change an answer.
  package var identity: String {
    "label choice \(generator.identity); prompt \(prompts[.labelChoice].digest)"
  }

  /// The label that the model chooses; nil for a text without words, without a call.
  ///
  /// - Throws: `StepFailure` if the model gives no reply, or one that does not choose.
  package func choice(_ choice: LabelChoice) throws(StepFailure) -> LabelChoice.Side? {
    guard let conversation = conversation(choice) else { return nil }
    let reply: Reply
    do {
      reply = try generator.reply(to: conversation)
    } catch {
      throw StepFailure(.labelChoice, .generation(error))
    }
    guard let text = reply.finalText else {
      throw StepFailure(.labelChoice, unreadable: "the model had not done thinking", reply)
    }
    let (a, b) =
      choice.showsFirstAsA ? (choice.first, choice.second) : (choice.second, choice.first)
    guard let isA = Self.isA(text, a: a.name, b: b.name) else {
      throw StepFailure(.labelChoice, unreadable: "the reply chooses neither A nor B", reply)
    }
    return isA == choice.showsFirstAsA ? .first : .second
  }

  /// What the model is asked; nil for a text without words.
  func conversation(_ choice: LabelChoice) -> Conversation? {
    let text = QuotedText(choice.text, words: Self.words)
    guard !text.isEmpty else { return nil }
    let options =
      choice.showsFirstAsA ? [choice.first, choice.second] : [choice.second, choice.first]
    let labels = zip(["A", "B"], options).map { letter, option in
      QuotedText(Self.described(option), words: 3 * Self.optionWords)
        .fenced(as: "label \(letter)")
    }
    return prompts[.labelChoice].conversation(
      with: [.text: text.fenced(as: "text"), .labels: labels.joined(separator: "\n")],
      maximumTokens: Self.tokens)
  }

  private static func described(_ option: LabelChoice.Option) -> String {
    func cut(_ text: String) -> String {
      QuotedText(text, words: optionWords).text.split(separator: "\n").joined(separator: " ")
    }
    var lines = [cut(option.name)]
    if let about = option.about { lines.append(cut(about)) }
    lines += option.examples.prefix(mostExamples).map { "For example: \(cut($0))" }
    return lines.joined(separator: "\n")
  }

  /// Whether a reply chooses A; nil where it chooses neither, or names both.
  ///
  /// The letter may have decoration and words around it (`**B**`, `Answer: B.`), or the name of the label may
  /// stand in its place.
  static func isA(_ reply: String, a: String, b: String) -> Bool? {
    let words = reply.split { !$0.isLetter && !$0.isNumber }
    switch (words.contains("A"), words.contains("B")) {
    case (true, false): return true
    case (false, true): return false
    case (true, true): return nil
    case (false, false): break
    }
    func plain(_ text: some StringProtocol) -> String {
      text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }
    let name = plain(reply)
    switch (name == plain(a) || name == "a", name == plain(b) || name == "b") {
    case (true, false): return true
    case (false, true): return false
    default: return nil
    }
  }
}
