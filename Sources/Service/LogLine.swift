import Logging
import Messages

/// Formats a log event, without priority, without a text line's time and without the line feed.
enum LogLine {
  /// `info  message key=value key="va lue"`.
  static func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
    let level = event.level.rawValue
    // So that the messages of the common levels are aligned.
    var line = level + String(repeating: " ", count: max(0, 5 - level.count)) + " "
    line += EscapedText.plain(event.message.description, limit: EscapedText.messageLimit)
    for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line += " " + word(name) + "=" + word(value)
    }
    return line
  }

  /// One JSON object: `time`, `level`, `message`, then the metadata as further members. Metadata
  /// with one of these three names gets underscores after its name.
  static func json(_ event: LogEvent, _ metadata: Logger.Metadata, time: String) -> String {
    var line = "{\"time\":" + EscapedText.quoted(time)
    line += ",\"level\":" + EscapedText.quoted(event.level.rawValue)
    line += ",\"message\":" + quoted(event.message.description)
    for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
      var free = name
      if reserved.contains(name) {
        repeat { free += "_" } while metadata[free] != nil
      }
      line += "," + EscapedText.quoted(free) + ":" + json(value)
    }
    return line + "}"
  }

  private static let reserved: Set<String> = ["time", "level", "message"]

  /// A metadata value as JSON. Integers, finite numbers and Booleans become JSON numbers and
  /// Booleans, all else except lists and dictionaries a string.
  private static func json(_ value: Logger.Metadata.Value) -> String {
    switch value {
    case .string(let text): quoted(text)
    case .stringConvertible(let value as any FixedWidthInteger): String(value)
    case .stringConvertible(let value as Double) where value.isFinite: "\(value)"
    case .stringConvertible(let value as Bool): value ? "true" : "false"
    case .stringConvertible(let value): quoted(value.description)
    case .array(let values): "[" + values.map { json($0) }.joined(separator: ",") + "]"
    case .dictionary(let members):
      "{"
        + members.sorted(by: { $0.key < $1.key })
        .map { EscapedText.quoted($0.key) + ":" + json($0.value) }.joined(separator: ",") + "}"
    }
  }

  /// A metadata value as one word; lists and dictionaries are written as JSON.
  private static func word(_ value: Logger.Metadata.Value) -> String {
    switch value {
    case .string(let text): word(text)
    case .stringConvertible(let value): word(value.description)
    case .array, .dictionary: word(json(value))
    }
  }

  /// A text as it is if it reads as one word, else in quotes.
  private static func word(_ text: String) -> String {
    EscapedText.isWord(text) && text.utf8.count <= EscapedText.messageLimit ? text : quoted(text)
  }

  private static func quoted(_ text: String) -> String {
    EscapedText.quoted(text, limit: EscapedText.messageLimit)
  }
}
