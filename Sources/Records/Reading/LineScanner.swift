import Assessments

/// The kind of a JSON value, which follows from its first byte.
enum ValueKind: UInt8 {
  case string, number, true_, false_, null, object, array

  /// The kind in words, for messages.
  var words: String {
    switch self {
    case .string: "a string"
    case .number: "a number"
    case .true_, .false_: "true or false"
    case .null: "null"
    case .object: "an object"
    case .array: "a list"
    }
  }
}

/// The place of one member of an object, or of one element of an array, whose key is empty.
struct Member {
  /// The name without its quotes.
  var key: Range<Int>
  var keyHasEscapes: Bool
  var value: Range<Int>
  var kind: ValueKind
}

/// Validates one JSON text strictly and finds the members of its outermost value.
///
/// json-c is lenient (`NaN`, single quotes, comments, overlong UTF-8, over-large numbers), so this type
/// decides what is JSON, exactly by RFC 8259. It keeps the nesting in a list and not on the call stack,
/// because a line may nest as deep as it is long. It converts nothing:
/// `TextDecoder` reads the members that are needed.
///
/// It lets keys repeat; `repeatedKey(in:decoder:)` finds those.
struct LineScanner {
  /// The members of the text that was scanned last; offsets count from its first byte.
  var members: [Member] = []
  /// The kind of the text that was scanned last.
  var kind = ValueKind.null
  /// The end of the last value inside the outermost brackets, where a member can be added.
  var contentEnd = 0
  /// The end of the value that was scanned last.
  var end = 0
  /// Whether other bytes may follow the value.
  var allowsMore = false
  /// The open brackets, the outermost first; kept between lines to save allocations.
  var nesting: [UInt8] = []

  /// Scans one JSON text.
  ///
  /// - Throws: a fault at the first place where the text stops being JSON.
  /// - Complexity: linear in bytes. It allocates nothing once the lists are large enough.
  mutating func scan(_ text: Span<UInt8>) throws(Fault) {
    let problem: Fault? = text.withUnsafeBufferPointer { bytes in
      do throws(Fault) {
        try scan(unsafe: bytes)
        return nil
      } catch {
        return error
      }
    }
    if let problem { throw problem }
  }

  /// Scans the JSON value that starts at an offset; other bytes may follow it.
  ///
  /// - Returns: the end of the value. All offsets, those of members and of faults, count from the start of
  ///   `text`.
  /// - Throws: a fault at the first place where the value stops being JSON.
  /// - Complexity: linear in the value's bytes.
  mutating func scanValue(_ text: Span<UInt8>, from start: Int) throws(Fault) -> Int {
    allowsMore = true
    defer { allowsMore = false }
    do throws(Fault) {
      try scan(text.extracting(start..<text.count))
    } catch {
      throw error.moved(by: start)
    }
    for index in members.indices {
      let (key, value) = (members[index].key, members[index].value)
      members[index].key = (key.lowerBound + start)..<(key.upperBound + start)
      members[index].value = (value.lowerBound + start)..<(value.upperBound + start)
    }
    contentEnd += start
    return end + start
  }
}

/// The faults of texts that are not JSON, with a remedy for each of the commonest mistakes.
enum Syntax {
  static func unexpected(_ byte: UInt8, at offset: Int, expected: String) -> Fault {
    let remedy: String
    let found: String
    switch byte {
    case UInt8(ascii: "'"):
      found = "a single quote"
      remedy = "JSON quotes with \" only; write the file with a JSON library, not with print()."
    case UInt8(ascii: "/"), UInt8(ascii: "#"):
      found = "a comment"
      remedy = "JSON has no comments; delete it."
    case UInt8(ascii: "N"), UInt8(ascii: "I"), UInt8(ascii: "n"), UInt8(ascii: "i"):
      found = "the bare word \(Character(Unicode.Scalar(byte)))…"
      remedy = "NaN, Infinity and None are not JSON; write null or leave the member out."
    case UInt8(ascii: "T"), UInt8(ascii: "F"):
      found = "the bare word \(Character(Unicode.Scalar(byte)))…"
      remedy = "JSON writes true and false in lower case."
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      found = "'\(Character(Unicode.Scalar(byte)))'"
      remedy = "Delete the comma before it, or add what is missing."
    case 0:
      found = "a NUL byte"
      remedy = "Delete it; the file may be UTF-16 (iconv -f UTF-16 -t UTF-8) or damaged."
    case 0x21...0x7E:
      found = "'\(Character(Unicode.Scalar(byte)))'"
      remedy = "Write one JSON object a line."
    default:
      found = "byte 0x" + hexadecimal(byte)
      remedy = "Write one JSON object a line, in UTF-8."
    }
    return Fault(offset: offset, reason: "\(expected) expected, \(found) found", remedy: remedy)
  }

  static func cutShort(at offset: Int, expected: String) -> Fault {
    Fault(
      offset: offset, reason: "the line ends where \(expected) is expected",
      remedy: "Complete the line; an object must not go on over several lines (jq -c joins them).")
  }

  /// - Parameter isLast: whether nothing but white space follows the byte.
  static func trailing(
    _ byte: UInt8, at offset: Int, afterReturn: Bool, isLast: Bool
  ) -> Fault {
    if isLast, byte == UInt8(ascii: ",") {
      return Fault(
        offset: offset, reason: "there is a comma after the end of the object",
        remedy: "Remove the comma at the end of the line.")
    }
    return Fault(
      offset: offset, reason: "there is more after the end of the object",
      remedy: afterReturn
        ? "The lines seem to end in CR alone; convert them with tr '\\r' '\\n'."
        : "Put each object on a line of its own.")
  }

  static func controlCharacter(_ byte: UInt8, at offset: Int) -> Fault {
    let name =
      byte == 0
      ? "a NUL byte" : byte == 9 ? "a raw tab" : "control character 0x" + hexadecimal(byte)
    return Fault(
      offset: offset, reason: "\(name) inside a string",
      remedy: "Escape it as \(byte == 9 ? "\\t" : "\\u00" + hexadecimal(byte)), or delete it.")
  }

  static func badEscape(at offset: Int) -> Fault {
    Fault(
      offset: offset, reason: "a backslash that starts no JSON escape",
      remedy:
        "Double the backslash (\\\\), or use \\\" \\/ \\b \\f \\n \\r \\t or \\u and four digits.")
  }

  static func invalidUTF8(at offset: Int) -> Fault {
    Fault(
      offset: offset, reason: "bytes that are not UTF-8",
      remedy: "Convert the file to UTF-8, for instance iconv -f WINDOWS-1252 -t UTF-8.",
      code: .otherEncoding)
  }

  static func badNumber(at offset: Int) -> Fault {
    Fault(
      offset: offset, reason: "a number that JSON does not allow",
      remedy:
        "Write it as -1, 0.5 or 1e9: no leading zero or plus, a digit on each side of the dot.")
  }

  static func badLiteral(at offset: Int) -> Fault {
    Fault(
      offset: offset, reason: "a bare word that is not true, false or null",
      remedy: "Put text in double quotes; write null where there is no value.")
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
  }
}
