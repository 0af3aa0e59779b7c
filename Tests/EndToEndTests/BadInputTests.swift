import Foundation
import Testing

/// A bad input and what must become of it.
struct BadInput: Sendable, CustomTestStringConvertible {
  /// What becomes of the file.
  enum Fate: Sendable {
    /// Every line is used.
    case whole
    /// These lines are rejected, counted from 1; the others are used.
    case without([Int])
    /// The whole file is refused, with this place after its name in the message.
    case refused(at: String)
  }

  let name: String
  var file = "data.jsonl"
  let bytes: [UInt8]
  let fate: Fate
  /// Words that the message must have, some of them from the remedy.
  let says: [String]

  var testDescription: String { name }

  init(
    _ name: String, file: String = "data.jsonl", _ bytes: [UInt8], _ fate: Fate,
    says: String...
  ) {
    self.name = name
    self.file = file
    self.bytes = bytes
    self.fate = fate
    self.says = says
  }

  /// Good records with four-dimensional vectors, and `line` between them as line 3.
  static func line(
    _ name: String, _ line: String, says: String..., isUsable: Bool = false
  ) -> BadInput {
    self.line(name, bytes: Array(line.utf8), says: says, isUsable: isUsable)
  }

  static func line(
    _ name: String, bytes: [UInt8], says: [String], isUsable: Bool = false
  ) -> BadInput {
    var content = Samples.file(Array(good.prefix(2)))
    content += bytes + [10] + Samples.file(Array(good.dropFirst(2)))
    var made = BadInput(name, content, isUsable ? .whole : .without([3]))
    made = BadInput(made, says: says)
    return made
  }

  private init(_ other: BadInput, says: [String]) {
    name = other.name
    file = other.file
    bytes = other.bytes
    fate = other.fate
    self.says = says
  }

  static let good = Samples.vectors(20, dimension: 4)
  static let goodBytes = Samples.file(good)
  static let rest = "\"label\": \"c0\", \"vector\": [1, 0, 0, 0]}"
}

