import Testing

@testable import Assessments
@testable import Records

/// Files that are not JSON lines: read, written in their own container, and undone byte for byte.
struct ContainerTests {
  /// A file with two usable records, `a` with the label `x` and `b` with the label `y`.
  struct File: Sendable, CustomTestStringConvertible {
    let name: String
    let content: String
    let kind: ContainerKind
    /// The lines on which the two records start.
    var lines = [1, 2]
    /// The output where the second record's label was replaced by `new`; `RESULT` stands for our members.
    var output = ""
    var testDescription: String { name }
  }

  static let comma = ContainerKind.table(separator: 0x2C)

  static let files: [File] = [
    File(
      name: "a list on one line",
      content: "[{\"text\": \"a\", \"label\": \"x\"}, {\"text\": \"b\", \"label\": \"y\"}]",
      kind: .list, lines: [1, 2],
      output:
        "[{\"text\": \"a\", \"label\": \"x\"RESULT}, {\"text\": \"b\", \"label\": \"new\"RESULT}]"),
    File(
      name: "a pretty list",
      content:
        "[\r\n  {\r\n    \"text\": \"a\",\r\n    \"label\": \"x\"\r\n  },\r\n  {\"text\": \"b\", \"label\": \"y\"}\r\n]\r\n",
      kind: .list, lines: [2, 6],
      output:
        "[\r\n  {\r\n    \"text\": \"a\",\r\n    \"label\": \"x\"RESULT\r\n  },\r\n  {\"text\": \"b\", \"label\": \"new\"RESULT}\r\n]\r\n"
    ),
    File(
      name: "a list with a record a line",
      content:
        "\u{FEFF}\n[{\"text\":\"a\",\"label\":\"x\"},\n {\"text\":\"b\",\"label\":\"y\"}\n]\n",
      kind: .list, lines: [2, 3]),
    File(
      name: "a list in an object",
      content:
        "{\"version\": 2, \"data\": [\n{\"text\":\"a\",\"label\":\"x\"},{\"text\":\"b\",\"label\":\"y\"}]}\n",
      kind: .list, lines: [1, 2]),
    File(
      name: "pretty objects",
      content:
        "{\n \"text\": \"a\", \"label\": \"x\"\n}\n{\n \"text\": \"b\", \"label\": \"y\"\n}\n",
      kind: .stream, lines: [1, 4]),
    File(
      name: "glued objects",
      content: "{\"text\":\"a\",\"label\":\"x\"}{\"text\":\"b\",\"label\":\"y\"}\n",
      kind: .stream),
    File(
      name: "columns of lists", content: "{\"text\": [\"a\", \"b\"], \"label\": [\"x\",\n\"y\"]}\n",
      kind: .columns,
      output:
        "{\"text\": [\"a\", \"b\"], \"label\": [\"x\",\n\"new\"], \"emend\": [RESULT, RESULT]}\n"),
    File(
      name: "columns by keys",
      content: "{\"text\":{\"7\":\"a\",\"9\":\"b\"},\"label\":{\"7\":\"x\",\"9\":\"y\"}}",
      kind: .columns,
      output:
        "{\"text\":{\"7\":\"a\",\"9\":\"b\"},\"label\":{\"7\":\"x\",\"9\":\"new\"}, \"emend\": {\"7\": RESULT, \"9\": RESULT}}"
    ),
    File(
      name: "a table", content: "text,label\na,x\nb,y\n", kind: comma, lines: [2, 3],
      output: "text,label,HEADER\na,x,kept\nb,new,corrected,y\n"),
    File(
      name: "a table in quotes, CR LF, without a last line end",
      content: "\u{FEFF}\"text\",\"label\"\r\n\"a\",\"x\"\r\n\"b\",\"y\"", kind: comma,
      lines: [2, 3],
      output:
        "\u{FEFF}\"text\",\"label\",HEADER\r\n\"a\",\"x\",kept\r\n\"b\",\"new\",corrected,\"y\""),
    File(
      name: "a table with an index", content: ",label,text\n0,x,a\n1,y,b\n", kind: comma,
      lines: [2, 3],
      output: ",label,text,HEADER\n0,x,a,kept\n1,new,b,corrected,y\n"),
    File(
      name: "semicolons", content: "text;label;n\na;x;1,5\nb;y;2,5\n",
      kind: .table(separator: 0x3B), lines: [2, 3]),
    File(
      name: "tabs", content: "label\ttext\nx\ta\n\ny\tb\n", kind: .table(separator: 9),
      lines: [2, 4]),
    File(
      name: "bars", content: "label|text\nx|a\ny|b\n", kind: .table(separator: 0x7C), lines: [2, 3]),
    File(
      name: "a line that names the separator", content: "sep=;\ntext;label\na;x\nb;y\n",
      kind: .table(separator: 0x3B), lines: [3, 4]),
    File(
      name: "a separator more at the end of each row", content: "text,label\na,x,\nb,y,\n",
      kind: comma, lines: [2, 3]),
    File(
      name: "blanks after separators", content: "text, label\na, x\nb, y\n", kind: comma,
      lines: [2, 3]),
  ]

