import Testing

@testable import Records

/// Which texts are JSON by RFC 8259, value by value.
struct SyntaxTests {
  static let valid: [String] = [
    "0", "-0", "1", "-1", "10", "0.5", "-0.5", "1e5", "1E5", "1e+5", "1e-5", "0e0", "1.25e+10",
    "123456789012345678901234567890", "1e400", "-1e-400", "9223372036854775808", "0.10000",
    "\"\"", "\"a\"", "\"\\\"\"", "\"\\\\\"", "\"\\/\"", "\"\\b\\f\\n\\r\\t\"", "\"\\u0000\"",
    "\"\\u00e9\"", "\"\\uD83D\\uDE00\"", "\"\\ud800\"", "\"\\uDFAA\"", "\"\u{7F}\"", "\"\u{80}\"",
    "\"\u{7FF}\"", "\"\u{800}\"", "\"\u{D7FF}\"", "\"\u{E000}\"", "\"\u{FFFF}\"", "\"\u{10000}\"",
    "\"\u{10FFFF}\"", "\"\u{2028}\"", "\"\u{FEFF}\"", "\"12345678\"", "\"1234567\\n\"",
    "\"123456789é\"", "\"{[,:'\"", "true", "false", "null", "[]", "[ ]", "[\t\r ]", "{}", "{ }",
    "[1]", "[1,2]", "[ 1 , 2 ]", "[[]]", "[[],[]]", "[{}]", "{\"a\":1}", "{\"a\":{\"b\":[]}}",
    "{\"\":0}", "{\"a\":1,\"b\":2}", "{\"a\":1,\"a\":2}", "[null,true,false,\"\",0]",
    " 1", "1 ", "\t[1]\r",
  ]

  @Test("is JSON", arguments: valid)
  func isValid(_ value: String) throws {
    let line = "{\"text\": \"t\", \"x\": \(value)}\n"
    let reading = try read(line)
    #expect(reading.rejections == [])
    #expect(reading.records.count == 1)
    #expect(try nothingIsLost(reading))
  }

  /// A value that is not JSON, the place of its fault, and a word of the reason.
  struct Case: Sendable, CustomTestStringConvertible {
    let value: [UInt8]
    let offset: Int
    let reason: String

    init(_ value: String, _ offset: Int, _ reason: String) {
      self.init(Array(value.utf8), offset, reason)
    }

    init(_ value: [UInt8], _ offset: Int, _ reason: String) {
      self.value = value
      self.offset = offset
      self.reason = reason
    }

    var testDescription: String { text(value).debugDescription }
  }

