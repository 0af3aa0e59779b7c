import Assessments
import Testing

@testable import Records

/// Labels as objects or columns of zeros and ones.
struct FlagTests {
  func reading(_ labels: [String]) throws -> Reading {
    try read(labels.map { "{\"text\": \"t\", \"label\": \($0)}\n" }.joined())
  }

  @Test(
    "An object with a single 1 is one label, and is corrected in its own spelling",
    arguments: [
      ["{\"a\": 1, \"b\": 0}", "{\"b\":1,\"a\":0}", "{\"a\": 0, \"b\": 1}"],
      ["{\"a\": 1.0, \"b\": 0.0}", "{\"b\":1.0,\"a\":0.0}", "{\"a\": 0.0, \"b\": 1.0}"],
      ["{\"a\": true, \"b\": false}", "{\"b\":true,\"a\":false}", "{\"a\": false, \"b\": true}"],
    ])
  func single(labels: [String]) throws {
    let reading = try reading(Array(labels.prefix(2)))
    #expect(reading.records.map { $0.labels.map(\.name) } == [["a"], ["b"]])
    #expect(reading.records.allSatisfy { $0.isLabelled && !$0.isMultiLabel })
    #expect(reading.findings.map(\.code) == [.oneHot])
    let results = [
      RecordResult.annotation(result(.corrected, [label("b")])),
      .annotation(result(.kept, reading.records[1].labels)),
    ]
    let output = reading.output(results)
    #expect(text(output).hasPrefix("{\"text\": \"t\", \"label\": \(labels[2]), \"emend\""))
    let reverted = try Reverter().revert(output: Source(file: "o.jsonl", content: output))
    #expect(reverted.bytes == reading.source.bytes)
    #expect(reverted.editedLines == [])
    // Somebody who edits the label after the run keeps the edit.
    let edited = text(output).replacing(
      "\"label\": \(labels[2]), ", with: "\"label\": {}, ", maxReplacements: 1)
    let kept = try Reverter().revert(output: Source(file: "o.jsonl", content: Array(edited.utf8)))
    #expect(kept.editedLines == [1])
  }

  @Test("Several ones are several labels, and zeros alone are none of them")
  func several() throws {
    let reading = try reading([
      "{\"a\": 1, \"b\": 1}", "{\"a\": 0, \"b\": 0}", "{\"a\": 0, \"b\": 1}",
    ])
    #expect(reading.records.map { $0.labels.map(\.name) } == [["a", "b"], [], ["b"]])
    #expect(reading.records.allSatisfy { $0.isLabelled && $0.isMultiLabel })
  }

  @Test("Probabilities, spans and other objects are refused by name")
  func refused() throws {
    func code(_ label: String) throws -> FindingCode? {
      let reading = try reading([label, label])
      return FileProfile(of: reading, options: reading.options).refusal?.code
    }
    #expect(try code("{\"a\": 0.9, \"b\": 0.1}") == .probabilities)
    #expect(try code("{\"start\": 0, \"end\": 1}") == .spans)
    #expect(try code("{\"name\": \"a\"}") == .objects)
    #expect(try code("{\"a\": 1}") == .objects)
    #expect(try code("{\"a\": 3, \"b\": 0}") == .objects)
  }

  private func columns(_ names: [String] = ["a", "b"]) -> ReadingOptions {
    var options = ReadingOptions()
    options.layout.labelColumns = names
    return options
  }

  @Test("Columns of zeros and ones are labels; −1 and an empty cell say that nobody knows")
  func table() throws {
    let reading = try read(
      "text,a,b\nt,1,1\nu,0,0\nv,0,True\nw,-1,-1\nx,,1\ny,2,0\n", columns())
    #expect(reading.records.map { $0.labels.map(\.name) } == [["a", "b"], [], ["b"], [], []])
    #expect(reading.records.map(\.isLabelled) == [true, true, true, false, false])
    #expect(reading.records.prefix(3).map { $0.isMultiLabel } == [true, true, true])
    #expect(reading.rejections.map(\.line) == [7])
    #expect(try nothingIsLost(reading))
  }

  @Test("Where every record has a single 1, it is the label")
  func oneOfEach() throws {
    let file = "{\"text\": \"t\", \"a\": 1, \"b\": 0}\n{\"text\": \"u\", \"a\": 0, \"b\": 1}\n"
    let reading = try read(file, columns())
    #expect(reading.records.map { $0.labels.map(\.name) } == [["a"], ["b"]])
    #expect(reading.records.allSatisfy { !$0.isMultiLabel })
    let missing = try read(file, columns(["a", "c"]))
    #expect(FileProfile(of: missing, options: missing.options).refusal?.code == .missingMember)
  }
}

/// Lines with one annotator's label each.
struct VoteLineTests {
  private func options() -> ReadingOptions {
    var options = ReadingOptions()
    options.fields.annotator = "by"
    return options
  }

  private func line(_ text: String, _ label: String, _ by: String, id: Int? = nil) -> String {
    let member = id.map { "\"id\": \($0), " } ?? ""
    return "{\(member)\"text\": \"\(text)\", \"label\": \"\(label)\", \"by\": \"\(by)\"}\n"
  }

