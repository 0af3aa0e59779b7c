/// Escapes text so that it cannot break its line or its quotes.
///
/// It escapes control characters, which a terminal obeys; line and paragraph separators; and marks
/// with which a text can look like another one: those that change the direction of writing, and those
/// that nobody can see. In JSON the escapes stand for the same characters, so a JSON text keeps its
/// meaning.
package enum EscapedText {
  /// A text for people, as one line: only the characters named above are escaped.
  ///
  /// - Parameter limit: the most bytes that the result has, a mark of the cut left out. The text is
  ///   counted in bytes, since one visible character can have megabytes of accents.
  package static func plain(_ text: String, limit: Int = .max) -> String {
    guard text.utf8.count > limit || text.unicodeScalars.contains(where: isHarmful) else {
      return text
    }
    var escaped = ""
    for scalar in text.unicodeScalars {
      let start = escaped.endIndex
      append(scalar, to: &escaped)
      guard escaped.utf8.count > limit else { continue }
      return String(escaped[..<start]) + "…"
    }
    return escaped
  }

  /// The same for a text of several lines, whose line feeds stay. Whoever joins lines must have escaped
  /// what is in them.
  ///
  /// - Parameter limit: as in `plain`, of each line.
  package static func lines(_ text: String, limit: Int = .max) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { plain(String($0), limit: limit) }.joined(separator: "\n")
  }

  /// The beginning of a user's text, for a message that says what is wrong with it.
  package static func excerpt(_ text: String) -> String { plain(text, limit: excerptLimit) }

  /// The most bytes of a file's content in a message: enough to recognise the place.
  package static let excerptLimit = 200

  /// The most bytes of one message: a long path, an excerpt and what they are about.
  package static let messageLimit = 6_000

  /// A text as a JSON string with its quotes (RFC 8259, section 7).
  ///
  /// - Parameter limit: as in `plain`, the quotes left out.
  package static func quoted(_ text: String, limit: Int = .max) -> String {
    var escaped = "\""
    for scalar in text.unicodeScalars {
      let start = escaped.endIndex
      if scalar == "\"" || scalar == "\\" { escaped.unicodeScalars.append("\\") }
      append(scalar, to: &escaped)
      guard escaped.utf8.count - 1 > limit else { continue }
      return String(escaped[..<start]) + "…\""
    }
    return escaped + "\""
  }

  /// Whether a text needs no quotes: it has no blank, quote, backslash, `=` or escaped character,
  /// and is not empty.
  package static func isWord(_ text: String) -> Bool {
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
      // Above U+FFFF in two parts, as JSON has it.
      for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    default: text.unicodeScalars.append(scalar)
    }
  }

  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: true
    case 0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F: true
    case 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF: true
    default: false
    }
  }
}
