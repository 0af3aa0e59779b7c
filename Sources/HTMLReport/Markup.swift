import Messages

/// HTML text. What is written in the source is HTML; what is interpolated is escaped, unless it is `Markup`
/// itself. So no text of a dataset becomes a tag, an attribute or a script.
struct Markup: Sendable, ExpressibleByStringInterpolation {
  private(set) var text: String

  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  static func += (left: inout Markup, right: Markup) { left.text += right.text }

  /// A name that must not look like another one: what cannot be seen, and what changes the direction of
  /// writing, is shown as an escape.
  static func plain(_ name: String, limit: Int = nameLimit) -> String {
    EscapedText.plain(name, limit: limit)
  }

  /// The most bytes of a name on the page: longer ones are cut.
  static let nameLimit = 120

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate(set) var text: String

    init(literalCapacity: Int, interpolationCount: Int) {
      text = ""
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: String) { Markup.escape(value, into: &text) }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }
    mutating func appendInterpolation(_ value: Markup) { text += value.text }
    mutating func appendInterpolation(_ values: [Markup]) {
      for value in values { text += value.text }
    }
    /// A label, an id or another name, which is read in its own direction.
    mutating func appendInterpolation(name: String) {
      text += "<bdi>"
      Markup.escape(Markup.plain(name), into: &text)
      text += "</bdi>"
    }
    /// A text that is a part of this program, such as its style sheet.
    mutating func appendInterpolation(trusted: String) { text += trusted }
  }

  /// Appends a text so that it means itself in the content of an element and in a quoted attribute (HTML
  /// Standard, section 13.1.2). Control characters, which HTML forbids, become U+FFFD.
  fileprivate static func escape(_ value: String, into text: inout String) {
    // Most texts have nothing to escape.
    guard value.utf8.contains(where: { special[Int($0)] }) else {
      text += value
      return
    }
    for scalar in value.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "\n", "\t": text.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || 0x7F..<0xA0 ~= scalar.value: text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  /// The bytes that need a closer look: C2 begins U+0080 to U+00BF.
  private static let special: [Bool] = {
    var special = [Bool](repeating: false, count: 256)
    for byte in 0..<0x20 { special[byte] = true }
    for byte in [0x7F, 0xC2] { special[byte] = true }
    for byte in "&<>\"'".utf8 { special[Int(byte)] = true }
    return special
  }()
}
