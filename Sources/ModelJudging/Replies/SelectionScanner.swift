/// A piece of a reply, as far as selections go.
enum SelectionToken: Sendable, Equatable {
  /// In `[3]` or `[1, 3]` it is bracketed. What is too large for an integer is 0, which names nothing.
  case number(Int, isBracketed: Bool)
  /// `[]` or `[[]]`.
  case emptyBrackets
  /// A row of letters, in lower case.
  case word(String)
  case arrow
  /// `:` or `=`
  case colon
  /// `.`, `!`, `?`: may end a sentence.
  case stop
  /// `,` or `;`
  case comma
  case newline
  /// Quotes, bullets, brackets of other kinds: nothing that parts a list.
  case ornament
}

/// Cuts a reply into tokens.
struct SelectionScanner {
  /// Up to which number `1-3` is a row of numbers; 0 where it never is.
  var largestInRange = 0
  private let scalars: [Unicode.Scalar]
  private var position = 0
  /// Whether the lines are counted, each with a bare number behind its own: `1. 3`, `2. 1`.
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

  /// - Parameter wasCut: then a number at the very end is left out: it may have lost digits.
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

  /// With `[2] to [4]` written out.
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

  /// The next token outside square brackets; nil for what means nothing.
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

  /// Whether the number before `position` only counts the lines of a list: `1. [3]`, `2) passage 4`.
  private func isListMarker(after last: SelectionToken?) -> Bool {
    guard last == nil || last == .newline, position + 2 < scalars.count else { return false }
    guard scalars[position] == "." || scalars[position] == ")" else { return false }
    guard scalars[position + 1].properties.isWhitespace else { return false }
    let next = scalars[position + 2]
    return next.properties.isAlphabetic || "[\"'*`(".unicodeScalars.contains(next)
      || (scalars[position] == ")" || hasCountedNumbers) && Self.digit(next) != nil
  }

  /// A bracketed list from here: its tokens and where it ends. Nil where the brackets hold other words
  /// or do not close.
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
        // `[10:30]` and `[1.5]` are no passages.
        return nil
      } else {
        inside.position += 1
      }
      // An opening bracket that is never closed must not cost a look at all the rest each time.
      if inside.position - position > Self.longestBrackets { return unclosed(depth, tokens) }
    }
    return unclosed(depth, tokens)
  }

  /// A list of lists may be cut off behind one of its members: `[[1],[3],[`.
  private func unclosed(
    _ depth: Int, _ tokens: [SelectionToken]
  ) -> ([SelectionToken], end: Int)? {
    guard depth > 0, position + 1 < scalars.count, scalars[position + 1] == "[" else { return nil }
    // The outer bracket is passed over, and the members are read by themselves.
    return ([.ornament], position + 1)
  }

  /// Takes a number, or a row of them: `1-3`.
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
    let row = first > 0 && first < last && last <= largestInRange ? (first + 1)...last : last...last
    tokens += row.map { .number($0, isBracketed: isBracketed) }
  }

  private mutating func number() -> Int {
    var value = 0
    while position < scalars.count, let digit = Self.digit(scalars[position]) {
      // Beyond a million nothing is a passage; and nothing overflows.
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

  /// Longer ones are no lists of passages.
  private static let longestBrackets = 400

  private static func digit(_ scalar: Unicode.Scalar) -> Int? {
    ("0"..."9").contains(scalar) ? Int(scalar.value - 48) : nil
  }

  /// Wide and foreign forms of digits and brackets, made plain.
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
