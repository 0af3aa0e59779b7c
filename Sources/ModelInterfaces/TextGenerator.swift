/// What a text generator is asked.
package struct Conversation: Sendable, Hashable {
  /// How the model must behave; empty if the request does not say.
  package let system: String
  package let user: String
  /// The most tokens that the reply may have.
  package let maximumTokens: Int

  package init(system: String = "", user: String, maximumTokens: Int) {
    self.system = system
    self.user = user
    self.maximumTokens = maximumTokens
  }
}

/// How many tokens conversations took.
package struct TokenUsage: Sendable, Equatable {
  package var prompt: Int
  package var reply: Int
  /// Whether some of it is estimated from the length of texts.
  package var isEstimated: Bool

  package init(prompt: Int = 0, reply: Int = 0, isEstimated: Bool = false) {
    self.prompt = prompt
    self.reply = reply
    self.isEstimated = isEstimated
  }

  /// About what a conversation without a count took: a token for every four bytes, as in English.
  package init(estimating conversation: Conversation, reply: String) {
    self.init(
      prompt: (conversation.system.utf8.count + conversation.user.utf8.count) / 4,
      reply: reply.utf8.count / 4, isEstimated: true)
  }

  package static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
    TokenUsage(
      prompt: left.prompt + right.prompt, reply: left.reply + right.reply,
      isEstimated: left.isEstimated || right.isEstimated)
  }
}

/// The text that a model wrote in reply to a conversation.
package struct Reply: Sendable, Equatable {
  package let text: String
  /// Mean log-probability of the reply's tokens, natural logarithm, never positive, higher is more
  /// likely; nil if the model gives none.
  package let meanLogProbability: Double?
  /// Whether the reply ended because it reached the token limit.
  package let wasCut: Bool
  /// How many tokens the conversation took; nil if the model does not say.
  package let usage: TokenUsage?

  package init(
    text: String, meanLogProbability: Double? = nil, wasCut: Bool = false,
    usage: TokenUsage? = nil
  ) {
    self.text = text
    self.meanLogProbability = meanLogProbability
    self.wasCut = wasCut
    self.usage = usage
  }
}

/// Writes a reply to a conversation. The same conversation gives the same reply, as far as the model
/// behind it can guarantee that.
package protocol TextGenerator: Sendable {
  /// Names everything that can change a reply.
  var identity: String { get }
  /// How many conversations may run at once.
  var concurrency: Int { get }
  /// Replies to one conversation; callers may call it from several threads.
  func reply(to conversation: Conversation) throws(GenerationError) -> Reply
}

/// Why a text generator gave no reply.
package struct GenerationError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// No server answers at the address.
    case unreachable
    /// No answer came within the time limit.
    case timedOut = "timed-out"
    /// The server has too many requests, or is not ready.
    case overloaded
    /// The server's answer cannot be used: it was cut off, is too large, is not JSON or has no text.
    case malformed
    /// The request or the settings are wrong, such as an unknown model, or the model refuses to reply.
    case rejected
    /// The conversation does not fit into the model's context.
    case tooLong = "too-long"
    /// The model in this process failed, or libcurl cannot be opened.
    case failed
  }

  package let kind: Kind
  /// The server's address, the model's name, or the library's.
  package let place: String
  package let reason: String
  package let remedy: String

  package init(_ kind: Kind, at place: String, _ reason: String, remedy: String) {
    self.kind = kind
    self.place = place
    self.reason = reason
    self.remedy = remedy
  }

  package var description: String { "\(place): \(reason). \(remedy)" }
}
