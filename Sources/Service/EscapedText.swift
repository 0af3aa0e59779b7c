/// Escapes text so that it cannot break its line or its quotes.
///
/// It escapes control characters, which a terminal obeys; line and paragraph separators; and marks
/// with which a text can look like another one: those that change the direction of writing, and the
/// invisible byte order mark.
package enum EscapedText {
  /// A text for people: only the characters named above are escaped.
  package static func plain(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHarmful) else { return text }
    var escaped = ""
    for scalar in text.unicodeScalars { append(scalar, to: &escaped) }
    return escaped
  }

  /// A text as a JSON string with its quotes (RFC 8259, section 7).
  static func quoted(_ text: String) -> String {
    var escaped = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { escaped.unicodeScalars.append("\\") }
      append(scalar, to: &escaped)
    }
    return escaped + "\""
  }

  /// Whether a text needs no quotes: it has no blank, quote, backslash, `=` or escaped character,
  /// and is not empty.
  static func isWord(_ text: String) -> Bool {
    !text.isEmpty
      && !text.unicodeScalars.contains {
        isHarmful($0) || $0.properties.isWhitespace || $0 == "\"" || $0 == "\\" || $0 == "="
      }
  }

  private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar {
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case _ where isHarmful(scalar):
      // All harmful characters are below U+10000, so four digits are enough.
      let digits = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    default: text.unicodeScalars.append(scalar)
    }
  }

  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
