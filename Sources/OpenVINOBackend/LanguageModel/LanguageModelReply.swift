import ModelCatalogue
import ModelInterfaces

/// The text that a language model wrote, with its length and its likelihood.
package struct LanguageModelReply: Sendable, Equatable {
  package let text: String
  /// The number of tokens of the text, without the token that ended it.
  package let tokens: Int
  /// Mean log-probability of those tokens, natural logarithm: at most 0, higher is likelier. Nil for a
  /// text without tokens.
  package let meanLogProbability: Double?
  /// Whether the limit of tokens ended the text.
  package let wasCut: Bool
  /// The number of tokens that the model read before it wrote.
  package let promptTokens: Int
  /// The number of tokens that were left out at the end of the user's message, because the context had
  /// no room for them.
  package let cutUserTokens: Int
}

extension OpenVINOLanguageModel {
  /// Replies to a user's message. Always writes the likeliest token, so that the same message gives the
  /// same bytes on any number of threads. Several threads may call this at once.
  ///
  /// Where the conversation does not fit into the context, the user's message is cut at its end; the
  /// template is never cut. A reply takes at most half of the context.
  /// - Parameters:
  ///   - system: instructions on how to behave; empty for none.
  ///   - user: the user's message.
  ///   - maximumTokens: the most tokens of the reply, at least one.
  /// - Throws: `ModelError` of kind `unusableText` where `system` leaves no room for the message.
  package func reply(
    system: String = "", user: String, maximumTokens: Int
  ) throws -> LanguageModelReply {
    precondition(maximumTokens > 0, "a reply has room for a token")
    let limit = min(maximumTokens, contextTokens / 2)
    let template = model.manifest.template
    let before =
      try tokens(of: template.begin, saying: "")
      + (system.isEmpty ? [] : try tokens(of: template.system, saying: system))
    let slot = template.user.firstIndex(where: \.isSlot) ?? template.user.startIndex
    let opening = try tokens(of: Array(template.user[..<slot]), saying: "")
    let message = try tokens(of: [template.user[slot]], saying: user)
    let ending = try tokens(of: Array(template.user[(slot + 1)...]), saying: "")
    let room = contextTokens - limit - before.count - opening.count - ending.count
    guard room > 0 else {
      throw ModelError(
        .unusableText, at: model.name,
        "what the model is told before the user's words takes \(before.count) of \(contextTokens) "
          + "tokens, which leaves no room",
        remedy: "shorten it, ask for a shorter reply, or use a longer context")
    }
    let runner = try runner()
    let prompt = before + opening + message.prefix(room) + ending
    try runner.read(prompt)
    let written = try runner.write(stops: Set(model.manifest.stopTokens), limit: limit)
    let count = written.tokens.count
    return LanguageModelReply(
      text: pieces.text(of: written.tokens), tokens: count,
      meanLogProbability: count == 0 ? nil : written.sum / Double(count), wasCut: written.wasCut,
      promptTokens: prompt.count, cutUserTokens: max(0, message.count - room))
  }

  /// The tokens of parts of the template, with `message` in place of the slot.
  private func tokens(of parts: [ChatTemplate.Part], saying message: String) throws -> [Int32] {
    try parts.flatMap { part in
      switch part {
      case .token(let token): [token]
      case .text(let text):
        try tokens(of: text.replacing(ChatTemplate.slot, with: message, maxReplacements: 1))
      }
    }
  }
}
