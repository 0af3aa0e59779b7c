private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let openBrace = UInt8(ascii: "{")
private let closeBrace = UInt8(ascii: "}")
private let openBracket = UInt8(ascii: "[")
private let closeBracket = UInt8(ascii: "]")
private let comma = UInt8(ascii: ",")
private let colon = UInt8(ascii: ":")

extension LineScanner {
  /// Scans the text in one pass and never reads beyond the bounds of `bytes`.
  mutating func scan(unsafe bytes: UnsafeBufferPointer<UInt8>) throws(Fault) {
    members.removeAll(keepingCapacity: true)
    nesting.removeAll(keepingCapacity: true)
    let count = bytes.count
    var at = 0
    // The member being read at the outermost level.
    var key = 0..<0
    var keyHasEscapes = false
    var valueStart = 0
    var valueKind = ValueKind.null

    skipSpace(bytes, &at)
    guard at < count else { throw Syntax.cutShort(at: at, expected: "a value") }
    kind = try Self.kind(of: bytes[at], at: at, expected: "a JSON object")

    scanning: while true {
      // A value starts at `at`.
      guard at < count else { throw Syntax.cutShort(at: at, expected: "a value") }
      let byte = bytes[at]
      if nesting.count == 1 {
        valueStart = at
        valueKind = try Self.kind(of: byte, at: at, expected: "a value")
      }
      var opened = false
      switch byte {
      case quote:
        _ = try string(bytes, &at)
      case openBrace, openBracket:
        nesting.append(byte)
        at += 1
        if nesting.count == 1 { contentEnd = at }
        skipSpace(bytes, &at)
        guard at < count else {
          throw Syntax.cutShort(
            at: at, expected: byte == openBrace ? "a name or }" : "a value or ]")
        }
        if bytes[at] != (byte == openBrace ? closeBrace : closeBracket) { opened = true }
      case UInt8(ascii: "t"):
        try literal(bytes, &at, "true")
      case UInt8(ascii: "f"):
        try literal(bytes, &at, "false")
      case UInt8(ascii: "n"):
        try literal(bytes, &at, "null")
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        try number(bytes, &at)
      default:
        throw Syntax.unexpected(byte, at: at, expected: "a value")
      }

      if !opened {
        // A scalar is complete. An empty container is not: its closing bracket comes next.
        var completed = byte != openBrace && byte != openBracket
        closing: while true {
          if completed, nesting.count == 1 {
            members.append(
              Member(
                key: key, keyHasEscapes: keyHasEscapes, value: valueStart..<at, kind: valueKind))
            contentEnd = at
          }
          guard let open = nesting.last else {
            end = at
            if allowsMore { return }
            skipSpace(bytes, &at)
            guard at == count else {
              var next = at + 1
              skipSpace(bytes, &next)
              throw Syntax.trailing(
                bytes[at], at: at, afterReturn: bytes[at - 1] == 13, isLast: next == count)
            }
            return
          }
          skipSpace(bytes, &at)
          let close = open == openBrace ? closeBrace : closeBracket
          guard at < count else {
            throw Syntax.cutShort(at: at, expected: open == openBrace ? ", or }" : ", or ]")
          }
          if bytes[at] == close {
            at += 1
            nesting.removeLast()
            completed = true
            continue closing
          }
          guard bytes[at] == comma else {
            throw Syntax.unexpected(
              bytes[at], at: at, expected: open == openBrace ? ", or }" : ", or ]")
          }
          at += 1
          skipSpace(bytes, &at)
          break closing
        }
      }

      // The next member or element starts at `at`.
      if nesting.last == openBrace {
        guard at < count else { throw Syntax.cutShort(at: at, expected: "a name in double quotes") }
        guard bytes[at] == quote else {
          throw Syntax.unexpected(bytes[at], at: at, expected: "a name in double quotes")
        }
        let start = at + 1
        let escapes = try string(bytes, &at)
        if nesting.count == 1 {
          key = start..<(at - 1)
          keyHasEscapes = escapes
        }
        skipSpace(bytes, &at)
        guard at < count else { throw Syntax.cutShort(at: at, expected: ":") }
        guard bytes[at] == colon else {
          throw Syntax.unexpected(bytes[at], at: at, expected: ":")
        }
        at += 1
        skipSpace(bytes, &at)
      }
    }
  }
}

// MARK: - Tokens

extension LineScanner {
  /// The kind of the value that starts with `byte`.
  private static func kind(
    of byte: UInt8, at offset: Int, expected: String
  ) throws(Fault) -> ValueKind {
    switch byte {
    case quote: .string
    case openBrace: .object
    case openBracket: .array
    case UInt8(ascii: "t"): .true_
    case UInt8(ascii: "f"): .false_
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    default: throw Syntax.unexpected(byte, at: offset, expected: expected)
    }
  }
}

@inline(__always)
private func skipSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) {
  while at < bytes.count {
    let byte = bytes[at]
    guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
    at += 1
  }
}