  static let mark = Label(name: "new", token: "\"new\"")

  /// The outcome of a run that keeps the first record's label and replaces the second's.
  private func results(_ reading: Reading) -> [RecordResult] {
    reading.records.enumerated().map { index, record in
      .annotation(index == 1 ? result(.corrected, [Self.mark]) : result(.kept, record.labels))
    }
  }

  @Test("Records, labels, lines and kind are read from every container", arguments: files)
  func read(_ file: File) throws {
    let reading = try load(file)
    #expect(reading.containerKind == file.kind)
    #expect(reading.records.map(\.content) == [.text("a"), .text("b")])
    #expect(reading.records.map { $0.labels.map(\.name) } == [["x"], ["y"]])
    #expect(reading.records.map(\.line) == file.lines)
    #expect(reading.rejections == [])
  }

  @Test("The output is the same container, and undoing it gives the same bytes", arguments: files)
  func written(_ file: File) throws {
    let reading = try load(file)
    let output = reading.output(results(reading))
    if !file.output.isEmpty { #expect(shortened(text(output)) == file.output) }
    let source = try Source(file: "out", content: output)
    let reverted = try Reverter().revert(output: source)
    #expect(text(reverted.bytes) == file.content)
    #expect(reverted.editedLines == [])
    let again = try Reader().read(source)
    #expect(again.containerKind == file.kind)
    #expect(again.records.map { $0.labels.map(\.name) } == [["x"], ["y"]])
    #expect(text(again.restored) == file.content)
    #expect(text(again.output(results(again))) == text(output))
  }

  private func load(_ file: File) throws -> Reading {
    try RecordsTests.read(Array(file.content.utf8))
  }

  /// An output in which our members and cells are short.
  private func shortened(_ output: String) -> String {
    output.replacing(#/,? ?"emend": \{"credibility.*?"signals": \{\}\}\}/#, with: "RESULT")
      .replacing(#/\{"credibility.*?"signals": \{\}\}\}/#, with: "RESULT")
      .replacing(#/emend_credibility.*emend_original_label/#, with: "HEADER")
      .replacing(#/0\.50000000,false,(\w+).*?"\{""a"": 1\.0000\}",,,false,,(\S*)/#) { match in
        "\(match.1)" + (match.2.isEmpty ? "" : ",\(match.2)")
      }
  }

  @Test(
    "A table that an earlier version wrote, without the order of review or outliers and steps, can still be undone",
    arguments: ["emend_reason", "emend_review_rank"])
  func earlierTable(last: String) throws {
    let count = try #require(Table.ownNames.firstIndex(of: last)) + 1
    let names = Table.ownNames.prefix(count).joined(separator: ",")
    let rank = last == "emend_reason" ? "" : "1,"
    let written =
      "text,label,\(names),emend_original_label\na,x,0.5,false,kept,x,,1,{},,\(rank)\n"
      + "b,new,0.5,true,corrected,new,,1,{},votes,\(rank)y\n"
    let source = try Source(file: "out.csv", content: Array(written.utf8))
    #expect(text(try Reverter().revert(output: source).bytes) == "text,label\na,x\nb,y\n")
  }

  @Test("A table says which records are unlike all others, and by how many grades a label is off")
  func outliersAndSteps() throws {
    let reading = try RecordsTests.read("text,label\na,x\nb,y\n")
    var results = reading.records.map { result(.kept, $0.labels) }
    results[0].outlier = true
    results[1].steps = -1.25
    let output = text(reading.output(results.map(RecordResult.annotation)))
    let lines = output.split(separator: "\n")
    #expect(lines[0].hasSuffix(",emend_outlier,emend_steps,emend_original_label"))
    #expect(lines[1].hasSuffix(",true,,"))
    #expect(lines[2].hasSuffix(",false,-1.2500,"))
  }

  @Test("What stood before and after a rejected record comes back with it")
  func rejected() throws {
    let good = "{\"text\": \"a\"}"
    for pattern in 1..<31 {
      let items = (0..<5).map { pattern >> $0 & 1 == 1 ? good : "{\"bad\": \($0)}" }
      for (open, comma, close) in [
        ("[", ", ", "]"), ("[\n  ", " ,\n  ", "\n]\n"), ("{}\n{}\n", "\n{}", " "),
      ] {
        let content = open + items.joined(separator: comma) + close
        let reading = try RecordsTests.read(content)
        guard reading.containerKind != .lines else { continue }
        #expect(try nothingIsLost(reading), "\(content)")
        #expect(reading.records.count == pattern.nonzeroBitCount)
      }
    }
  }

  @Test("Rows that cannot be used are rejected with their lines, and come back")
  func rows() throws {
    let content = "text,label\n\"a\nb\",x\nb,y,z\n\n\"c\"d,x\n,y\ne,\"\"\"q\"\"\"\n\"open,x\n"
    let reading = try RecordsTests.read(content)
    #expect(reading.records.map(\.content) == [.text("a\nb"), .text("e")])
    #expect(reading.records.map(\.line) == [2, 8])
    #expect(reading.records[1].labels.map(\.name) == ["\"q\""])
    #expect(reading.rejections.map(\.line) == [4, 6, 7, 9])
    #expect(reading.rejections[0].reason.contains("3 cells where the header has 2"))
    #expect(reading.rejections[3].reason.contains("does not end"))
    #expect(try nothingIsLost(reading))
  }

  @Test("A label that was edited after a run is kept, in each container")
  func edited() throws {
    for file in Self.files where !file.output.isEmpty || file.name.hasPrefix("blanks") {
      let reading = try load(file)
      let output = text(reading.output(results(reading)))
      let edited = output.replacing("\"new\"", with: "\"own\"", maxReplacements: 1)
        .replacing("b,new,", with: "b,own,").replacing("1,new,", with: "1,own,")
        .replacing("b, new,", with: "b, own,")
      let reverted = try Reverter().revert(output: Source(file: "out", content: Array(edited.utf8)))
      #expect(reverted.editedLines.count == 1, "\(file.name)")
      #expect(text(reverted.bytes).contains("own"), "\(file.name)")
    }
  }

  @Test("A cell is written as the table writes its cells")
  func cells() throws {
    let label = Label(name: "n, \"w\"", token: "\"n, \\\"w\\\"\"")
    let reading = try RecordsTests.read("text,label\na,x\nb,\"y\"\n")
    let output = text(
      reading.output(reading.records.map { _ in .annotation(result(.corrected, [label])) }))
    #expect(output.contains("\na,\"n, \"\"w\"\"\",0.5"))
    #expect(output.contains("\nb,\"n, \"\"w\"\"\",0.5"))
    let reverted = try Reverter().revert(
      output: Source(file: "out.csv", content: Array(output.utf8)))
    #expect(text(reverted.bytes) == "text,label\na,x\nb,\"y\"\n")
  }

  @Test("Backslashes and bare quotes are understood where the file needs it")
  func dialects() throws {
    let backslash = try RecordsTests.read("text,label\n\"say \\\"a\\\", b\",x\n\"c\",y\n")
    #expect(backslash.records.map(\.content) == [.text("say \"a\", b"), .text("c")])
    let bare = try RecordsTests.read("text\tlabel\n\"a\" is b\tx\nit is 5\" long\ty\n")
    #expect(bare.records.map(\.content) == [.text("\"a\" is b"), .text("it is 5\" long")])
    #expect(try nothingIsLost(bare))
  }

  @Test("Lines of JSON are still lines, whatever the first one is")
  func lines() throws {
    let good = "{\"text\": \"a, b\", \"label\": \"x\"}\n"
    for first in [
      "oops\n", "a,b\n", "{\"text\": \n", "[1]\n", "{\"text\": [1], \"label\": [2]}\n", "\"a\",\n",
    ] {
      let reading = try RecordsTests.read(first + good + good + good)
      #expect(reading.containerKind == .lines, "\(first)")
      #expect(reading.records.count == 3)
      #expect(reading.rejections.map(\.line) == [1])
    }
    let one = try RecordsTests.read("{\"tokens\": [\"a\", \"b\"], \"label\": [\"x\", \"y\"]}\n")
    #expect(one.containerKind == .lines || one.containerKind == .columns)
  }

  @Test("The ending of the output says what is in it")
  func suffixes() throws {
    let rows = Array("text,label\na,x\n".utf8)
    #expect(try RecordsTests.read(rows, file: "a.csv").outputSuffix == ".csv")
    #expect(try RecordsTests.read(rows, file: "-").outputSuffix == ".csv")
    #expect(try RecordsTests.read(rows, file: "A.TSV").outputSuffix == ".tsv")
    let list = Array("[{\"text\": \"a\"}]".utf8)
    #expect(try RecordsTests.read(list, file: "a.json").outputSuffix == ".json")
    #expect(try RecordsTests.read(list, file: "a").outputSuffix == ".json")
    #expect(
      try RecordsTests.read(Array("{\"text\": \"a\"}".utf8), file: "a.json").outputSuffix
        == ".jsonl")
  }

  @Test("A table that would be cut into other cells once it has our columns is not written")
  func otherCells() throws {
    // The output of a run, damaged: with a quote before "kept", quotes cannot be read in this row.
    let own = (Table.ownNames + ["emend_original_label"]).joined(separator: "\t")
    let soft = "\"{\"\"l\"\": 1.0000}\""
    let file =
      "text\tlabel\tx\t\t\(own)\n"
      + "word\t\"e,f\"\t\ttwo words\t0.6\ttrue\t\"ekept\te,f\t\t0.2\t\(soft)\t\t\tfalse\t\n"
      + "\u{E9}\tc d\t\"say \"\"x\"\"\"\t{ \t0.7\ttrue\tkept\tc d\t\t0.7\t\(soft)\tout\t\tfalse\t\n"
    let reading = try RecordsTests.read(file)
    let output = reading.output(reading.records.map { .annotation(result(.kept, $0.labels)) })
    #expect(throws: InputError.self) { try reading.checkUndoing(output, []) }
  }
}
