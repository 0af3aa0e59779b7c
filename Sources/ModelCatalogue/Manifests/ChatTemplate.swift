import ModelInterfaces

/// How a model wants a conversation put: tokens by number, and texts, in some of which `{}` stands for
/// what was said. Texts are turned into tokens without special ones, so nothing that is said can end its
/// own turn.
package struct ChatTemplate: Sendable, Equatable, Codable, CustomStringConvertible {
  package enum Part: Sendable, Equatable {
    case token(Int32)
    case text(String)

    package var isSlot: Bool {
      if case .text(let text) = self { text.contains(ChatTemplate.slot) } else { false }
    }
  }

  package static let slot = "{}"

  /// The family: `chatml`, `llama3`, `inst` or `plain`.
  package let name: String
  package let begin: [Part]
  /// Left out where nothing is said about how to behave.
  package let system: [Part]
  /// What the user says, up to where the reply begins; one part of it has the slot.
  package let user: [Part]

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
