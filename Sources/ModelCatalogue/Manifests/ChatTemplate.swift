import ModelInterfaces

/// The form in which a model expects a conversation: tokens by number, and texts, some of which contain
/// `{}` in place of a message. Texts never become special tokens, so a message cannot end its own turn.
package struct ChatTemplate: Sendable, Equatable, Codable, CustomStringConvertible {
  package enum Part: Sendable, Equatable {
    case token(Int32)
    case text(String)

    package var isSlot: Bool {
      if case .text(let text) = self { text.contains(ChatTemplate.slot) } else { false }
    }
  }

  /// Stands for the message in a text of the template.
  package static let slot = "{}"

  /// The family: `chatml`, `llama3`, `inst` or `plain`.
  package let name: String
  /// The start of every conversation.
  package let begin: [Part]
  /// The instructions on how to behave; left out where there are none.
  package let system: [Part]
  /// The user's message and everything up to the start of the reply; exactly one part has the slot.
  package let user: [Part]

  /// All tokens that the template names by number.
  var tokens: [Int32] {
    (begin + system + user).compactMap { if case .token(let token) = $0 { token } else { nil } }
  }

  package var description: String { "\(name) \(begin) \(system) \(user)" }
}

extension ChatTemplate.Part: Codable, CustomStringConvertible {
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let token = try? value.decode(Int32.self) {
      self = .token(token)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  package func encode(to encoder: any Swift.Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .token(let token): try value.encode(token)
    case .text(let text): try value.encode(text)
    }
  }

  package var description: String {
    switch self {
    case .token(let token): String(token)
    case .text(let text): text.debugDescription
    }
  }
}
