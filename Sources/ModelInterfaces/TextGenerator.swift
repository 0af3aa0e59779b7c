// Utility owns how much each passage helps to answer its query: the signals in the texts, their
// combination, the useful set, suspect labels, hard negatives, and the questions put to a language
// model with the reading of its replies. It knows nothing of files, JSON, encoders or how a model runs:
// similarities and likelihoods come in as numbers, replies through `TextGenerator`.

/// What a model is asked.
package struct Conversation: Sendable, Hashable {
  /// How the model is to behave; empty where nothing is said.
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

/// What a model replied.
package struct Reply: Sendable, Equatable {
  package let text: String
  /// Mean log-probability of the reply's tokens, natural logarithm; nil where the model gives none.
  package let meanLogProbability: Double?
  /// Whether the limit of tokens ended it.
  package let wasCut: Bool

  package init(text: String, meanLogProbability: Double? = nil, wasCut: Bool = false) {
    self.text = text
    self.meanLogProbability = meanLogProbability
    self.wasCut = wasCut
  }
}

/// Writes text. The same conversation gives the same reply, as far as the model behind it can promise.
package protocol TextGenerator: Sendable {
  /// Names everything that can change a reply.
  var identity: String { get }
  /// How many conversations may be under way at once.
  var concurrency: Int { get }
  /// Replies to one conversation; may be called from several threads.
  func reply(to conversation: Conversation) throws(GenerationError) -> Reply
}

/// Why there is no reply.
package struct GenerationError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// Nobody answers at the address.
    case unreachable
    case timedOut = "timed-out"
    /// Too many requests, or a server that is not ready.
    case overloaded
    /// An answer that is no answer: broken off, not JSON, without text.
    case malformed
    /// The server says that the request itself is wrong, such as an unknown model.
    case rejected
    /// What is asked does not fit into the model's context.
    case tooLong = "too-long"
    /// The model in this process failed.
    case failed
  }

  package let kind: Kind
  /// An address or a model's name.
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
