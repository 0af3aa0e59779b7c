import Assessments
import Testing

@testable import Records

/// What people export that is nearly something else: nothing of it is misread in silence.
struct OddExportTests {
  private func profile(
    _ content: String, _ options: ReadingOptions = ReadingOptions(), file: String = "data.jsonl"
  ) throws -> FileProfile {
    FileProfile(of: try read(Array(content.utf8), options, file: file), options: options)
  }

  private func rows(_ count: Int, _ row: (Int) -> String) -> String {
    (0..<count).map(row).joined()
  }

  @Test("Several lists of records in one file are refused, as only one could be read")
  func splits() {
    let file = #"{"train": [{"text": "a", "label": "x"}], "test": [{"text": "b", "label": "y"}]}"#
    let error = #expect(throws: InputError.self) { try read(file) }
    #expect(error?.reason.contains("\"train\", \"test\"") == true)
  }

  @Test("Empty columns behind the others, as spreadsheets write them, make no table unreadable")
  func emptyColumns() throws {
    let reading = try read("text,label,,\na,x,,\nb,y,,\n")
    #expect(reading.records.map { $0.labels.map(\.name) } == [["x"], ["y"]])
    #expect(try nothingIsLost(reading))
  }

  @Test("Codes with leading zeros are no scores, numbers with decimal commas are")
  func codes() throws {
    let codes = try profile("text,label\n" + rows(30) { "text \($0),0\($0 % 3 + 1)\n" })
    #expect(codes.refusal == nil)
    let decimals = try profile("text;label\n" + rows(30) { "text \($0);\($0 % 3),\($0 % 10)\n" })
    #expect(decimals.refusal?.code == .scores)
  }

  @Test(
    "Lists that are written as text are refused", arguments: ["['a', 'b']", "['a']", "{'a': 1}"])
  func textLists(label: String) throws {
    let file = rows(20) { "{\"text\": \"text \($0)\", \"label\": \"\(label)\"}\n" }
    #expect(try profile(file).refusal?.code == .objects)
  }

  @Test(
    "Names in brackets are labels, numbers in brackets are lists",
    arguments: [
      ("[positive]", true), ("{neg}", true), ("[class 1]", true), ("[1, 2]", false),
      ("[-0.5]", false), ("[]", false), ("[ \\\"a\\\"]", false), ("[[a], [b]]", false),
    ])
  func bracketedNames(label: String, isName: Bool) throws {
    let file = rows(20) {
      "{\"text\": \"text \($0)\", \"label\": \"\($0 % 2 == 0 ? label : label + " ")\"}\n"
    }
    #expect((try profile(file).refusal?.code != .objects) == isName)
  }

  @Test("fastText's format and a table of one column are named")
  func named() throws {
    let error = #expect(throws: InputError.self) {
      try read("__label__a red apples\n__label__b peas\n")
    }
    #expect(error?.reason == "the file is in fastText's format")
    let refusal = try profile("text\nred apples\ngreen peas\n", file: "data.csv").refusal
    #expect(refusal?.reason.contains("no table") == true)
  }

  @Test(
    "A table whose quote is never closed is told the line of the quote",
    arguments: [
      ("text,label\n\"a,x\n", 2), ("text,label\n\n\"a,x\n", 3),
      ("\"text,label\na,x\nb,y\n", 1), ("text,\"label\na,x\nb,y\n", 1),
      ("sep=;\ntext;label\na;\"x\n", 3), ("\u{FEFF}text,label\n\"a,x\n", 2),
    ])
  func unclosedQuotes(file: String, line: Int) throws {
    let refusal = try #require(try profile(file, file: "data.csv").refusal)
    #expect(refusal.line == line, "\(refusal)")
    #expect(refusal.reason.hasSuffix("since a cell in double quotes does not end"), "\(refusal)")
    #expect(refusal.remedy.hasPrefix("Close it with"), "\(refusal)")
  }

  @Test("Lines of several annotators that nobody calls votes are a warning")
  func separateVotes() throws {
    let file = rows(20) {
      "{\"text\": \"text \($0 / 2)\", \"label\": \"x\($0 % 4 / 2)\", \"worker_id\": \($0 % 2)}\n"
    }
    func finding(_ options: ReadingOptions) throws -> Finding? {
      try profile(file, options).findings.first { $0.code == .separateVotes }
    }
    #expect(try finding(ReadingOptions())?.count == 10)
    #expect(try finding(ReadingOptions())?.remedy.contains("--annotator worker_id") == true)
    var options = ReadingOptions()
    options.fields.annotator = "worker_id"
    #expect(try finding(options) == nil)
  }

  @Test("Earlier turns of a chat are not read, and that is said; a system message alone is not")
  func turns() throws {
    var options = ReadingOptions()
    options.fields.text = "turns[-2]"
    options.fields.label = "turns[-1]"
    func isSaid(_ turns: String) throws -> Bool {
      try read("{\"turns\": [\(turns)]}\n", options).findings.contains { $0.code == .unreadItems }
    }
    #expect(try !isSaid("\"a\", \"x\""))
    #expect(try !isSaid("\"system\", \"a\", \"x\""))
    #expect(try isSaid("\"hello\", \"hi\", \"a\", \"x\""))
  }
}
