import Assessments
import Testing

@testable import Records

/// Tables whose rows or labels are written in an unusual way.
struct TableTests {
  func table(_ text: String, _ options: ReadingOptions = ReadingOptions()) throws -> Reading {
    try read(Array(text.utf8), options, file: "data.csv")
  }

  func refusal(_ text: String) throws -> InputError? {
    let reading = try table(text)
    return FileProfile(of: reading, options: reading.options).refusal
  }

  func names(_ reading: Reading) -> [String] {
    reading.records.map { $0.labels.map(\.name).joined(separator: "+") }
  }

  // MARK: - Rows

  @Test(
    "a separator at the end of every row begins no cell",
    arguments: [",", "\t", ";"], ["\n", "\r\n"])
  func closedRows(separator: String, end: String) throws {
    let text = ["text,label", "one,a,", "two,b,", "\"three, or so\",,", "four,a,"]
      .map { $0 + end }.joined().replacing(",", with: separator)
    let reading = try table(text)
    #expect(names(reading) == ["a", "b", "", "a"])
    #expect(reading.rejections.isEmpty)
    let note = try #require(reading.findings.first { $0.code == .container })
    #expect(note.sentence.contains("at the end of each row"))
    #expect(try nothingIsLost(reading))
    // The output is read as the input is, and undone again.
    let output = reading.output(
      reading.records.enumerated().map { index, record in
        .annotation(index == 0 ? result(.corrected, [label("b")]) : result(.kept, record.labels))
      })
    let first = try #require(
      String(decoding: output, as: UTF8.self).split { $0.isNewline }.dropFirst().first)
    #expect(first.hasPrefix("one\(separator)b\(separator)"))
    let again = try table(String(decoding: output, as: UTF8.self))
    #expect(names(again) == names(reading))
    #expect(again.rejections.isEmpty)
    let reverted = try Reverter().revert(output: Source(file: "data.csv", content: output))
    #expect(String(decoding: reverted.bytes, as: UTF8.self) == text)
  }

  @Test("a row that lacks the separator, or has a cell behind it, is read by what it has")
  func exceptions() throws {
    let rows = (0..<40).map { "text \($0),a,\n" }.joined()
    let reading = try table("text,label\n\(rows)last,b\nthree,b,c\n")
    #expect(names(reading).last == "b")
    #expect(reading.rejections.map(\.line) == [43])
    #expect(try nothingIsLost(reading))
  }

  @Test("a few rows with one cell more are rejected, as it is not known which one is the label")
  func ambiguous() throws {
    let rows = (0..<10).map { "text \($0),a\n" }.joined()
    let reading = try table("text,label\n\(rows)hello, world,\n")
    #expect(reading.rejections.map(\.line) == [12])
  }

  @Test(
    "a table that cannot be read is told why",
    arguments: [
      ("text,label\ra,x\rb,y\r", 1, "end in CR alone", "tr '\\r' '\\n' < data.csv > data.lf.csv"),
      ("text,label,\na,x\nb,y\n", 1, "line 2 has 2", "at the end of the header"),
      ("text,label\na,x,1\nb,y,2\n", 1, "line 2 has 3", "name all columns"),
      ("text,label,note\na,x\nb,y\n", 1, "line 2 has 2", "as many cells as the header"),
      ("text,label\na;x\nb;y\n", 1, "by commas, and those of the rows by semicolons", "same sign"),
      ("\n\ntext\na\nb\n", 3, "does not name two columns", "Put a header above"),
      ("text,label\na\rb,x\nc\rd,x\n", 1, "line 2: a carriage return", "End lines with LF"),
    ])
  func unread(text: String, line: Int, reason: String, remedy: String) throws {
    let refusal = try #require(try refusal(text))
    #expect(refusal.code == .noUsableLine)
    #expect(refusal.line == line)
    #expect(refusal.reason.contains(reason))
    #expect(refusal.remedy.contains(remedy))
  }

  // MARK: - Labels that are numbers

  @Test(
    "the same number with and without zeros behind the point is one class in a table of numbers")
  func numbers() throws {
    let reading = try table("text,label\na,7\nb,7.0\nc,7.00\nd,8\ne,8\nf,NA\ng,\n")
    #expect(names(reading).prefix(5) == ["7", "7", "7", "8", "8"])
    #expect(
      reading.records.prefix(3).map { $0.labels[0].token } == ["\"7\"", "\"7.0\"", "\"7.00\""])
    let joined = try #require(reading.findings.first { $0.code == .joinedSpellings })
    #expect(joined.lines == [3, 4])
    #expect(try nothingIsLost(reading))
  }

  @Test(
    "what is no number, or a code, stays a class of its own",
    arguments: [
      ("7\n7.0\nseven\n", ["7", "7.0", "seven"], true),
      ("1\n01\n2\n", ["1", "01", "2"], true),
      ("1.0.1\n1.0\n1\n", ["1.0.1", "1.0", "1"], true),
      ("1\n2\n10\n", ["1", "2", "10"], false),
    ])
  func codes(cells: String, expected: [String], isSimilar: Bool) throws {
    let rows = cells.split(separator: "\n").map { "text,\($0)\n" }.joined()
    let reading = try table("text,label\n\(rows)")
    #expect(names(reading) == expected)
    #expect(reading.findings.contains { $0.code == .similarSpellings } == isSimilar)
  }

  @Test("numbers that rules name are different labels")
  func namedNumbers() throws {
    var options = ReadingOptions()
    options.labelNames = ["1", "1.0"]
    #expect(names(try table("text,label\na,1\nb,1.0\n", options)) == ["1", "1.0"])
  }

  @Test("strings in JSON are no numbers, and are said to look alike")
  func strings() throws {
    let reading = try read(
      #"{"text": "a", "label": "7"}"# + "\n" + #"{"text": "b", "label": "7.0"}"# + "\n")
    #expect(names(reading) == ["7", "7.0"])
    #expect(reading.findings.map(\.code) == [.similarSpellings])
  }

  @Test(
    "numbers with decimal commas are not several labels",
    arguments: [
      ("text;label\n", ["0,69", "0,10", "0,61", "0,69"], [FindingCode.scores]),
      ("text;label\n", ["0,0", "1,0", "5,0", "1"], [.joinedSpellings]),
      ("text\tlabel\n", ["0,05", "1,05", "5,25", "1,25"], [.scores]),
      ("text\tlabel\n", ["3,17", "17,3", "3,4", "4"], [.delimiter]),
      ("text;label\n", ["3,17", "17,3,4", "3,4", "4"], [.delimiter]),
    ])
  func decimalCommas(header: String, cells: [String], codes: [FindingCode]) throws {
    let separator = header.contains(";") ? ";" : "\t"
    let reading = try table(header + cells.map { "some text\(separator)\($0)\n" }.joined())
    #expect(reading.findings.map(\.code).filter { $0 != .container } == codes)
    if codes == [.scores] {
      #expect(reading.findings.last?.remedy.contains("{name: \"\(cells[0])\"}") == true)
    }
  }
}
