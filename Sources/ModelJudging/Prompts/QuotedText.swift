/// A stranger's text made fit to stand in a prompt as data.
///
/// Whatever the text was, `text` has these properties, by construction:
/// - It has no `<`, `>`, `[` or `]` and none of their wide forms: it can neither close its fence nor
///   open another, holds no chat template's token (`<|im_start|>`, `</s>`, `[INST]`), and no `[3]`
///   that could be read as a passage's number. Angle brackets become `‹` `›`, square ones `(` `)`.
/// - It has no control characters, no private-use characters, and nothing invisible but single joiners
///   (which are part of the spelling of some languages): what a person does not see, a model does not
///   read.
/// - Every line, as a prompt has it, begins with `| `: no line of it can pass for a heading, a turn of
///   a conversation or an instruction around it.
/// - It is at most `words` words long.
package struct QuotedText: Sendable, Hashable {
  /// Neutralised, without the lines' prefix; blank lines and repeated spaces are gone.
  package let text: String
  /// Whether something was left out because of its length.
  package let wasCut: Bool

  package var isEmpty: Bool { text.isEmpty }

  /// Quotes the beginning of a text.
  ///
  /// Words are what white space separates. So that nothing without spaces is endless, every 16
  /// characters of a word count as a word, and so do every 2 in scripts that use no spaces and of
  /// pictographs: about what such texts cost in tokens beside English.
  ///
  /// - Complexity: O(what is kept), however long the text is.
  package init(_ text: String, words: Int) {
    precondition(words > 0, "a quotation has at least a word")
    var excerpt = Excerpt(limit: words * Excerpt.unitsPerWord)
    for scalar in text.unicodeScalars {
      guard excerpt.take(scalar) else { break }
    }
    self.text = excerpt.text
    wasCut = excerpt.isFull
  }

  /// The text between markers with a name, which may contain a number: `<passage 3>` … `</passage 3>`.
  package func fenced(as name: String) -> String {
    let lines = text.split(separator: "\n").map { "| \($0)\n" }
    return "<\(name)>\n\(lines.joined())</\(name)>"
  }
}

/// A text on its way to be quoted, scalar by scalar.
private struct Excerpt {
  /// A word's share of the limit; see `QuotedText.init`.
  static let unitsPerWord = 16
  /// For a scalar of a script without spaces.
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

  /// Takes the next scalar; false as soon as there is no room.
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
      // A single joiner spells; a row of them could spell out a hidden message.
      guard wordUnits > 0, !endsInJoiner else { break }
      text.unicodeScalars.append(scalar)
      endsInJoiner = true
    case .shown(let shown, let isWide):
      let units = wordUnits + (isWide ? Self.unitsPerWideScalar : 1)
      // A word of one or two ideographs is not charged as a whole one: its row is.
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

/// What becomes of a scalar in a quotation.
private enum Role {
  case dropped, lineBreak, space, joiner
  case shown(Unicode.Scalar, isWide: Bool)

  init(of scalar: Unicode.Scalar) {
    switch scalar {
    case "\n", "\r", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}": self = .lineBreak
    case "\u{200C}", "\u{200D}": self = .joiner
    // The wide and small forms are made plain by the normalisation of some tokenizers.
    case "<", "＜", "﹤": self = .shown("‹", isWide: false)
    case ">", "＞", "﹥": self = .shown("›", isWide: false)
    // The others are what models write for square brackets.
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

  /// Scripts that put no spaces between words, and pictographs.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0xA4CF, 0xF900...0xFAFF,
      0x1F000...0x1FAFF, 0x20000...0x3FFFF:
      true
    default: false
    }
  }
}
