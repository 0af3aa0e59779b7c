import Testing

@testable import Assessments
@testable import Records

/// Paths to values inside a record.
struct FieldPathTests {
  private func options(_ label: String, text: String = "text") -> ReadingOptions {
    var fields = FieldMapping()
    fields.label = label
    fields.text = text
    return ReadingOptions(fields: fields)
  }

  @Test(
    "A path leads to the value, and a correction is written there and undone",
    arguments: [
      ("data.text", "a.b", #"{"data": {"text": "t"}, "a": {"b": "x"}}"#),
      ("data.text", "a[0][-1].v", #"{"data": {"text": "t"}, "a": [["q", {"v" : "x" }]]}"#),
      ("text", "a.b", #"{"text": "t", "a": {"b": "wrong"}, "a.b": "x"}"#),
      (
        "text", "a.b[0].value",
        #"{"text": "t", "a.b": [{"value": "x"}], "a": {"b": [{"value": "no"}]}}"#
      ),
      ("text", "['a.b'].c", #"{"text": "t", "a.b": {"c": "x"}}"#),
      ("text", "responses.*[0].value", #"{"text": "t", "responses": {"topic": [{"value": "x"}]}}"#),
      (
        "text", "*.responses[0]",
        #"{"text": "t", "topic.responses": ["x"], "topic.responses.users": ["u"]}"#
      ),
      (
        "messages[-2].content", "messages[-1].content",
        #"{"messages": [{"content": "s"}, {"content": "t"}, {"content": "x"}]}"#
      ),
      ("text", "\u{e9}.b", "{\"text\": \"t\", \"\\u00e9\": {\"b\": \"x\"}}"),
    ])
  func follows(_ text: String, _ label: String, _ line: String) throws {
    let reading = try read(Array(line.utf8), options(label, text: text))
    #expect(reading.rejections == [])
    #expect(reading.records.first?.content == .text("t"))
    #expect(reading.records.first?.labels.map(\.name) == ["x"])
    let new = Label(name: "new", token: "\"new\"")
    let output = reading.output([.annotation(result(.corrected, [new]))])
    #expect(
      RecordsTests.text(output).hasPrefix(line.dropLast().replacing("\"x\"", with: "\"new\"")))
    let reverted = try Reverter().revert(output: Source(file: "o", content: output))
    #expect(RecordsTests.text(reverted.bytes) == line)
    // Read again under the same options.
    let again = try read(output, options(label, text: text))
    #expect(again.records.first?.labels.map(\.name) == ["x"])
    #expect(again.restored == Array(line.utf8))
  }

  @Test(
    "A path that leads nowhere finds no label",
    arguments: ["a.c", "a[0]", "a.b.c", "text[0]", "b[1]", "b[-2]", "*.b"])
  func nowhere(_ path: String) throws {
    let line = #"{"text": "t", "a": {"b": "x"}, "b": ["y"], "c": {"b": "z"}}"#
    let reading = try read(Array(line.utf8), options(path))
    #expect(reading.records.first?.isLabelled == false)
  }

  @Test("A name that is there twice on the way is a fault of the line")
  func repeated() throws {
    let reading = try read(Array(#"{"text": "t", "a": {"b": "x", "b": "y"}}"#.utf8), options("a.b"))
    #expect(reading.rejections.first?.reason == "the name \"b\" appears twice")
  }

  @Test("A path inside columns is corrected in the column")
  func columns() throws {
    let content = #"{"text": ["t", "u"], "m": [{"l": "x"}, {"l": "y"}]}"#
    let reading = try read(Array(content.utf8), options("m.l"))
    #expect(reading.containerKind == .columns)
    let new = Label(name: "new", token: "\"new\"")
    let output = reading.output(reading.records.map { _ in .annotation(result(.corrected, [new])) })
    #expect(RecordsTests.text(output).contains(#""m": [{"l": "new"}, {"l": "new"}], "emend""#))
    #expect(
      try Reverter().revert(output: Source(file: "o", content: output)).bytes == Array(content.utf8)
    )
  }

  @Test("Passages and their parts are found by paths")
  func passages() throws {
    var fields = FieldMapping()
    fields.query = "q.text"
    fields.passages = "q.found.list"
    fields.passageText = "body.content"
    fields.passageLabel = "grades[0]"
    let line =
      #"{"q": {"text": "who", "found": {"list": [{"body": {"content": "p"}, "grades": [1]}]}}}"#
    let reading = try read(Array(line.utf8), ReadingOptions(fields: fields))
    guard case .retrieval(let retrieval) = reading.records.first?.content else {
      Issue.record("no query: \(reading.rejections)")
      return
    }
    #expect(retrieval.passages.map(\.text) == ["p"])
    #expect(retrieval.passages.map(\.grade) == [1])
    let output = reading.output([.retrieval(result(retrieval))])
    #expect(
      try Reverter().revert(output: Source(file: "o", content: output)).bytes == Array(line.utf8))
  }

  @Test(
    "A path that cannot be read says what is wrong",
    arguments: [
      ("a..b", "dot with no name"), (".a", "dot with no name"), ("a.", "ends with a dot"),
      ("a[", "neither a whole number"), ("a[x]", "neither a whole number"),
      ("a.[0]", "before a bracket"),
      ("a[0]b", "needs a dot"), ("['a", "neither"), ("a.b]", "without a ["),
    ])
  func wrong(_ path: String, _ reason: String) {
    #expect(FieldMapping.problem(ofPath: path)?.reason.contains(reason) == true)
    #expect(FieldMapping.problem(ofPath: path)?.remedy.isEmpty == false)
  }

  @Test("A plain name is no path", arguments: ["a", "Sci/Tech", "a b", "a-b"])
  func plain(_ name: String) { #expect(FieldMapping.problem(ofPath: name) == nil) }
}