private func literal(
  _ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ word: StaticString
) throws(Fault) {
  let start = at
  for index in 0..<word.utf8CodeUnitCount {
    guard at < bytes.count, bytes[at] == word.utf8Start[index] else {
      throw Syntax.badLiteral(at: start)
    }
    at += 1
  }
  // Otherwise `nullx` and `truefalse` would be reported as a missing comma.
  if at < bytes.count, isWordCharacter(bytes[at]) { throw Syntax.badLiteral(at: start) }
}

private func isWordCharacter(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
    true
  default: false
  }
}

/// Moves past a number: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
private func number(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) throws(Fault) {
  let start = at
  func digits() -> Int {
    let first = at
    while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
    return at - first
  }
  if bytes[at] == UInt8(ascii: "-") { at += 1 }
  let leadingZero = at < bytes.count && bytes[at] == UInt8(ascii: "0")
  let whole = digits()
  guard whole > 0, !(leadingZero && whole > 1) else { throw Syntax.badNumber(at: start) }
  if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
    at += 1
    guard digits() > 0 else { throw Syntax.badNumber(at: start) }
  }
  if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
    at += 1
    if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
      at += 1
    }
    guard digits() > 0 else { throw Syntax.badNumber(at: start) }
  }
  if at < bytes.count, isWordCharacter(bytes[at]) || bytes[at] == UInt8(ascii: ".") {
    throw Syntax.badNumber(at: start)
  }
}

/// Moves past a string and its quotes. Returns whether it has escapes.
private func string(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) throws(Fault) -> Bool {
  let end = bytes.count
  var escapes = false
  at += 1
  while true {
    skipPlain(bytes, &at)
    // The terminator is part of the line, so a line end inside a string is found here.
    guard at < end, bytes[at] != 10, bytes[at] != 13 || at + 1 == end || bytes[at + 1] != 10 else {
      throw Fault(
        offset: at, reason: "the line ends inside a string",
        remedy: "Complete the line; a line break inside a string is written \\n.")
    }
    let byte = bytes[at]
    if byte == quote {
      at += 1
      return escapes
    } else if byte == backslash {
      escapes = true
      try escape(bytes, &at)
    } else if byte < 0x20 {
      throw Syntax.controlCharacter(byte, at: at)
    } else if byte < 0x80 {
      at += 1
    } else {
      // After one scalar that is not ASCII, more usually follow.
      repeat {
        let length = scalarLength(bytes, at)
        guard length > 0 else { throw Syntax.invalidUTF8(at: at) }
        at += length
      } while at < end && bytes[at] >= 0x80
    }
  }
}

/// Moves past ordinary characters of a string, eight bytes at a time.
///
/// It stops at a byte that is `"`, `\`, a control character or not ASCII. The test is the usual one for a
/// zero byte in a word (Hacker's Delight, 6-1). It never misses such a byte; a byte above the first one
/// that it finds may be a false hit.
@inline(__always)
private func skipPlain(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) {
  let low: UInt64 = 0x0101_0101_0101_0101
  let high: UInt64 = 0x8080_8080_8080_8080
  while at + 8 <= bytes.count {
    let word = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped + at)
      .loadUnaligned(as: UInt64.self)
    let quotes = word ^ (low &* UInt64(quote))
    let backslashes = word ^ (low &* UInt64(backslash))
    let special =
      ((quotes &- low) & ~quotes) | ((backslashes &- low) & ~backslashes)
      | ((word &- (low &* 0x20)) & ~word) | word
    let hits = special & high
    if hits != 0 {
      // The lowest hit is exact, because borrows only carry into higher bytes.
      at += hits.littleEndian.trailingZeroBitCount / 8
      return
    }
    at += 8
  }
  while at < bytes.count {
    let byte = bytes[at]
    guard byte >= 0x20, byte < 0x80, byte != quote, byte != backslash else { return }
    at += 1
  }
}

private func escape(_ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int) throws(Fault) {
  let start = at
  guard at + 1 < bytes.count else { throw Syntax.badEscape(at: start) }
  switch bytes[at + 1] {
  case quote, backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
    UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
    at += 2
  case UInt8(ascii: "u"):
    guard at + 6 <= bytes.count else { throw Syntax.badEscape(at: start) }
    for index in (at + 2)..<(at + 6) {
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
        UInt8(ascii: "A")...UInt8(ascii: "F"):
        continue
      default: throw Syntax.badEscape(at: start)
      }
    }
    at += 6
  default: throw Syntax.badEscape(at: start)
  }
}

/// The length of the UTF-8 sequence at `at`, 2 to 4, or 0 where there is no valid one. Overlong forms,
/// surrogates and values above U+10FFFF are not valid (Unicode 15, table 3-7).
private func scalarLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
  func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
    at + offset < bytes.count && range.contains(bytes[at + offset])
  }
  switch bytes[at] {
  case 0xC2...0xDF: return continues(1) ? 2 : 0
  case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : 0
  case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : 0
  case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
  case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : 0
  case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
  case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : 0
  default: return 0
  }
}
