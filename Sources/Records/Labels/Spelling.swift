import Foundation

/// One way to write a label: its characters and its JSON type. Escapes are resolved.
///
/// Spellings are compared by their Unicode scalars, because `String` treats composed and decomposed
/// characters as equal.
struct Spelling: Hashable {
  enum Kind: UInt8 {
    case string, number, boolean
  }

  let text: String
  let kind: Kind

  init(text: String, kind: Kind) {
    self.text = text
    self.kind = kind
  }

  /// The spelling of a label as the parser reads it, whose name is not yet that of its class.
  init(_ label: Label) {
    text = label.name
    switch label.token.unicodeScalars.first {
    case "t", "f": kind = .boolean
    case .some("-"), .some("0"..."9"): kind = .number
    default: kind = .string
    }
  }

  static func == (left: Spelling, right: Spelling) -> Bool {
    left.kind == right.kind && left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    // Equal scalars are canonically equivalent, so they have one hash.
    hasher.combine(text)
    hasher.combine(kind)
  }
}

extension Spelling {
  /// The text in Unicode's composed form (NFC), without characters that have no width and without white
  /// space at its ends: what two strings must have in common to be one class.
  static func cleaned(_ text: String) -> String {
    guard !text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return text }
    let scalars = Array(text.unicodeScalars)
    var kept = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated()
    where !isWithoutWidth(scalar, after: index > 0 ? scalars[index - 1] : nil) {
      kept.append(scalar)
    }
    let trimmed = kept.drop { $0.properties.isWhitespace }
    let end = trimmed.lastIndex { !$0.properties.isWhitespace }
    let inner = end.map { trimmed[...$0] } ?? trimmed[trimmed.endIndex...]
    return String(inner).precomposedStringWithCanonicalMapping
  }

  /// Whether a scalar is invisible and takes no place: joiners, marks of direction, the soft hyphen, the byte
  /// order mark, and the two selectors between text and emoji.
  ///
  /// Other ignorable characters tell names apart, such as the tags in the flags of England and Wales. A
  /// joiner after an emoji makes another emoji.
  private static func isWithoutWidth(
    _ scalar: Unicode.Scalar, after previous: Unicode.Scalar?
  ) -> Bool {
    switch scalar.value {
    case 0x200D:
      guard let previous else { return true }
      return !(previous.value == 0xFE0F || previous.value > 0x2000 && previous.properties.isEmoji)
    case 0x00AD, 0x061C, 0x180E, 0x200B, 0x200C, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2064,
      0x2066...0x2069, 0xFE0E, 0xFE0F, 0xFEFF:
      return true
    default:
      return false
    }
  }

  /// A JSON number without needless digits, so that `1`, `1.0` and `1e0` are the same.
  static func number(_ token: String) -> String {
    if let whole = wholePart(of: token) { return whole }
    guard let value = Double(token) else { return token }
    if abs(value) < 9e15, let whole = Int64(exactly: value) { return String(whole) }
    return token.contains { "eE".contains($0) } ? String(value) : withoutTrailingZeros(token)
  }

  /// `3` of `3` and of `3.00`; nil of any other text. The digits are not converted, so long ones stay exact.
  static func wholePart(of text: String) -> String? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, var digits = parts.first else { return nil }
    if digits.first == UInt8(ascii: "-") { digits.removeFirst() }
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.count == 1 || digits.first != UInt8(ascii: "0"),
      parts.count == 1 || !parts[1].isEmpty && parts[1].allSatisfy({ $0 == 0x30 })
    else { return nil }
    let whole = String(Substring(parts[0]))
    return whole == "-0" ? "0" : whole
  }

  private static func withoutTrailingZeros(_ text: String) -> String {
    var digits = Substring(text)
    while digits.last == "0" { digits.removeLast() }
    return String(digits)
  }
}

/// Which differences of spelling rules ignore, besides those that are always ignored.
package struct LabelFolding: Sendable, Equatable, Codable {
  /// Upper and lower case.
  package var ignoresCase = false
  /// White space, hyphens and underscores within the label, which count as one space.
  package var ignoresSpaces = false
  /// Punctuation.
  package var ignoresPunctuation = false

  package init() {}

  func folded(_ text: String) -> String {
    var text = text
    if ignoresCase { text = text.lowercased() }
    if ignoresSpaces { text = Self.withSingleSpaces(text) }
    if ignoresPunctuation {
      let kept = text.filter { !$0.isPunctuation }
      text = kept.isEmpty ? text : kept
    }
    return text
  }

  /// The text with one space in place of every run of white space, hyphens and underscores between two
  /// letters or digits. Elsewhere they stay: the grades A and A- differ.
  static func withSingleSpaces(_ text: String) -> String {
    var folded = ""
    var run = ""
    for character in text {
      if character.isWhitespace || character == "_" || character == "-" {
        run.append(character)
        continue
      }
      if !run.isEmpty {
        let isInner = folded.last.map { $0.isLetter || $0.isNumber } ?? false
        folded += isInner && (character.isLetter || character.isNumber) ? " " : run
        run = ""
      }
      folded.append(character)
    }
    return folded + run
  }
}
