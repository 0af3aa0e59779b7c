import ModelCatalogue
import ModelInterfaces

/// What a language model wrote.
package struct LanguageModelReply: Sendable, Equatable {
  package let text: String
  /// Tokens of the text, without the one that ended it.
  package let tokens: Int
  /// Mean log-probability of those tokens, natural logarithm; nil where there is none.
  package let meanLogProbability: Double?
  /// Whether the limit of tokens ended it.
  package let wasCut: Bool
  /// Tokens left out at the end of what the user said, for want of room.
  package let cutUserTokens: Int
}

extension OpenVINOLanguageModel {
  /// Replies to what a user says: always with the likeliest token, so the same words give the same bytes
  /// on any number of threads. May be called from several threads at once.
  ///
  /// Where everything does not fit into the context, what the user says is cut at its end, never the
  /// template. A reply may take half of the context at most.
  /// - Parameter system: how to behave; empty where nothing is said.
  /// - Throws: `ModelError` of kind `unusableText` where `system` leaves no room.
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
    let said = try tokens(of: [template.user[slot]], saying: user)
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
    try runner.read(before + opening + said.prefix(room) + ending)
    let written = try runner.write(stops: Set(model.manifest.stopTokens), limit: limit)
    let count = written.tokens.count
    return LanguageModelReply(
      text: pieces.text(of: written.tokens), tokens: count,
      meanLogProbability: count == 0 ? nil : written.sum / Double(count), wasCut: written.wasCut,
      cutUserTokens: max(0, said.count - room))
  }

  private func tokens(of parts: [ChatTemplate.Part], saying said: String) throws -> [Int32] {
    try parts.flatMap { part in
      switch part {
      case .token(let token): [token]
      case .text(let text):
        try tokens(of: text.replacing(ChatTemplate.slot, with: said, maxReplacements: 1))
      }
    }
  }
}