extension BadInput {
  /// Inputs that concern the file as a whole.
  static let files: [BadInput] = [
    BadInput("empty", [], .refused(at: ":1: byte 0"), says: "is empty", "one JSON object a line"),
    BadInput(
      "a byte-order mark alone", [0xEF, 0xBB, 0xBF], .refused(at: ":1: byte 0"), says: "is empty"),
    BadInput(
      "blank lines alone", Array("\n \n\t\n".utf8), .refused(at: ":1: byte 0"), says: "blank lines"),
    BadInput("no final newline", goodBytes.dropLast(), .whole),
    BadInput("a byte-order mark", [0xEF, 0xBB, 0xBF] + goodBytes, .whole),
    BadInput(
      "CR LF", Array(String(decoding: goodBytes, as: UTF8.self).replacing("\n", with: "\r\n").utf8),
      .whole),
    BadInput("blank lines between", Array("\n\n".utf8) + goodBytes + Array("  \n\n".utf8), .whole),
    BadInput(
      "UTF-16", [0xFF, 0xFE] + goodBytes.flatMap { [$0, 0] }, .refused(at: ": "),
      says: "UTF-16", "iconv"),
    BadInput(
      "a list that is cut", Array("[\n{\"text\": \"a\"},\n{\"text\": \"b\"}\n".utf8),
      .refused(at: ":4: byte"), says: "one JSON list", "Correct it"),
    BadInput(
      "a spreadsheet", Array("PK\u{3}\u{4}xl/workbook.xml".utf8), .refused(at: ": "), says: "XLSX",
      "read_excel"),
    BadInput(
      "Parquet", Array("PAR1rest".utf8), .refused(at: ": "), says: "Parquet", "read_parquet"),
    BadInput(
      "a pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:a\n".utf8),
      .refused(at: ": "), says: "Git-LFS pointer", "git lfs pull"),
    BadInput(
      "a web page", Array("<!DOCTYPE html>\n<html>\n</html>\n".utf8), .refused(at: ": "),
      says: "web page"),
    BadInput(
      "every line bad", Array("nonsense\n{\"a\"\n".utf8), .refused(at: ":1"),
      says: "double quotes"),
    BadInput(
      "a table without a text", Array("words,class\nhello,a\nbye,b\n".utf8),
      .refused(at: ":1: "), says: "no column \"text\"", "--text"),
    BadInput(
      "text named .gz", file: "data.jsonl.gz", goodBytes, .refused(at: ": byte 0"),
      says: "not compressed", "Rename"),
    BadInput(
      "gzip that is cut", file: "data.jsonl.gz", compressed("gzip", by: 9), .refused(at: ": byte "),
      says: "end too early", "gzip -t"),
    BadInput(
      "gzip that is damaged", file: "data.jsonl.gz", compressed("gzip", flipping: 30),
      .refused(at: ": byte "), says: "damaged", "gzip -t"),
    BadInput(
      "zstd that is cut", file: "data.jsonl.zst", compressed("zstd", by: 9),
      .refused(at: ": byte "),
      says: "end too early", "zstd -t"),
    BadInput(
      "zstd that is damaged", file: "data.jsonl.zst", compressed("zstd", flipping: 30),
      .refused(at: ": byte "), says: "damaged", "zstd -t"),
    BadInput("one record", Array("{\(rest)\n".utf8), .whole),
    BadInput("one record without a label", Array("{\"vector\": [1, 0]}\n".utf8), .refused(at: "")),
    BadInput(
      "one label", Samples.file(good.map { $0.replacing("c1", with: "c0") }), .whole),
    BadInput(
      "no label", Samples.file(good.map { _ in "{\"vector\": [1, 2, 3]}" }), .refused(at: ""),
      says: "no line has a label", "The lines have vector"),
    BadInput("every record the same", Samples.file(Array(repeating: good[0], count: 1000)), .whole),
    BadInput(
      "one record under two labels",
      Samples.file((0..<1000).map { "{\"label\": \"c\($0 % 3 / 2)\", \"vector\": [1, 2]}" }), .whole
    ),
    BadInput(
      "a label of its own for every record",
      Samples.file((0..<10).map { "{\"label\": \($0), \"vector\": [\($0), 1]}" }), .whole),
    BadInput(
      "more labels than records",
      Samples.file(
        (0..<10).map { "{\"labels\": [\"a\($0)\", \"b\($0)\", \"c\"], \"vector\": [\($0), 1]}" }),
      .whole),
  ]

  /// Inputs with one special line among good ones.
  static let lines: [BadInput] = [
    .line("no JSON", "nonsense", says: "a bare word", "double quotes"),
    .line(
      "a line cut in a string", "{\"id\": \"x\", \"la", says: "the line ends inside a string",
      "Complete the line"),
    .line(
      "a line cut in a string, with CR LF", "{\"id\": \"x\", \"la\r",
      says: "the line ends inside a string"),
    .line(
      "a line cut after a name", "{\"id\": \"x\", \"label\":", says: "the line ends where",
      "Complete the line"),
    .line("two objects", "{\(rest) {\(rest)", says: "line"),
    .line("a comment", "# \(rest)", says: "a comment", "delete it"),
    .line("single quotes", "{'label': 'c0'}", says: "quot"),
    .line("a trailing comma", "{\"label\": \"c0\", }", says: "comma"),
    .line("a list for a line", "[1, 2]", says: "a JSON object expected", "Write each record"),
    .line("a string for a line", "\"text\"", says: "a JSON object expected"),
    .line("a number for a line", "17", says: "a JSON object expected"),
    .line("null for a line", "null", says: "a JSON object expected"),
    .line(
      "invalid UTF-8",
      bytes: Array("{\"text\": \"".utf8) + [0xFF, 0xC0] + Array("\", \(rest)".utf8),
      says: ["UTF-8"]),
    .line(
      "half a character",
      bytes: Array("{\"text\": \"".utf8) + [0xE2, 0x82] + Array("\", \(rest)".utf8),
      says: ["UTF-8"]),
    .line(
      "NUL", bytes: Array("{\"text\": \"a".utf8) + [0] + Array("b\", \(rest)".utf8),
      says: ["\\u0000"]),
    .line("an escaped NUL", "{\"text\": \"a\\u0000b\", \(rest)", isUsable: true),
    .line("a bare tab", "{\"text\": \"a\tb\", \(rest)", says: "\\t"),
    .line("a wrong escape", "{\"text\": \"a\\qb\", \(rest)", says: "escape"),
    .line(
      "half a surrogate pair in a label", "{\"label\": \"\\ud800\", \"vector\": [1, 0, 0, 0]}",
      says: "surrogate"),
    .line(
      "a name twice", "{\"label\": \"c1\", \(rest)", says: "\"label\" appears twice",
      "Remove or rename"),
    .line("a name twice, once escaped", "{\"l\\u0061bel\": \"c1\", \(rest)", says: "appears twice"),
    .line(
      "a label that json-c would saturate",
      "{\"label\": 123456789012345678901234567890, \"vector\": [1, 0, 0, 0]}", isUsable: true),
    .line(
      "an id that json-c would saturate", "{\"id\": 99999999999999999999, \(rest)", isUsable: true),
    .line(
      "a number over all bounds", "{\"label\": \"c0\", \"vector\": [1e999, 0, 0, 0]}",
      says: "too large", "Scale"),
    .line("a leading zero", "{\"x\": 007, \(rest)", says: "number"),
    .line("Infinity", "{\"label\": \"c0\", \"vector\": [Infinity, 0, 0, 0]}", says: "Infinity"),
    .line("NaN", "{\"label\": \"c0\", \"vector\": [NaN, 0, 0, 0]}", says: "NaN"),
    .line("deep nesting", "{\"x\": \(nested(10_000)), \(rest)", isUsable: true),
    .line(
      "deep nesting without an end", "{\"x\": \(String(repeating: "[", count: 10_000)), \(rest)",
      says: "',' found"),
    .line("no label", "{\"vector\": [1, 0, 0, 0]}", isUsable: true),
    .line("a null label", "{\"label\": null, \"vector\": [1, 0, 0, 0]}", isUsable: true),
    .line("an empty label", "{\"label\": \"\", \"vector\": [1, 0, 0, 0]}", isUsable: true),
    .line(
      "a label that is an object", "{\"label\": {}, \"vector\": [1, 0, 0, 0]}",
      says: "the label is an object", "Make it a string"),
    .line(
      "a list of lists for labels", "{\"label\": [[\"a\"]], \"vector\": [1, 0, 0, 0]}",
      says: "a label in the list is a list"),
    .line("an id that is a list", "{\"id\": [], \(rest)", says: "the id is a list"),
    .line(
      "nothing to judge by", "{\"label\": \"c0\"}", says: "there is no \"text\"", "--text NAME"),
    .line("an empty object", "{}", says: "there is no \"text\"", "--text NAME"),
    .line(
      "a text that is a number", "{\"text\": 5, \(rest)", says: "the text is a number",
      "Make it a string"),
    .line(
      "a longer vector", "{\"label\": \"c0\", \"vector\": [1, 0, 0, 0, 0]}",
      says: "5 components where most have 4", "Use one model"),
    .line(
      "a shorter vector", "{\"label\": \"c0\", \"vector\": [1]}",
      says: "1 components where most have 4"),
    .line(
      "no vector", "{\"text\": \"a\", \"label\": \"c0\"}", says: "no vector", "of 4 components"),
    .line(
      "a null vector", "{\"text\": \"a\", \"label\": \"c0\", \"vector\": null}", says: "no vector"),
    .line(
      "zeros", "{\"label\": \"c0\", \"vector\": [0, 0.0, -0, 0]}", says: "all zeros", "leave it out"
    ),
    .line("an empty vector", "{\"label\": \"c0\", \"vector\": []}", says: "the vector is empty"),
    .line(
      "strings in a vector", "{\"label\": \"c0\", \"vector\": [\"1\", 0, 0, 0]}",
      says: "component 0 of the vector is a string"),
    .line(
      "a vector that is a string", "{\"label\": \"c0\", \"vector\": \"[1]\"}",
      says: "the vector is a string"),
    .line(
      "a relation without its tail",
      "{\"text\": \"a b\", \"head\": {\"start\": 0, \"end\": 1}, \(rest)", says: "tail is missing",
      "Give both"),
    .line(
      "a span beyond the text",
      "{\"text\": \"a b\", \"head\": {\"start\": 0, \"end\": 1}, \"tail\": {\"start\": 2, \"end\": 9}, \(rest)",
      says: "beyond the 3 characters", "not bytes"),
    .line(
      "an empty span",
      "{\"text\": \"a b\", \"head\": {\"start\": 1, \"end\": 1}, \"tail\": {\"start\": 2, \"end\": 3}, \(rest)",
      says: "empty or reversed"),
    .line(
      "annotations that are no list", "{\"annotations\": \"a\", \(rest)",
      says: "the annotations are a string", "Write ["),
    .line(
      "an annotation without a label", "{\"annotations\": [{\"annotator\": \"x\"}], \(rest)",
      says: "an annotation without a label"),
    .line(
      "a passage that is a number", "{\"query\": \"q\", \"passages\": [7]}", says: "passage",
      "{\"text\": …}"),
    .line(
      "passages that are texts", "{\"query\": \"q\", \"passages\": [\"bare\"]}", isUsable: true),
    .line(
      "a passage's label outside the scale",
      "{\"query\": \"q\", \"passages\": [{\"text\": \"t\", \"label\": 9}]}", says: "9", "scale"),
    .line(
      "two passages with one id",
      "{\"query\": \"q\", \"passages\": [{\"id\": 1, \"text\": \"t\"}, {\"id\": \"1\", \"text\": \"u\"}]}",
      isUsable: true),
    .line("a query without passages", "{\"query\": \"q\", \"passages\": []}", isUsable: true),
    .line("a foreign emend", "{\"emend\": \"mine\", \(rest)", isUsable: true),
    .line(
      "a foreign emend that is an object", "{\"emend\": {\"action\": \"kept\"}, \(rest)",
      isUsable: true),
    .line(
      "an emend from an earlier run that is damaged",
      "{\(rest.dropLast()), \"emend\": {\"action\": \"kept\", \"flagged\": 1, \"evidence\": {}}}",
      isUsable: true),
  ]

  private static func nested(_ depth: Int) -> String {
    String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  }

  /// Good records that a tool has compressed.
  ///
  /// - Parameters:
  ///   - cut: how many bytes to remove from the end.
  ///   - flipping: where to damage twenty bytes; nil for nowhere.
  private static func compressed(_ tool: String, by cut: Int = 0, flipping: Int? = nil) -> [UInt8] {
    do {
      let emend = try Emend()
      try emend.write(Samples.file(Samples.vectors(200)), to: "data")
      try emend.tool(tool, "-q", "data")
      var bytes = try emend.read("data" + (tool == "gzip" ? ".gz" : ".zst"))
      bytes.removeLast(cut)
      if let flipping {
        for index in flipping..<flipping + 20 { bytes[index] ^= 0xA5 }
      }
      return bytes
    } catch {
      Issue.record(error)
      return []
    }
  }
}

