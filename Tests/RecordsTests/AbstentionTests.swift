import Assessments
import Testing

@testable import Records

/// −1 as a label and as a vote: where it means "no label", and where it is a class.
struct AbstentionTests {
  func records(_ lines: [String], _ options: ReadingOptions = ReadingOptions()) throws -> Reading {
    try read(lines.map { $0 + "\n" }.joined(), options)
  }

  func labelled(_ labels: [String]) -> [String] {
    labels.map { "{\"text\": \"t\", \"label\": \($0)}" }
  }

  @Test(
    "where all other labels are whole numbers of at least 0, -1 means no label, however they are written",
    arguments: [["0", "1", "-1"], ["0.0", "2.0", "-1.0"], ["\"3\"", "\"1\"", "\"-1\""]])
  func missingLabel(labels: [String]) throws {
    let reading = try records(labelled(labels))
    #expect(reading.records.map(\.isLabelled) == [true, true, false])
    #expect(reading.records[2].labels.isEmpty)
    let note = try #require(reading.findings.first)
    #expect(note.lines == [3] && note.text.contains("-1 is read as no label"))
    #expect(note.text.contains("aliases"))
    #expect(try nothingIsLost(reading))
  }

  @Test(
    "-1 is a class where others are words, negative or fractions, or fewer than two",
    arguments: [
      ["\"spam\"", "\"ham\"", "-1"], ["-2", "0", "1", "-1"], ["0.5", "1", "0", "-1"],
      ["1", "1", "-1"],
    ])
  func classOfItsOwn(labels: [String]) throws {
    let reading = try records(labelled(labels))
    #expect(reading.records.allSatisfy { $0.isLabelled })
    #expect(!reading.findings.contains { $0.code == .placeholder })
  }

  @Test func anAliasInRulesMakesItAClass() throws {
    let options = ReadingOptions(canonicalNames: ["-1": "negative"])
    let reading = try records(labelled(["0", "1", "-1"]), options)
    #expect(reading.records[2].labels.map(\.name) == ["negative"])
  }

  @Test func aVoteOfMinusOneIsAnAbstention() throws {
    let reading = try records([
      "{\"text\": \"t\", \"label\": 1, \"annotations\": [1, -1, -1]}",
      "{\"text\": \"t\", \"label\": 0, \"annotations\": [{\"annotator\": \"a\", \"label\": -1}, "
        + "{\"annotator\": \"b\", \"label\": 0}]}",
      "{\"text\": \"t\", \"annotations\": [-1, -1]}",
    ])
    #expect(reading.records.map { $0.votes.map(\.label.name) } == [["1"], ["0"], []])
    #expect(reading.records[1].votes.map(\.annotator) == ["b"])
    #expect(
      reading.findings.map(\.text).contains { $0.hasPrefix("line 1 (and 2 more): the vote -1") })
    #expect(try nothingIsLost(reading))
  }

  @Test(
    "a vote of -1 abstains beside labels that are words, and where the label column has no -1",
    arguments: [("\"spam\"", "[1, -1, -1]"), ("\"spam\"", "[1, -1, 0]"), ("1", "[0, -1, -1]")])
  func votesOfLabellingFunctions(label: String, votes: String) throws {
    let reading = try records([
      "{\"text\": \"t\", \"label\": \(label), \"annotations\": \(votes)}",
      "{\"text\": \"t\", \"label\": \(label), \"annotations\": [1, 1]}",
    ])
    #expect(!reading.records[0].votes.contains { $0.label.name == "-1" })
    #expect(reading.records[0].isLabelled)
  }

  @Test(
    "a vote of -1 counts where -1 is a class of the label column, or the only other vote is one class",
    arguments: [
      ("-1", "1", "[-1, 1]"), ("null", "null", "[-1, 1, -1]"), ("-1", "\"b\"", "[-1, 0, 1]"),
    ])
  func votesForAClassOfMinusOne(first: String, second: String, votes: String) throws {
    let reading = try records([
      "{\"text\": \"t\", \"label\": \(first), \"annotations\": \(votes)}",
      "{\"text\": \"t\", \"label\": \(second)}",
    ])
    #expect(reading.records[0].votes.contains { $0.label.name == "-1" })
  }
}
