package import ModelInterfaces

/// Asks a model to rate texts.
package struct Rater: Sendable {
  /// As many as for passages; DataMan read longer texts, with a larger model.
  package static let defaultWords = JudgeSettings.defaultWordsPerPassage
  /// 15 lines of about eight tokens each, doubled to leave room for decoration.
  package static let defaultTokens = 256

  package let generator: any TextGenerator
  package let prompts: PromptSet
  package let words: Int
  package let tokens: Int

  package init(
    asking generator: any TextGenerator, with prompts: PromptSet = .shipped,
    words: Int = defaultWords, tokens: Int = defaultTokens
  ) {
    precondition(words >= 1 && tokens >= 1)
    self.generator = generator
    self.prompts = prompts
    self.words = words
    self.tokens = tokens
  }

  /// Names everything that can change a rating.
  package var identity: String {
    "rater \(generator.identity); \(words) words, \(tokens) tokens; "
      + "prompt \(prompts[.rating].digest)"
  }

  /// Rates the beginning of a text.
  ///
  /// - Returns: nil for an empty text, without a call.
  /// - Throws: `StepFailure` if the model gives no reply, or one without a rating.
  package func rating(of text: String) throws(StepFailure) -> Rating? {
    let quoted = QuotedText(text, words: words)
    guard !quoted.isEmpty else { return nil }
    let conversation = prompts[.rating].conversation(
      with: [.text: quoted.fenced(as: "text")], maximumTokens: tokens)
    let reply: Reply
    do {
      reply = try generator.reply(to: conversation)
    } catch {
      throw StepFailure(.rating, .generation(error))
    }
    do {
      return try RatingParser().rating(in: reply)
    } catch {
      throw StepFailure(.rating, unreadable: "\(error)", reply)
    }
  }
}
