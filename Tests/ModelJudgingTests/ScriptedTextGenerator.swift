import Synchronization
import ModelInterfaces

/// A text generator that replies by a test's script and records the conversations.
final class ScriptedTextGenerator: TextGenerator {
  let identity = "script"
  let concurrency = 1
  private let script: @Sendable (Conversation) throws(GenerationError) -> Reply
  private let asked = Mutex<[Conversation]>([])

  init(_ script: @escaping @Sendable (Conversation) throws(GenerationError) -> Reply) {
    self.script = script
  }

  var conversations: [Conversation] { asked.withLock { $0 } }

  func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
    asked.withLock { $0.append(conversation) }
    return try script(conversation)
  }
}

extension Conversation {
  /// The kinds of question that the shipped prompts ask.
  enum Question { case relevance, answer, selection, ranking, rating }

  var question: Question {
    if system.contains("that are relevant to a question") { return .relevance }
    if system.hasPrefix("You answer") { return .answer }
    if system.hasPrefix("You rank") { return .ranking }
    return system.hasPrefix("You rate") ? .rating : .selection
  }

  /// The passages' texts in the order of their numbers.
  var shownPassages: [String] {
    var shown: [String] = []
    var lines: [Substring]?
    for line in user.split(separator: "\n") {
      if line.hasPrefix("<passage ") {
        lines = []
      } else if line.hasPrefix("</passage ") {
        shown.append((lines ?? []).joined(separator: "\n"))
        lines = nil
      } else if lines != nil {
        lines?.append(line.dropFirst(2))
      }
    }
    return shown
  }

  /// A reply that selects the shown passages for which the closure returns true.
  func selection(where isSelected: (String) -> Bool) -> Reply {
    let numbers = shownPassages.enumerated().filter { isSelected($1) }.map { "[\($0.offset + 1)]" }
    return Reply(text: "My selection:[\(numbers.joined(separator: ","))]")
  }
}
