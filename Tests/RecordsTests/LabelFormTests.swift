import Assessments
import Testing

@testable import Records

/// How lists and strings with several parts are read as labels, and written.
struct LabelFormTests {
  func reading(_ labels: [String], _ options: ReadingOptions = ReadingOptions()) throws -> Reading {
    try read(
      labels.map { "{\"text\": \"one two three\", \"label\": \($0)}\n" }.joined(), options)
  }

  /// The file after the first record got the labels of the last.
  func corrected(_ reading: Reading) throws -> String {
    let last = try #require(reading.records.last)
    let results = reading.records.enumerated().map { index, record in
      RecordResult.annotation(
        index == 0 ? result(.corrected, last.labels) : result(.kept, record.labels))
    }
    let output = reading.output(results)
    let reverted = try Reverter().revert(output: Source(file: "o.jsonl", content: output))
    #expect(text(reverted.bytes) == text(reading.source.bytes))
    // A second run reads the line as it was, and not as it was corrected.
    let again = try read(output, reading.options)
    #expect(again.records.map(\.labels) == reading.records.map(\.labels))
    return text(output)
  }

  @Test(
    "a one-hot list is one label by position",
    arguments: [
      ["[0, 1, 0]", "[1, 0, 0]", "[0,0,1]"],
      ["[0.0, 1.0, 0.0]", "[1.0, 0.0, 0.0]", "[0.0, 0.0, 1.0]"],
      ["[false, true, false]", "[true, false, false]", "[false, false, true]"],
    ])
  func oneHot(labels: [String]) throws {
    let reading = try reading(labels)
    #expect(reading.records.map { $0.labels.map(\.name) } == [["1"], ["0"], ["2"]])
    #expect(reading.records.allSatisfy { !$0.isMultiLabel && $0.isLabelled })
    #expect(reading.findings.map(\.code) == [.oneHot])
    let spaced = labels[2].replacing(",", with: ", ").replacing("  ", with: " ")
    #expect(
      try corrected(reading).hasPrefix("{\"text\": \"one two three\", \"label\": \(spaced), "))
  }

  @Test func aListOfZerosIsNoLabelBesideOneHotOnes() throws {
    let reading = try reading(["[0, 1, 0]", "[1, 0, 0]", "[0, 0, 0]", "null"])
    #expect(reading.records.map(\.isLabelled) == [true, true, false, false])
    #expect(reading.records.allSatisfy { !$0.isMultiLabel })
    #expect(reading.findings.map(\.code) == [.oneHot, .emptyLists])
    #expect(reading.findings[1].lines == [3])
  }

  @Test func severalOnesAreSeveralLabels() throws {
    let reading = try reading(["[0, 1, 1]", "[1, 0, 0]", "[0, 0, 0]"])
    #expect(reading.records.map { $0.labels.map(\.name) } == [["1", "2"], ["0"], []])
    #expect(reading.records.allSatisfy { $0.isMultiLabel && $0.isLabelled })
    #expect(try corrected(reading).contains("\"label\": [0, 0, 0]"))
  }

  @Test func twoNumbersAreLabelsWhereNothingSaysOtherwise() throws {
    let reading = try reading(["[0, 1]", "[0, 1]"])
    #expect(reading.records[0].labels.map(\.name) == ["0", "1"])
  }

  @Test func listsOfOneItemAreSingleLabels() throws {
    let reading = try reading(["[\"a\"]", "[ \"b\" ]", "[]", "[\"b\"]"])
    #expect(reading.records.allSatisfy { !$0.isMultiLabel })
    #expect(reading.records.map(\.isLabelled) == [true, true, false, true])
    #expect(reading.findings.map(\.code) == [.singleItemLists, .emptyLists])
    #expect(try corrected(reading).hasPrefix("{\"text\": \"one two three\", \"label\": [\"b\"], "))
  }

  @Test(
    "lists are several labels where one has two, where there is one label only, and where most are empty",
    arguments: [
      ["[\"a\"]", "[\"a\", \"b\"]"], ["[\"a\"]", "[]"], ["[\"a\"]", "[]", "[]", "[]", "[\"b\"]"],
    ])
  func severalLabels(labels: [String]) throws {
    let reading = try reading(labels)
    #expect(reading.records.allSatisfy { $0.isMultiLabel && $0.isLabelled })
  }

  @Test(
    "a list of one item among plain labels is a single label, and so is an object with one 1",
    arguments: [
      (["\"a\"", "[ \"b\" ]", "\"b\""], "[\"b\"]", FindingCode.singleItemLists),
      (["[\"a\"]", "\"b\"", "[\"a\"]", "\"b\""], "[\"b\"]", .singleItemLists),
      (["2", "[1]", "1", "\"1\""], "[\"1\"]", .singleItemLists),
      (["\"a\"", "{\"a\": 0, \"b\": 1}", "\"b\"", "\"a\""], "{\"a\": 1, \"b\": 0}", .oneHot),
    ])
  func singleItemsAmongPlain(labels: [String], replaced: String, code: FindingCode) throws {
    let reading = try reading(labels)
    #expect(reading.records.allSatisfy { !$0.isMultiLabel && $0.isLabelled })
    let finding = try #require(reading.findings.first)
    let list = try #require(labels.firstIndex { "[{".contains($0.prefix(1)) })
    #expect(finding.code == code && finding.lines.first == list + 1)
    // The list keeps its form where its label is corrected.
    let last = try #require(reading.records.last).labels
    let results = reading.records.indices.map { index in
      RecordResult.annotation(
        index == list ? result(.corrected, last) : result(.kept, reading.records[index].labels))
    }
    let lines = text(reading.output(results)).split(separator: "\n")
    #expect(lines[list].contains("\"label\": \(replaced), \"emend\""))
    #expect(try nothingIsLost(reading))
  }

  @Test(
    "a real list among plain labels makes all of them lists, and the first such line is named",
    arguments: [
      (["\"a\"", "\"b\"", "[\"a\", \"b\"]", "[\"a\"]"], 3),
      (["\"a\"", "[\"a\"]", "\"b\"", "[]"], 4),
      (["1", "2", "[0, 1, 0]"], 3),
      (["[\"a\", \"b\"]", "[\"b\"]", "\"a\""], 1),
      (["\"a\"", "{\"a\": 1, \"b\": 1}", "\"b\""], 2),
    ])
  func mixedLists(labels: [String], line: Int) throws {
    let reading = try reading(labels)
    #expect(reading.records.contains { $0.isMultiLabel })
    let finding = try #require(reading.findings.first { $0.code == .mixedLists })
    #expect(finding.lines == [line])
    #expect(finding.sentence.contains("read as a list"))
    #expect(finding.severity == .warning)
  }

  @Test func wherePlainStringsMayHoldSeveralLabelsAListIsNoSurprise() throws {
    var options = ReadingOptions()
    options.labelSeparator = "|"
    let reading = try reading(["\"a|b\"", "\"a\"", "[\"a\", \"b\"]"], options)
    #expect(reading.findings.isEmpty)
  }

  @Test func aStringHoldsSeveralLabelsOnlyWhereTheUserSaysSo() throws {
    let labels = ["\"Sci/Tech|World\"", "\"World\"", "\"World|Sport\"", "\"Sport\""]
    let one = try reading(labels)
    #expect(one.records.allSatisfy { $0.labels.count == 1 && !$0.isMultiLabel })
    #expect(one.findings.map(\.code) == [.delimiter])
    var options = ReadingOptions()
    options.labelSeparator = "|"
    let several = try reading(labels, options)
    #expect(several.records[0].labels.map(\.name) == ["Sci/Tech", "World"])
    #expect(several.records.allSatisfy { $0.isMultiLabel })
    #expect(several.findings.isEmpty)
    #expect(try corrected(several).contains("\"label\": \"Sport\""))
  }

  @Test(
    "labels that are none of a whole text are refused by name",
    arguments: [
      ("label-spans", ["[[0, 3, \"PER\"]]", "[]", "[[0, 4, \"LOC\"]]"]),
      ("label-spans", ["[{\"start\": 0, \"end\": 3, \"label\": \"PER\"}]", "[]"]),
      ("label-spans", ["{\"start_offset\": 0, \"end_offset\": 3}", "\"a\""]),
      ("label-objects", ["{\"name\": \"a\"}", "{\"name\": \"b\"}"]),
      ("label-probabilities", ["[0.9, 0.1]", "[0.25, 0.75]"]),
      ("label-scores", ["[3.5, 1.25]", "[0.25, 7.75]"]),
      ("label-token-tags", ["[0, 0, 3]", "[1, 0, 2]"]),
      ("label-token-tags", ["[\"O\", \"B-PER\", \"O\"]", "[\"O\", \"O\", \"O\"]"]),
      ("label-unequal-lists", ["[0, \"a\"]", "[1, \"b\"]"]),
      ("label-scores", ["0.5", "4.75", "3", "2.25"]),
      ("label-scores", ["\"0.5\"", "\"4.75\"", "\"3\"", "\"2.25\""]),
    ])
  func refused(code: String, labels: [String]) throws {
    let reading = try reading(labels)
    let refusal = try #require(FileProfile(of: reading, options: reading.options).refusal)
    #expect(refusal.code.rawValue == code)
  }

  @Test func numbersThatRulesNameAreClasses() throws {
    var options = ReadingOptions()
    options.labelNames = ["0.5", "1.5"]
    let reading = try reading(["0.5", "1.5", "0.5"], options)
    #expect(FileProfile(of: reading, options: options).refusal == nil)
  }
}
