import Foundation
import TestSupport
import Assessments
import Testing

@testable import Records

/// What a hostile file can make the reader do is bounded, and linear in the file's bytes.
struct BoundsTests {
  private func bytes(_ base64: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: base64)))
  }

  private func rejection(_ line: String) throws -> Rejection {
    let reading = try read(line + "\n{\"text\": \"t\", \"label\": \"a\"}\n")
    #expect(try nothingIsLost(reading))
    try #require(reading.rejections.count == 1)
    return reading.rejections[0]
  }

  // MARK: - Decompression

  @Test(
    "A file that unpacks to more than its limit is refused with a command that helps",
    arguments: [(SourceTests.gzip, "gzip -d"), (SourceTests.zstd, "zstd -d")])
  func bomb(_ base64: String, _ command: String) throws {
    let content = try bytes(base64)
    let whole = Array(SourceTests.plain.utf8)
    #expect(try Source(file: "a.jsonl", content: content, limit: whole.count).bytes == whole)
    let error = #expect(throws: InputError.self) {
      try Source(file: "a.jsonl", content: content + content, limit: whole.count)
    }
    #expect(error?.reason.contains("unpack to more than \(whole.count)") == true)
    #expect(error?.remedy.contains(command) == true)
  }

  @Test("The limit is a hundred times the file, between 64 MiB and 20 GB")
  func limit() {
    #expect(Source.unpackedLimit(ofBytes: 0) == 64 << 20)
    #expect(Source.unpackedLimit(ofBytes: 1 << 20) == 100 << 20)
    #expect(Source.unpackedLimit(ofBytes: 1 << 40) == 20_000_000_000)
    #expect(Source.unpackedLimit(ofBytes: .max) == 20_000_000_000)
  }

  @Test("A zstd frame with a window above 2 GB is not called damaged")
  func largeWindow() throws {
    // Magic number, a descriptor without any option, a window of 3.75 TB, and an empty last block.
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xFF, 0x01, 0x00, 0x00]
    let error = #expect(throws: InputError.self) { try Source(file: "a.zst", content: frame) }
    #expect(error?.reason.contains("window") == true)
    #expect(error?.reason.contains("damaged") == false)
    #expect(error?.remedy.contains("--memory") == true)
  }

  // MARK: - One line

  /// A line with `depth` members `emend` of our form in one another.
  private func nested(_ depth: Int) -> String {
    "{\"text\": \"a\", \"label\": \"b\", \"emend\": "
      + String(
        repeating: "{\"action\":\"kept\",\"flagged\":false,\"evidence\":{},\"previous\":",
        count: depth)
      + "{}" + String(repeating: "}", count: depth) + "}"
  }

  @Test("Results of a few runs in one another are undone, and of many the line is rejected")
  func nestedRuns() throws {
    let few = try read(nested(Reader.mostRunsUndone) + "\n")
    #expect(few.rejections == [])
    #expect(few.format.undoneLines == 1)
    #expect(text(few.restored) == "{\"text\": \"a\", \"label\": \"b\", \"emend\": {}}\n")
    let many = try rejection(nested(Reader.mostRunsUndone + 1))
    #expect(many.reason.contains("more than 4 runs"))
    // Took seconds and gigabytes when each run was undone.
    let time = try processorTime {
      let deep = try rejection(nested(5000))
      #expect(deep.line == 1)
    }
    #expect(time < .seconds(10))
  }

  @Test("Names are at most 1,024 bytes long, quotes included")
  func longNames() throws {
    let longest = String(repeating: "x", count: 1022)
    let fits = try read("{\"id\": \"\(longest)\", \"text\": \"t\", \"label\": \"\(longest)\"}\n")
    #expect(fits.rejections == [])
    for line in [
      "{\"text\": \"t\", \"label\": \"\(longest)x\"}",
      "{\"text\": \"t\", \"label\": [\"\(longest)x\"]}",
      "{\"id\": \"\(longest)x\", \"text\": \"t\", \"label\": \"a\"}",
      "{\"text\": \"t\", \"label\": 1\(String(repeating: "0", count: 1024))}",
      "{\"text\": \"t\", \"annotations\": [{\"annotator\": \"\(longest)x\", \"label\": \"a\"}]}",
      "{\"query\": \"q\", \"passages\": [{\"id\": \"\(longest)x\", \"text\": \"p\"}]}",
    ] {
      #expect(try rejection(line).reason.contains("bytes long, and 1024 are allowed"))
    }
  }

  @Test("A list of very many labels takes a time in proportion to its length")
  func manyLabelsInOneList() throws {
    let labels = (0..<50_000).map { "\"label \($0 % 40_000)\"" }.joined(separator: ",")
    let line = Array("{\"text\": \"t\", \"label\": [\(labels)]}".utf8)
    var parser = LineParser(options: ReadingOptions())
    var parsed: ParsedLine?
    let time = try processorTime {
      try parser.scanObject(line.span)
      parsed = try parser.parseScanned(line.span, at: RecordPlace(line: 1))
    }
    // What repeats is removed when the whole file is known.
    #expect(parsed?.record.labels.count == 50_000)
    // Comparing each label with each would take minutes.
    #expect(time < .seconds(20))
  }

  // MARK: - The file as a whole

  private func lines(_ count: Int, _ label: (Int) -> String) -> String {
    (0..<count).map { "{\"text\": \"t\", \"class\": \(label($0))}\n" }.joined()
  }

  @Test("A member that is different in most records is called no label, by its name")
  func asManyLabelsAsRecords() throws {
    var options = ReadingOptions()
    options.fields.label = "class"
    #expect(try read(lines(400) { "\"l\($0 % 200)\"" }, options).records.count == 400)
    #expect(try read(lines(100) { "\"l\($0)\"" }, options).records.count == 100)
    for label: (Int) -> String in [{ "\"l\($0 % 201)\"" }, { "[\"l\($0)\"]" }, { "\($0)" }] {
      let error = #expect(throws: InputError.self) { try read(lines(400, label), options) }
      #expect(error?.reason.contains("\"class\" has ") == true)
      #expect(error?.reason.contains("it is no label") == true)
      #expect(error?.remedy.contains("--label") == true)
    }
  }

  @Test("Lists of many labels that recur are labels, however many there are for each record")
  func recurringLists() throws {
    // 280 labels in 400 records, each of them in 57.
    let lines = (0..<400).map { row in
      let labels = (0..<40).map { "\"l\(row % 7 * 40 + $0)\"" }.joined(separator: ",")
      return "{\"text\": \"t\(row)\", \"label\": [\(labels)]}\n"
    }
    #expect(try read(lines.joined()).records.count == 400)
    // As many different labels as are given stay refused, in lists too.
    let alone = (0..<60).map { row in
      "{\"text\": \"t\(row)\", \"label\": [\"a\(row)\", \"b\(row)\"]}\n"
    }
    #expect(throws: InputError.self) { try read(alone.joined()) }
  }

  @Test("Ids that differ only in their Unicode form are different ids")
  func idsByBytes() throws {
    func notes(_ ids: String...) throws -> [String] {
      let lines = ids.map { "{\"id\": \"\($0)\", \"text\": \"t\", \"label\": \"a\"}\n" }
      return try read(lines.joined()).findings.filter { $0.code == .repeatedID }.map(\.text)
    }
    #expect(try notes("e\u{301}", "\u{e9}") == [])
    #expect(try notes("\u{e9}", "\u{e9}") == ["line 2: has the id of an earlier record"])
    let query =
      "{\"query\": \"q\", \"passages\": [{\"id\": \"e\u{301}\", \"text\": \"a\"}, "
      + "{\"id\": \"\u{e9}\", \"text\": \"b\"}]}\n"
    #expect(try read(query).rejections == [])
  }

  @Test("A record takes few bytes, and records with the same label share it")
  func recordsAreSmall() throws {
    // A million records with what the writer knows of their lines: 200 MB, and their texts.
    #expect(MemoryLayout<Record>.stride <= 128)
    #expect(MemoryLayout<Splice>.stride <= 80)
    let reading = try read(lines(30) { "\"a class of long name \($0 % 2)\"" }, classField)
    func place(_ record: Int) -> UnsafePointer<Label>? {
      reading.records[record].labels.withUnsafeBufferPointer { $0.baseAddress }
    }
    #expect(place(0) != place(1))
    #expect((2..<30).allSatisfy { place($0) == place($0 % 2) })
    // Spellings that are equal to Unicode are not shared, since the line keeps its own.
    let spelled = try read(lines(4) { $0 < 2 ? "\"\u{e9}\"" : "\"e\u{301}\"" }, classField)
    #expect(
      spelled.records.map { Array($0.labels[0].token.utf8).count } == [4, 4, 5, 5])
  }

  private var classField: ReadingOptions {
    var options = ReadingOptions()
    options.fields.label = "class"
    return options
  }
}
