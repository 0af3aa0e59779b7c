/// An untrusted text, changed so that it can stand in a prompt as data.
///
/// Whatever the original text is, `text` has these properties by construction:
/// - It has no `<`, `>`, `[` or `]` and none of their wide forms. So it can neither close its own fence
///   nor open another one, and it has no token of a chat template (`<|im_start|>`, `</s>`, `[INST]`) and
///   no `[3]` that could be read as a passage's number. Angle brackets become `‹` `›`, square brackets
///   become `(` `)`.
/// - It has no control characters, no private-use characters, and no invisible characters but single
///   joiners, which are part of the spelling of some languages. So the model reads nothing that a person
///   does not see.
/// - In a prompt, every line of it begins with `| `. So no line of it looks like a heading, a turn of a
///   conversation or an instruction of the prompt.
/// - It is at most `words` words long.
package struct QuotedText: Sendable, Hashable {
  /// The changed text, without the prefix of its lines, without blank lines and repeated spaces.
  package let text: String
  /// Whether the end of the text was left out because the text is too long.
  package let wasCut: Bool

  package var isEmpty: Bool { text.isEmpty }

  /// Quotes the beginning of a text.
  ///
  /// White space separates words. To limit texts without spaces too, every 16 characters of a word count
  /// as a word, and so do every 2 characters of pictographs and of scripts that use no spaces. In tokens,
  /// such texts then cost about as much as English ones.
  ///
  /// - Complexity: linear in the part that is kept, however long the text is.
  package init(_ text: String, words: Int) {
    precondition(words > 0, "a quotation has at least a word")
    var excerpt = Excerpt(limit: words * Excerpt.unitsPerWord)
    for scalar in text.unicodeScalars {
      guard excerpt.take(scalar) else { break }
    }
    self.text = excerpt.text
    wasCut = excerpt.isFull
  }

  /// The text between two markers with a name, which may have a number: `<passage 3>` … `</passage 3>`.
  package func fenced(as name: String) -> String {
    let lines = text.split(separator: "\n").map { "| \($0)\n" }
    return "<\(name)>\n\(lines.joined())</\(name)>"
  }
}

/// Builds a quotation from a text, scalar by scalar.
private struct Excerpt {
  /// How many units of the limit one word takes; see `QuotedText.init`.
  static let unitsPerWord = 16
  /// How many units a scalar of a script without spaces takes.
  private static let unitsPerWideScalar = 8

  private(set) var text = ""
  private(set) var isFull = false
  private let limit: Int
  /// Units of the words that are finished.
  private var spent = 0
  /// Units of the word that is being read; 0 between words.
  private var wordUnits = 0
  private var pendingBreak: Unicode.Scalar?
  private var endsInJoiner = false

  init(limit: Int) { self.limit = limit }

  /// Takes the next scalar.
  ///
  /// - Returns: false if the limit leaves no room for it.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    switch Role(of: scalar) {
    case .dropped: break
    case .lineBreak:
      endWord()
      if !text.isEmpty { pendingBreak = "\n" }
    case .space:
      endWord()
      if !text.isEmpty, pendingBreak == nil { pendingBreak = " " }
    case .joiner:
      // A single joiner can be part of a word's spelling; several in a row could hide a message.
      guard wordUnits > 0, !endsInJoiner else { break }
      text.unicodeScalars.append(scalar)
      endsInJoiner = true
    case .shown(let shown, let isWide):
      let units = wordUnits + (isWide ? Self.unitsPerWideScalar : 1)
      // An ideograph takes only its own units; its run is charged at least a whole word when it ends.
      guard spent + max(units, isWide ? 0 : Self.unitsPerWord) <= limit else {
        isFull = true
        return false
      }
      if let pendingBreak { text.unicodeScalars.append(pendingBreak) }
      pendingBreak = nil
      text.unicodeScalars.append(shown)
      wordUnits = units
      endsInJoiner = false
    }
    return true
  }

  private mutating func endWord() {
    guard wordUnits > 0 else { return }
    spent += max(wordUnits, Self.unitsPerWord)
    wordUnits = 0
    endsInJoiner = false
  }
}

/// How a quotation treats a scalar.
private enum Role {
  case dropped, lineBreak, space, joiner
  case shown(Unicode.Scalar, isWide: Bool)

  init(of scalar: Unicode.Scalar) {
    switch scalar {
    case "\n", "\r", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}": self = .lineBreak
    case "\u{200C}", "\u{200D}": self = .joiner
    // Some tokenizers normalise the wide and small forms to the plain ones.
    case "<", "＜", "﹤": self = .shown("‹", isWide: false)
    case ">", "＞", "﹥": self = .shown("›", isWide: false)
    // Models also write these other forms in place of square brackets.
    case "[", "［", "﹇", "【", "〚", "⟦": self = .shown("(", isWide: false)
    case "]", "］", "﹈", "】", "〛", "⟧": self = .shown(")", isWide: false)
    case " "..."~": self = scalar == " " ? .space : .shown(scalar, isWide: false)
    default:
      let properties = scalar.properties
      switch properties.generalCategory {
      case .control: self = .space
      case .format, .privateUse, .surrogate: self = .dropped
      default:
        if properties.isWhitespace {
          self = .space
        } else if properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint {
          self = .dropped
        } else {
          self = .shown(scalar, isWide: Self.isWide(scalar))
        }
      }
    }
  }

  /// Whether a scalar is a pictograph, or belongs to a script without spaces between words.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0xA4CF, 0xF900...0xFAFF,
      0x1F000...0x1FAFF, 0x20000...0x3FFFF:
      true
    default: false
    }
  }
}
