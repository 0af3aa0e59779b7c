import Foundation
import ModelInterfaces

/// What is sent to `/chat/completions`.
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
    // Without it llama.cpp adds twenty alternatives to every token, and llama-cpp-python gives none.
    try members.encode(1, forKey: .topProbabilities)
  }

  /// The same bytes for the same conversation.
  var bytes: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and whole numbers alone: nothing that JSON cannot hold.
    return (try? encoder.encode(self)) ?? Data()
  }
}

/// What `/chat/completions` answers; whatever may be missing is optional.
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
      // Written differently from server to server, and a reply without is still one.
      probabilities = try? members.decodeIfPresent(Probabilities.self, forKey: .logprobs)
    }
  }

  struct Message: Decodable {
    let content: String?
    let refusal: String?
    /// What a model wrote before its reply; two names are in use.
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

    /// Natural logarithm; nil without tokens.
    var mean: Double? {
      let values = (content ?? []).compactMap(\.logprob)
      guard !values.isEmpty, values.count == content?.count else { return nil }
      return values.reduce(0, +) / Double(values.count)
    }
  }

  let choices: [Choice]?
}

/// What `/models` answers.
struct ModelList: Decodable {
  struct Model: Decodable {
    let id: String?
  }

  let data: [Model]?
}

/// An error, in one of the forms that servers write it.
struct ServersWords: Decodable {
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

  /// What a server says in `body`; empty where it says nothing. It may say the key, so nothing of it is
  /// left out at an end before that is taken out.
  static func inside(_ body: Data) -> String {
    if let words = try? JSONDecoder().decode(Self.self, from: body), let message = words.message {
      return message
    }
    return String(decoding: body, as: UTF8.self)
  }
}
