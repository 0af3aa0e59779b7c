import Assessments
import Testing

@testable import Records

/// Files as a whole: which are refused, what is kept as it is, and what is decided by the whole file.
struct FileTests {
  struct Refused: Sendable, CustomTestStringConvertible {
    let content: [UInt8]
    let reason: String
    let remedy: String
    init(_ content: String, _ reason: String, _ remedy: String) {
      self.init(Array(content.utf8), reason, remedy)
    }
    init(_ content: [UInt8], _ reason: String, _ remedy: String) {
      self.content = content
      self.reason = reason
      self.remedy = remedy
    }
    var testDescription: String { reason }
  }

  @Test(
    "A file that holds no records is refused with a remedy",
    arguments: [
      Refused("", "is empty", "one JSON object a line"),
      Refused("\u{FEFF}", "is empty", "one JSON object a line"),
      Refused("\n", "blank lines", "one JSON object a line"),
      Refused(" \r\n\t\n", "blank lines", "one JSON object a line"),
      Refused("[]", "list is empty", "Put records into it"),
      Refused("[1, 2]", "items are not objects", "Write each record"),
      Refused("[[\"t\", \"a\"]]", "items are not objects", "jq -c"),
      Refused("[{\"text\": \"t\"},\n{\"text\": \"u\"}\n", "broken here", "Correct it"),
      Refused("[{\"text\": \"t\"},\n{\"text\" \"u\"}]\n", "broken here", "Correct it"),
      Refused("[{\"text\": \"t\"}\n]\n{}", "more after the end", "into one list"),
      Refused("{\n  \"text\": \"t\"\n},\n{\n}", "over several lines", "Put [ before"),
      Refused("{\n  \"text\": \"t\"\n}\n{\n", "over several lines", "Correct it"),
      Refused([0xFF, 0xFE, 0x7B, 0], "UTF-16", "iconv"),
      Refused([0xFE, 0xFF, 0, 0x7B], "UTF-16", "iconv"),
      Refused(Array("text,label".utf8).flatMap { [$0, 0] }, "UTF-16", "iconv -f UTF-16LE"),
      Refused(Array("text,label".utf8).flatMap { [0, $0] }, "UTF-16", "iconv -f UTF-16BE"),
      Refused(Array("PK\u{3}\u{4}".utf8), "zip", "unzip data.jsonl"),
      Refused(Array("PK\u{3}\u{4}…xl/workbook.xml".utf8), "XLSX", "read_excel"),
      Refused("PAR1", "Parquet", "read_parquet"),
      Refused("ARROW1\u{0}\u{0}", "Arrow", "read_feather"),
      Refused([0xFF, 0xFF, 0xFF, 0xFF, 0x10, 1, 0, 0], "Arrow stream", "datasets"),
      Refused("BZh9", "bzip2", "bzip2 -dk data.jsonl"),
      Refused([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz", "xz -dk data.jsonl"),
      Refused([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z", "7z x data.jsonl"),
      Refused("%PDF-1.4", "PDF", "Export"),
      Refused(
        Array("name".utf8) + [UInt8](repeating: 0, count: 253) + Array("ustar".utf8), "tar",
        "tar -xf data.jsonl"),
      Refused("SQLite format 3\u{0}", "SQLite", "sqlite3"),
      Refused([0x80, 4, 0x95], "pickle", "trust"),
      Refused(
        "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n", "Git-LFS",
        "git lfs pull --include data.jsonl"),
      Refused("\n<!DOCTYPE html>\n<html></html>\n", "web page", "fetch the file itself"),
      Refused("\u{FEFF}<HTML><body>", "web page", "fetch"),
      Refused("<?xml version=\"1.0\"?>", "XML", "Export"),
      Refused([1, 2, 0, 3], "binary", "Export"),
      Refused("text,label\n", "no rows", "below the header"),
      Refused("words,class\na,b\n", "no column \"text\"", "--text NAME"),
      Refused("text,label,text\na,b,c\n", "appears twice", "rename"),
      Refused("text,emend_flagged\na,b\n", "did not write", "other names"),
    ])
  func refused(_ item: Refused) {
    let error = #expect(throws: InputError.self) { try read(item.content) }
    #expect(error?.reason.contains(item.reason) == true, "\(String(describing: error))")
    #expect(error?.remedy.contains(item.remedy) == true, "\(String(describing: error))")
    #expect(error?.file == "data.jsonl")
    #expect(error?.description.hasPrefix("data.jsonl:") == true)
  }

  static let line = "{\"text\": \"t\", \"label\": \"a\"}"

  @Test(
    "The layout is kept byte for byte",
    arguments: [
      line, line + "\n", line + "\r\n", line + "\n\n", "\n" + line, "\u{FEFF}" + line,
      "\u{FEFF}\n" + line, line + "\r\n" + line, line + "\n \t\n" + line + "\n",
      "  " + line + "  \n",
      line + "\r\r\n", "\r\n" + line + "\n\r\n", line + "\n\u{FEFF}" + line + "\n", "{bad\n" + line,
      line + "\n{bad", line + "\n{bad\r\n" + line, "{bad}\n{worse}\n", "\u{FEFF}{bad}\r\n" + line,
      "{bad}", "[1]\n[2]\n", line + "\n\u{0}\n", "{\"a\"\n" + line + "\n",
    ])
  func layout(_ content: String) throws {
    let reading = try read(content)
    #expect(reading.restored == Array(content.utf8))
    #expect(try nothingIsLost(reading))
  }

  @Test("The reading describes the layout")
  func format() throws {
    let reading = try read("\u{FEFF}\(Self.line)\r\n\n{bad\n\(Self.line)")
    #expect(reading.format.hasByteOrderMark)
    #expect(reading.format.hasCarriageReturns)
    #expect(!reading.format.endsWithNewline)
    #expect(reading.format.lines == 4)
    #expect(reading.format.blankLines == 1)
    #expect(reading.rejections.map(\.line) == [3])
    #expect(reading.records.map(\.line) == [1, 4])
  }

  @Test("Positions count from the start of the file, byte-order mark included")
  func positions() throws {
    let reading = try read("\u{FEFF}{\"text\": 1}\r\n{\"text\": 2}\n")
    #expect(reading.rejections.map(\.byte) == [12, 25])
    #expect(reading.rejections.map(\.column) == [10, 10])
    let error = try #require(reading.failure)
    #expect(error.description.contains("data.jsonl:1: byte 12"))
    #expect(error.description.contains("data.jsonl:2: byte 25"))
  }

  @Test("Lines that end in CR alone are objects one after the other")
  func carriageReturns() throws {
    let reading = try read("\(Self.line)\r\(Self.line)\r")
    #expect(reading.records.count == 2)
    #expect(reading.containerKind == .stream)
    #expect(try nothingIsLost(reading))
  }

  @Test("The commonest length of vectors counts, not the first")
  func majority() throws {
    let reading = try read("{\"vector\":[1]}\n{\"vector\":[1,2]}\n{\"vector\":[3,4]}\n")
    #expect(reading.rejections.map(\.line) == [1])
    #expect(reading.kinds == [.vector: 2])
  }

  @Test("A few vectors among texts are not used")
  func strayVectors() throws {
    let reading = try read(
      "{\"text\":\"a\"}\n{\"text\":\"b\",\"vector\":[1,2]}\n{\"text\":\"c\"}\n{\"vector\":[1]}\n{\"text\":\"\"}"
    )
    #expect(reading.records.allSatisfy { $0.vector == nil })
    #expect(reading.rejections.map(\.line) == [4])
    #expect(reading.findings.contains { $0.text.contains("vector is not used") })
  }

  @Test("Repeated ids are noted and allowed")
  func ids() throws {
    let reading = try read("{\"id\":1,\"text\":\"a\"}\n{\"id\":\"1\",\"text\":\"b\"}\n")
    #expect(reading.records.map(\.id) == ["1", "1"])
    #expect(reading.findings.map(\.text) == ["line 2: has the id of an earlier record"])
  }

  @Test("Ids and labels keep all their digits")
  func digits() throws {
    let digits = "123456789012345678901234567890"
    let reading = try read(
      "{\"id\":\(digits),\"text\":\"a\",\"label\":\(digits)1}\n{\"text\":\"b\"}")
    #expect(reading.records.map(\.id) == [digits, "2"])
    #expect(reading.records[0].labels.map(\.name) == [digits + "1"])
  }

  @Test("Where most labels are lists, records without a label are multi-label too")
  func lists() throws {
    let reading = try read("{\"text\":\"a\",\"label\":[\"x\"]}\n{\"text\":\"b\"}\n")
    #expect(reading.records.map(\.isMultiLabel) == [true, true])
    #expect(reading.records.map(\.isLabelled) == [true, false])
  }

  @Test("Datasets of unusual shapes are read", arguments: [1, 2, 5_000])
  func shapes(_ count: Int) throws {
    let lines = (0..<count).map { "{\"text\": \"t\($0)\", \"label\": \"l\($0 / 2)\"}\n" }.joined()
    let reading = try read(lines)
    #expect(reading.records.count == count)
    #expect(Set(reading.records.flatMap(\.labels)).count == (count + 1) / 2)
    #expect(try nothingIsLost(reading))
  }

  @Test("Fields are found by the names that a mapping gives")
  func mapping() throws {
    var fields = FieldMapping()
    fields.text = "body"
    fields.label = "class"
    fields.id = "key"
    let options = ReadingOptions(
      fields: fields, canonicalNames: ["SPORT": "sport"],
      trusted: TrustCondition(field: "verified", values: ["true", "yes"]))
    let reading = try read(
      """
      {"key": 1, "body": "b", "text": "t", "class": "SPORT", "label": "x", "verified": true}
      {"key": 2, "body": "b", "class": "sport", "verified": "no", "query": "", "passages": []}
      {"text": "t"}
      """, options)
    #expect(reading.records.map(\.id) == ["1", "2"])
    #expect(reading.records.map(\.content) == [.text("b"), .text("b")])
    #expect(reading.records.map { $0.labels.first?.name } == ["sport", "sport"])
    #expect(reading.records.map(\.isTrusted) == [true, false])
    #expect(reading.rejections.first?.reason.contains("\"body\"") == true)
    #expect(try nothingIsLost(reading))

    fields.textB = "other"
    let pairs = try read(
      "{\"body\": \"b\", \"other\": \"o\"}\n{\"body\": \"b\"}\n", ReadingOptions(fields: fields))
    #expect(pairs.records.map(\.content) == [.pair("b", "o")])
    #expect(pairs.rejections.count == 1)
  }

  @Test("A relation by tokens equals the same relation by characters")
  func relations() throws {
    let reading = try read(
      """
      {"tokens": ["Zoë", "met", "Al", "Bo"], "head": {"start": 0, "end": 1, "type": "PER"}, "tail": {"start": 2, "end": 4}}
      {"text": "Zoë met Al Bo", "head": {"start": 0, "end": 3, "type": "PER"}, "tail": {"start": 8, "end": 13}}
      """)
    let expected = Content.relation(
      Relation(
        text: "Zoë met Al Bo", head: Entity(text: "Zoë", type: "PER", span: 0..<3),
        tail: Entity(text: "Al Bo", type: nil, span: 8..<13)))
    #expect(reading.records.map(\.content) == [expected, expected])
    #expect(reading.kinds == [.relation: 2])
  }

  @Test("Votes are read with their annotators")
  func votes() throws {
    let reading = try read(
      """
      {"text": "t", "annotations": ["a", null, 3]}
      {"text": "t", "annotations": [{"annotator": "x", "label": "a"}, {"label": "b"}]}
      """)
    #expect(reading.records[0].votes.map(\.annotator) == ["1", "3"])
    #expect(reading.records[0].votes.map(\.label.name) == ["a", "3"])
    #expect(reading.records[1].votes.map(\.annotator) == ["x", "2"])
    #expect(reading.records.allSatisfy { $0.labels.isEmpty && !$0.isLabelled })
  }
}
