/// A piece of a reply that matters for reading a selection.
enum SelectionToken: Sendable, Equatable {
  /// A number; in `[3]` or `[1, 3]` it is bracketed. A number above a million is replaced by 0, which
  /// names no passage.
  case number(Int, isBracketed: Bool)
  /// `[]` or `[[]]`.
  case emptyBrackets
  /// A run of letters, in lower case.
  case word(String)
  case arrow
  /// `:` or `=`
  case colon
  /// `.`, `!` or `?`, which may end a sentence.
  case stop
  /// `,` or `;`
  case comma
  case newline
  /// Quotes, bullets and brackets of other kinds, which do not end a list.
  case ornament
}

/// Cuts a reply into tokens.
struct SelectionScanner {
  /// The largest number in a range such as `1-3`; 0 if a hyphen never stands for a range.
  var largestInRange = 0
  private let scalars: [Unicode.Scalar]
  private var position = 0
  /// Whether the reply has numbered lines, each with a bare number after its own: `1. 3`, `2. 1`.
  private let hasCountedNumbers: Bool

  init(_ text: some Sequence<Unicode.Scalar>) {
    scalars = text.map(Self.plain)
    hasCountedNumbers = Self.countsLines(scalars)
  }

  /// - Complexity: O(length)
  private static func countsLines(_ scalars: [Unicode.Scalar]) -> Bool {
    var count = 0
    for line in scalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" }) {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard let marker = words.first, words.count > 1, let end = marker.last,
        end == "." || end == ")"
      else { continue }
      let number = String(String.UnicodeScalarView(marker.dropLast()))
      guard number == String(count + 1) else { return false }
      guard words[1].allSatisfy({ digit($0) != nil || $0 == "." || $0 == "," }) else {
        return false
      }
      count += 1
    }
    return count >= 2
  }

  /// Reads all tokens.
  ///
  /// - Parameter wasCut: whether the reply was cut off; then a number at the very end is left out,
  ///   because some of its digits may be missing.
  mutating func tokens(wasCut: Bool) -> [SelectionToken] {
    var tokens: [SelectionToken] = []
    while position < scalars.count {
      let scalar = scalars[position]
      if scalar == "[", let (inner, end) = brackets() {
        tokens += inner
        position = end
      } else if Self.digit(scalar) != nil {
        appendNumber(to: &tokens, isBracketed: false)
      } else if let next = token() {
        tokens.append(next)
      }
    }
    if wasCut, let last = scalars.last, Self.digit(last) != nil, case .number? = tokens.last {
      tokens.removeLast()
    }
    return expanded(tokens)
  }

  /// The tokens with each range such as `[2] to [4]` replaced by all its numbers.
  private func expanded(_ tokens: [SelectionToken]) -> [SelectionToken] {
    var expanded: [SelectionToken] = []
    for token in tokens {
      if case .number(let last, let isBracketed) = token, expanded.count >= 2,
        expanded.last == .word("to"),
        case .number(let first, isBracketed) = expanded[expanded.count - 2],
        first > 0, first < last, last <= largestInRange
      {
        expanded.removeLast()
        expanded += ((first + 1)...last).map { .number($0, isBracketed: isBracketed) }
      } else {
        expanded.append(token)
      }
    }
    return expanded
  }

  /// The next token outside square brackets; nil for a scalar that has no meaning for a selection.
  private mutating func token() -> SelectionToken? {
    let scalar = scalars[position]
    if scalar.properties.isAlphabetic {
      let word = word()
      return .word(word == "through" || word == "bis" ? "to" : word)
    }
    position += 1
    switch scalar {
    case "-"
    where position > 1 && scalars[position - 2] == "]" && position < scalars.count
      && scalars[position] == "[":
      return .word("to")
    case "\n", "\r": return .newline
    case ">", "→", "≻": return .arrow
    case ":", "=": return .colon
    case ".", "!", "?", "。": return .stop
    case ",", ";", "、", "，", "；": return .comma
    case "*", "`", "_", " ", "\t": return nil
    default: return scalar.properties.isWhitespace ? nil : .ornament
    }
  }

  /// Whether the number before `position` only numbers a line of a list: `1. [3]`, `2) passage 4`.
  private func isListMarker(after last: SelectionToken?) -> Bool {
    guard last == nil || last == .newline, position + 2 < scalars.count else { return false }
    guard scalars[position] == "." || scalars[position] == ")" else { return false }
    guard scalars[position + 1].properties.isWhitespace else { return false }
    let next = scalars[position + 2]
    return next.properties.isAlphabetic || "[\"'*`(".unicodeScalars.contains(next)
      || (scalars[position] == ")" || hasCountedNumbers) && Self.digit(next) != nil
  }

  /// The bracketed list that begins here: its tokens and its end. Nil if the brackets have other words in
  /// them or do not close.
  private func brackets() -> ([SelectionToken], end: Int)? {
    var tokens: [SelectionToken] = []
    var inside = self
    var depth = 0
    while inside.position < scalars.count {
      let scalar = scalars[inside.position]
      if scalar == "[" {
        depth += 1
        inside.position += 1
      } else if scalar == "]" {
        depth -= 1
        inside.position += 1
        if depth == 0 { return (tokens.isEmpty ? [.emptyBrackets] : tokens, inside.position) }
      } else if Self.digit(scalar) != nil {
        inside.appendNumber(to: &tokens, isBracketed: true)
      } else if scalar.properties.isAlphabetic {
        guard SelectionText.listWords.contains(inside.word()) else { return nil }
      } else if scalar == ">" {
        tokens.append(.arrow)
        inside.position += 1
      } else if scalar == "." || scalar == ":" {
        // `[10:30]` and `[1.5]` do not name passages.
        return nil
      } else {
        inside.position += 1
      }
      // Without this limit, each unclosed bracket would be searched to the end of the reply.
      if inside.position - position > Self.longestBrackets { return unclosed(depth, tokens) }
    }
    return unclosed(depth, tokens)
  }

  /// The result for brackets that do not close. A list of lists may be cut off after one of its members:
  /// `[[1],[3],[`.
  private func unclosed(
    _ depth: Int, _ tokens: [SelectionToken]
  ) -> ([SelectionToken], end: Int)? {
    guard depth > 0, position + 1 < scalars.count, scalars[position + 1] == "[" else { return nil }
    // The scanner skips the outer bracket and reads the members one by one.
    return ([.ornament], position + 1)
  }

  /// Appends a number, or all numbers of a range such as `1-3`.
  private mutating func appendNumber(to tokens: inout [SelectionToken], isBracketed: Bool) {
    let isNegative = isBracketed && tokens.isEmpty && position > 0 && scalars[position - 1] == "-"
    let first = number()
    if !isBracketed, isListMarker(after: tokens.last) {
      position += 1
      tokens.append(.ornament)
      return
    }
    tokens.append(.number(isNegative ? 0 : first, isBracketed: isBracketed))
    guard position + 1 < scalars.count, scalars[position] == "-" || scalars[position] == "–",
      Self.digit(scalars[position + 1]) != nil
    else { return }
    position += 1
    let last = number()
    let isRange = first > 0 && first < last && last <= largestInRange
    let rest = isRange ? (first + 1)...last : last...last
    tokens += rest.map { .number($0, isBracketed: isBracketed) }
  }

  private mutating func number() -> Int {
    var value = 0
    while position < scalars.count, let digit = Self.digit(scalars[position]) {
      // Numbers above a million name no passage, and stopping there prevents an overflow.
      value = value > 1_000_000 ? value : value * 10 + digit
      position += 1
    }
    return value > 1_000_000 ? 0 : value
  }

  private mutating func word() -> String {
    var word = ""
    while position < scalars.count, scalars[position].properties.isAlphabetic {
      word += scalars[position].properties.lowercaseMapping
      position += 1
    }
    return word
  }

  /// Longer brackets are not lists of passages.
  private static let longestBrackets = 400

  private static func digit(_ scalar: Unicode.Scalar) -> Int? {
    ("0"..."9").contains(scalar) ? Int(scalar.value - 48) : nil
  }

  /// A scalar with wide and other forms of digits and brackets replaced by the ASCII ones.
  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case " "..."~": return scalar
    case "［", "【", "〚", "⟦": return "["
    case "］", "】", "〛", "⟧": return "]"
    case "＞": return ">"
    case "：": return ":"
    default:
      guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue
      else { return scalar }
      return Unicode.Scalar(UInt8(48 + Int(value)))
    }
  }
}