  static let invalid: [Case] = [
    Case("NaN", 0, "N…"), Case("nan", 0, "bare word"), Case("Infinity", 0, "I…"),
    Case("-Infinity", 0, "number"), Case("-NaN", 0, "number"), Case("inf", 0, "i…"),
    Case("None", 0, "N…"), Case("True", 0, "T…"), Case("False", 0, "F…"),
    Case("undefined", 0, "value expected"), Case("nul", 0, "bare word"),
    Case("nulll", 0, "bare word"), Case("tru", 0, "bare word"), Case("truee", 0, "bare word"),
    Case("fals", 0, "bare word"), Case("true1", 0, "bare word"), Case("NULL", 0, "N…"),
    Case("+1", 0, "value expected"), Case("01", 0, "number"), Case("-01", 0, "number"),
    Case("00", 0, "number"), Case("1.", 0, "number"), Case(".5", 0, "value expected"),
    Case("-.5", 0, "number"), Case("-", 0, "number"), Case("--1", 0, "number"),
    Case("1e", 0, "number"), Case("1e+", 0, "number"), Case("1e1.5", 0, "number"),
    Case("1.e5", 0, "number"), Case("0x10", 0, "number"), Case("1_000", 0, "number"),
    Case("1a", 0, "number"), Case("1.2.3", 0, "number"), Case("1-2", 1, "expected"),
    Case("1 2", 2, "expected"), Case("０", 0, "value expected"),
    Case("'a'", 0, "single quote"), Case("“a”", 0, "value expected"),
    Case("a", 0, "value expected"), Case("@", 0, "value expected"), Case("\\n", 0, "expected"),
    Case("// c", 0, "comment"), Case("/* c */ 1", 0, "comment"), Case("1 // c", 2, "comment"),
    Case("1 /* c */", 2, "comment"), Case("# c", 0, "comment"), Case("[1] # c", 4, "comment"),
    Case("", 0, "expected"), Case(",", 0, "expected"), Case(":", 0, "expected"),
    Case("]", 0, "expected"), Case("[", 1, "expected"), Case("[1", 2, "expected"),
    Case("[1,", 3, "expected"), Case("[1,]", 3, "expected"), Case("[,1]", 1, "expected"),
    Case("[1,,2]", 3, "expected"), Case("[1 2]", 3, "expected"), Case("[1:2]", 2, "expected"),
    Case("[1}", 2, "expected"), Case("[\"a\"", 4, "expected"), Case("[[1]", 4, "expected"),
    Case("{\"a\":1]", 6, "expected"), Case("{\"a\"}", 4, ": expected"),
    Case("{\"a\" 1}", 5, ": expected"), Case("{\"a\":}", 5, "expected"),
    Case("{\"a\":1,}", 7, "name in double quotes"), Case("{,}", 1, "name in double quotes"),
    Case("{a:1}", 1, "name in double quotes"), Case("{'a':1}", 1, "single quote"),
    Case("{1:1}", 1, "name in double quotes"), Case("{null:1}", 1, "name in double quotes"),
    Case("{\"a\"::1}", 5, "expected"), Case("{\"a\":1 \"b\":2}", 7, "expected"),
    Case("{\"a\":1;\"b\":2}", 6, "expected"), Case("{\"a\",1}", 4, ": expected"),
    Case("{{}}", 1, "name in double quotes"), Case("{[]:1}", 1, "name in double quotes"),
    Case("\"\\a\"", 1, "backslash"), Case("\"\\x41\"", 1, "backslash"),
    Case("\"\\'\"", 1, "backslash"), Case("\"\\0\"", 1, "backslash"),
    Case("\"\\u\"", 1, "backslash"), Case("\"\\u12\"", 1, "backslash"),
    Case("\"\\u12g4\"", 1, "backslash"), Case("\"\\U0041\"", 1, "backslash"),
    Case("\"\\u{41}\"", 1, "backslash"), Case("\"\\ \"", 1, "backslash"),
    Case("\"\\é\"", 1, "backslash"), Case("\"1234567\\q\"", 8, "backslash"),
    Case("\"a\tb\"", 2, "raw tab"), Case("\"a\rb\"", 2, "control character 0x0D"),
    Case("\"\u{0}\"", 1, "NUL"), Case("\"\u{1}\"", 1, "control character 0x01"),
    Case("\"1234567\u{1F}\"", 8, "control character 0x1F"), Case("\"\u{8}\"", 1, "control"),
    Case("\u{0}", 0, "NUL byte"), Case("1\u{0}", 1, "NUL byte"), Case("\u{C}1", 0, "byte 0x0C"),
    Case("\u{A0}1", 0, "byte 0xC2"), Case("\u{FEFF}1", 0, "byte 0xEF"),
    Case("\u{2028}", 0, "byte 0xE2"), Case("\u{B}", 0, "byte 0x0B"), Case("\u{7F}", 0, "byte 0x7F"),
    // Bytes that are not UTF-8. The quote is byte 0.
    Case(quoted([0x80]), 1, "UTF-8"), Case(quoted([0xBF]), 1, "UTF-8"),
    Case(quoted([0xC0, 0x80]), 1, "UTF-8"), Case(quoted([0xC1, 0xBF]), 1, "UTF-8"),
    Case(quoted([0xC2]), 1, "UTF-8"), Case(quoted([0xC3, 0x28]), 1, "UTF-8"),
    Case(quoted([0xE0, 0x80, 0x80]), 1, "UTF-8"), Case(quoted([0xE0, 0x9F, 0xBF]), 1, "UTF-8"),
    Case(quoted([0xE2, 0x82]), 1, "UTF-8"), Case(quoted([0xE2, 0x28, 0xA1]), 1, "UTF-8"),
    Case(quoted([0xED, 0xA0, 0x80]), 1, "UTF-8"), Case(quoted([0xED, 0xBF, 0xBF]), 1, "UTF-8"),
    Case(quoted([0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]), 1, "UTF-8"),
    Case(quoted([0xF0, 0x80, 0x80, 0x80]), 1, "UTF-8"),
    Case(quoted([0xF0, 0x8F, 0xBF, 0xBF]), 1, "UTF-8"),
    Case(quoted([0xF0, 0x9F, 0x98]), 1, "UTF-8"),
    Case(quoted([0xF0, 0x28, 0x8C, 0xBC]), 1, "UTF-8"),
    Case(quoted([0xF4, 0x90, 0x80, 0x80]), 1, "UTF-8"),
    Case(quoted([0xF5, 0x80, 0x80, 0x80]), 1, "UTF-8"), Case(quoted([0xFE]), 1, "UTF-8"),
    Case(quoted([0xFF]), 1, "UTF-8"), Case(quoted([0xF8, 0x88, 0x80, 0x80, 0x80]), 1, "UTF-8"),
    Case(quoted(Array("1234567".utf8) + [0xE9]), 8, "UTF-8"),
    Case(quoted(Array("é".utf8) + [0xE9, 0x20]), 3, "UTF-8"),
    Case([0xFF], 0, "byte 0xFF"),
  ]

