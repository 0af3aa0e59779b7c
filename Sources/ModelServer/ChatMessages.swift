import Foundation
import ModelInterfaces

/// The request body for `/chat/completions`.
struct ChatRequest: Encodable {
  struct Message: Encodable {
    let role: String
    let content: String
  }

  let model: String
  let messages: [Message]
  let seed: UInt64
  let maximumTokens: Int
  let wantsProbabilities: Bool

  init(_ conversation: Conversation, settings: ServerSettings, wantsProbabilities: Bool) {
    model = settings.model
    seed = settings.seed
    maximumTokens = conversation.maximumTokens
    self.wantsProbabilities = wantsProbabilities
    let user = Message(role: "user", content: conversation.user)
    messages =
      conversation.system.isEmpty
      ? [user] : [Message(role: "system", content: conversation.system), user]
  }

  private enum Key: String, CodingKey {
    case model, messages, temperature, seed, stream, logprobs
    case maximumTokens = "max_tokens"
    case topProbabilities = "top_logprobs"
  }

  func encode(to encoder: any Swift.Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(model, forKey: .model)
    try members.encode(messages, forKey: .messages)
    try members.encode(0, forKey: .temperature)
    try members.encode(seed, forKey: .seed)
    try members.encode(maximumTokens, forKey: .maximumTokens)
    try members.encode(false, forKey: .stream)
    guard wantsProbabilities else { return }
    try members.encode(true, forKey: .logprobs)
    // Without this member, llama.cpp's server adds twenty alternatives to every token, and
    // llama-cpp-python gives no probabilities.
    try members.encode(1, forKey: .topProbabilities)
  }

  /// The request as JSON; the same conversation always gives the same bytes.
  var bytes: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Encoding cannot fail: the request has only texts, whole numbers and Booleans.
    return (try? encoder.encode(self)) ?? Data()
  }
}

/// The answer of `/chat/completions`; members that servers may leave out are optional.
struct ChatAnswer: Decodable {
  struct Choice: Decodable {
    let message: Message?
    let finishReason: String?
    let probabilities: Probabilities?

    private enum Key: String, CodingKey {
      case message, logprobs
      case finishReason = "finish_reason"
    }

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Key.self)
      message = try members.decodeIfPresent(Message.self, forKey: .message)
      finishReason = try? members.decodeIfPresent(String.self, forKey: .finishReason)
      // Servers write these differently, and a reply without probabilities is still a reply.
      probabilities = try? members.decodeIfPresent(Probabilities.self, forKey: .logprobs)
    }
  }

  struct Message: Decodable {
    let content: String?
    let refusal: String?
    /// The model's reasoning before its reply; servers use two names for it.
    let thought: String?

    private enum Key: String, CodingKey {
      case content, refusal, reasoning
      case reasoningContent = "reasoning_content"
    }

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Key.self)
      content = try members.decodeIfPresent(String.self, forKey: .content)
      refusal = try? members.decodeIfPresent(String.self, forKey: .refusal)
      let first = try? members.decodeIfPresent(String.self, forKey: .reasoningContent)
      thought = first ?? (try? members.decodeIfPresent(String.self, forKey: .reasoning))
    }
  }

  struct Probabilities: Decodable {
    struct Token: Decodable {
      let logprob: Double?
    }

    let content: [Token]?

    /// Mean log-probability per token, natural logarithm; nil if there are no tokens, or a token has no
    /// log-probability.
    var mean: Double? {
      let values = (content ?? []).compactMap(\.logprob)
      guard !values.isEmpty, values.count == content?.count else { return nil }
      return values.reduce(0, +) / Double(values.count)
    }
  }

  /// How many tokens a server counted.
  struct Usage: Decodable {
    let prompt: Int?
    let reply: Int?

    private enum Key: String, CodingKey {
      case prompt = "prompt_tokens"
      case reply = "completion_tokens"
    }

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: Key.self)
      prompt = try? members.decodeIfPresent(Int.self, forKey: .prompt)
      reply = try? members.decodeIfPresent(Int.self, forKey: .reply)
    }

    /// Nil for counts that no conversation can have.
    var tokens: TokenUsage? {
      let possible = 0...Int(Int32.max)
      guard let prompt, let reply, possible.contains(prompt), possible.contains(reply) else {
        return nil
      }
      return TokenUsage(prompt: prompt, reply: reply)
    }
  }

  let choices: [Choice]?
  let usage: Usage?

  private enum Key: CodingKey {
    case choices, usage
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    choices = try members.decodeIfPresent([Choice].self, forKey: .choices)
    // A reply whose counts cannot be read is still a reply.
    usage = try? members.decodeIfPresent(Usage.self, forKey: .usage)
  }
}

/// The answer of `/models`.
struct ModelList: Decodable {
  struct Model: Decodable {
    let id: String?
  }

  let data: [Model]?
}

/// The message in an error answer, in any of the forms that servers use.
struct ServerMessage: Decodable {
  private struct Detail: Decodable {
    let message: String?
  }

  private enum Key: String, CodingKey {
    case error, message, detail
  }

  let message: String?

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    let nested = try? members.decodeIfPresent(Detail.self, forKey: .error)
    let forms = [
      nested?.message, try? members.decodeIfPresent(String.self, forKey: .error),
      try? members.decodeIfPresent(String.self, forKey: .message),
      try? members.decodeIfPresent(String.self, forKey: .detail),
    ]
    message = forms.lazy.compactMap { $0 }.first { !$0.isEmpty }
  }

  /// The message in `body`, or the whole body as text if it has none of the known forms. The message may
  /// contain the key, so it is not shortened here: part of the key could remain where it is cut.
  static func text(in body: Data) -> String {
    if let known = try? JSONDecoder().decode(Self.self, from: body), let message = known.message {
      return message
    }
    return String(decoding: body, as: UTF8.self)
  }
}