  @Test("Lines of one text are one record with votes, and each of them gets its result")
  func joined() throws {
    let file =
      line("t", "x", "ann") + line("u", "y", "ann") + line("t", "y", "bob") + "\nbroken\n"
      + line("v", "x", "ann") + line("v", "y", "ann")
    let reading = try read(file, options())
    let votes = reading.records.map { $0.votes.map { "\($0.annotator) \($0.label.name)" } }
    #expect(votes == [["ann x", "bob y"], [], [], []])
    #expect(reading.records.map { $0.labels.map(\.name) } == [[], ["y"], ["x"], ["y"]])
    #expect(reading.kinds == [.classification: 4])
    #expect(reading.findings.contains { $0.code == .annotationVotes && $0.lines == [1] })
    let results = reading.records.enumerated().map { index, record in
      RecordResult.annotation(
        index == 1 ? result(.corrected, [label("new")]) : result(.kept, [label("l\(index)")]))
    }
    let output = reading.output(results)
    let lines = text(output).split(separator: "\n")
    #expect(lines.count == 5)
    for place in [0, 2] { #expect(lines[place].contains("\"label\": \"l0\"")) }
    #expect(lines[1].contains("\"label\": \"new\", \"by\""))
    #expect(lines[4].contains("\"label\": \"l3\""))
    let reverted = try Reverter().revert(
      output: Source(file: "o.jsonl", content: output),
      rejected: Source(file: "r.jsonl", content: reading.rejectedOutput()))
    #expect(text(reverted.bytes) == file)
  }

  @Test("Texts with different ids are different records")
  func ids() throws {
    let file = line("t", "x", "ann", id: 1) + line("t", "y", "bob", id: 2)
    #expect(try read(file, options()).records.count == 2)
    let same = line("t", "x", "ann", id: 1) + line("t", "y", "bob", id: 1)
    #expect(try read(same, options()).records.count == 1)
  }

  @Test("Lists of labels are no votes")
  func lists() {
    let file = [1, 2].map {
      "{\"text\": \"t\", \"label\": [\"x\", \"y\"], \"by\": \"a\($0)\"}\n"
    }.joined()
    #expect(throws: InputError.self) { try read(file, options()) }
  }

  @Test("Lines with blank texts are votes only where an id says that they belong together")
  func blankTexts() throws {
    let apart = line("", "x", "ann") + line(" ", "y", "bob") + line("", "y", "bob")
    #expect(try read(apart, options()).records.count == 3)
    let same = line("", "x", "ann", id: 1) + line("", "y", "bob", id: 1)
    #expect(try read(same, options()).records.count == 1)
  }

  @Test("Lists of labels where a preset looks for votes are read line by line, and that is said")
  func listsOfPreset() throws {
    let file = [1, 2].map {
      "{\"text\": \"t\", \"label\": [\"x\", \"y\"], \"by\": \"a\($0)\"}\n"
    }.joined()
    var options = options()
    options.preset = "prodigy"
    let reading = try read(file, options)
    #expect(reading.records.map { $0.labels.map(\.name) } == [["x", "y"], ["x", "y"]])
    #expect(reading.records.map(\.votes.count) == [0, 0])
    let found = reading.findings.first { $0.code == .separateVotes }
    let finding = try #require(found)
    #expect(finding.lines == [1] && finding.severity == .warning)
    #expect(!finding.remedy.contains("--annotator"))
  }

  @Test("A line without an annotator is not one of the annotator whose name is its number")
  func unnamed() throws {
    let file = line("t", "x", "2") + "{\"text\": \"t\", \"label\": \"y\"}\n"
    let votes = try read(file, options()).records[0].votes
    #expect(votes.map(\.label.name) == ["x", "y"])
    #expect(Set(votes.map(\.giver)).count == 2)
  }

  @Test("Tables and columns too")
  func containers() throws {
    let table = "text,label,by\nt,x,ann\nu,y,ann\nt,y,bob\n"
    let columns =
      "{\"text\": [\"t\", \"u\", \"t\"], \"label\": [\"x\", \"y\", \"y\"], \"by\": [\"a\", \"a\", \"b\"]}"
    for file in [table, columns] {
      let reading = try read(file, options())
      #expect(reading.records.map(\.votes.count) == [2, 0])
      let output = reading.output(
        reading.records.map { .annotation(result(.kept, $0.labels)) })
      let reverted = try Reverter().revert(output: Source(file: "o.csv", content: output))
      #expect(text(reverted.bytes) == file)
    }
  }
}

/// Members that repeat the label.
struct RepeatedLabelTests {
  private func findings(_ file: String) throws -> [Finding] {
    let reading = try read(file)
    return FileProfile(of: reading, options: reading.options).findings.filter {
      $0.code == .repeatedLabel || $0.code == .contradictedLabel
    }
  }

  @Test("A member with the label's name is said, in lines and in tables")
  func repeated() throws {
    let names = ["no", "yes", "may be"]
    let rows = (0..<20).map { (text: "text \($0)", label: $0 % 3) }
    let lines = rows.map {
      "{\"text\": \"\($0.text)\", \"label\": \($0.label), \"label_text\": \"\(names[$0.label])\"}\n"
    }
    let table =
      "text,label,label_text\n"
      + rows.map { "\($0.text),\($0.label),\(names[$0.label])\n" }
      .joined()
    for file in [lines.joined(), table] {
      let found = try findings(file)
      #expect(found.map(\.code) == [.repeatedLabel])
      #expect(found.first?.sentence.contains("\"label_text\"") == true)
    }
    // One line says something else.
    var wrong = lines
    wrong[4] = wrong[4].replacing("yes", with: "no")
    let found = try findings(wrong.joined())
    #expect(found.map(\.code) == [.contradictedLabel])
    #expect(found.first?.lines == [5])
    // Both may be wrong where they differ.
    #expect(found.first?.remedy.contains("At least one of the two is wrong") == true)
  }

  @Test("A member that says something of its own is not")
  func independent() throws {
    let lines = (0..<30).map {
      "{\"text\": \"text \($0)\", \"label\": \"l\($0 % 3)\", \"source\": \"s\($0 / 10)\"}\n"
    }
    #expect(try findings(lines.joined()).isEmpty)
  }
}