@Suite("Bad input") struct BadInputTests {
  @Test(arguments: BadInput.files + BadInput.lines)
  func errorsAreNamedAndNoLineIsLost(input: BadInput) throws {
    let emend = try Emend()
    try emend.write(input.bytes, to: input.file)
    let outcome = try emend.run("run", input.file, "--outbox", "out")
    let check = try emend.run("check", input.file)
    #expect(check.status == outcome.status)
    for words in input.says {
      #expect(outcome.errors.contains(words), "\(outcome)")
      #expect(check.errors.contains(words), "\(check)")
    }
    switch input.fate {
    case .refused(let place):
      #expect(outcome.status == 1)
      #expect(outcome.errors.hasPrefix("emend: error: \(input.file)\(place)"), "\(outcome)")
      #expect(outcome.output.isEmpty)
      #expect(emend.names(in: "out").isEmpty)
    case .whole:
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.errors.isEmpty)
      try expectNoLineIsLost(of: input, rejected: [], in: emend)
    case .without(let lines):
      #expect(outcome.status == 3, "\(outcome)")
      let messages = outcome.errors.split(separator: "\n")
      #expect(messages.count == lines.count)
      for (line, text) in zip(lines, messages) {
        #expect(text.hasPrefix("\(input.file):\(line):"))
      }
      try expectNoLineIsLost(of: input, rejected: lines, in: emend)
    }
  }

  /// Expects that every line is in the output or in the rejected file, and that undoing gives the
  /// input back.
  func expectNoLineIsLost(of input: BadInput, rejected: [Int], in emend: Emend) throws {
    func lines(_ bytes: [UInt8]) -> Int {
      bytes.count { $0 == 10 } + (bytes.isEmpty || bytes.last == 10 ? 0 : 1)
    }
    #expect(
      lines(try emend.read("out/data.jsonl")) + rejected.count == lines(input.bytes))
    #expect(emend.exists("out/data.rejected.jsonl") == !rejected.isEmpty)
    if !rejected.isEmpty {
      let listed = try emend.objects("out/data.rejected.jsonl")
      #expect(listed.compactMap { $0["line"] as? Int } == rejected)
      #expect(listed.allSatisfy { !($0["reason"] as? String ?? "").isEmpty })
      #expect(listed.allSatisfy { !($0["remedy"] as? String ?? "").isEmpty })
      #expect(listed.allSatisfy { $0["byte"] is Int && $0["column"] is Int })
    }
    let reverted = try emend.run("revert", "out/data.jsonl")
    #expect(reverted.status == 0, "\(reverted)")
    #expect(reverted.output == input.bytes)
  }
}