  static func quoted(_ bytes: [UInt8]) -> [UInt8] { [0x22] + bytes + [0x22] }

  @Test("is not JSON, and is set aside with its place", arguments: invalid)
  func isInvalid(_ item: Case) throws {
    let before = "{\"text\": \"t\", \"x\": "
    let good = "{\"text\": \"fine\"}\n"
    let line = Array(before.utf8) + item.value + Array("}\n".utf8)
    let reading = try read(Array(good.utf8) + line + Array(good.utf8))
    try #require(reading.rejections.count == 1)
    let rejection = reading.rejections[0]
    #expect(rejection.line == 2)
    #expect(rejection.column == before.utf8.count + item.offset + 1)
    #expect(rejection.byte == good.utf8.count + before.utf8.count + item.offset)
    #expect(rejection.reason.contains(item.reason), "\(rejection.reason)")
    #expect(rejection.remedy.count > 10)
    #expect(reading.records.map(\.line) == [1, 3])
    #expect(try nothingIsLost(reading))
  }

  @Test("A line that is cut anywhere inside its object is set aside")
  func cutShort() throws {
    let line = Array(
      "{\"text\": \"aé\\n\\u00e9\", \"n\": [-1.5e+3, {\"a\": true}], \"label\": null}".utf8)
    for length in 1..<line.count {
      let reading = try read(Array("{\"text\":\"t\"}\n".utf8) + line[..<length])
      #expect(reading.rejections.count == 1)
      let rejection = try #require(reading.rejections.first)
      #expect(rejection.column <= length + 1)
      #expect(!rejection.remedy.isEmpty)
      #expect(try nothingIsLost(reading))
    }
  }

  @Test("A string is accepted exactly where its bytes are UTF-8")
  func everyPair() throws {
    // Compared with the standard library's own validation.
    for first in UInt8(0x20)...0xFF where first != 0x22 && first != 0x5C {
      for second in stride(from: UInt8(0x20), through: 0xFF, by: 3)
      where second != 0x22 && second != 0x5C {
        let content = [first, second, 0x80]
        var scanner = LineScanner()
        let token = Self.quoted(content)
        let ours = (try? scanner.scan(token.span)) != nil
        #expect(ours == (String(validating: content, as: UTF8.self) != nil))
      }
    }
  }

  @Test("Deep nesting does not overflow the stack", arguments: [10, 10_000, 1_000_000])
  func deep(_ depth: Int) throws {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      let value =
        String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
      let reading = try read("{\"text\": \"t\", \"x\": \(value), \"label\": \"a\"}\n")
      #expect(reading.records.map(\.labels) == [[label("a")]])
      let cut = try read("{\"text\": \"t\"}\n{\"x\": \(value.dropLast(1))\n")
      #expect(cut.rejections.count == 1)
    }
  }

  @Test("A line of 50 MB is read, written and undone")
  func longLine() throws {
    let words = String(repeating: "a word and é, ", count: 3_500_000)
    let reading = try read(
      "{\"text\": \"t\"}\n{\"id\": 1, \"text\": \"\(words)\", \"label\": \"a\"}\n")
    #expect(reading.records.count == 2)
    #expect(reading.records[1].content == .text(words))
    #expect(try nothingIsLost(reading))
  }
}
