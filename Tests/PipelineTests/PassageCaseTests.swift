import Assessments
import Exports
import Foundation
import Records
import Report
import Rules
import Testing

@testable import Pipeline

/// Queries as other tools write them: one passage with two labels, grades below 0, grades as strings.
struct PassageCaseTests {
  private func run(_ lines: [String]) throws -> (passages: [[[String: Any]]], RepairedDataset) {
    let source = try source(lines, file: "data.jsonl")
    let repaired = try DatasetRepair(
      rules: extractiveRules(), fields: FieldMapping(), mode: .auto, threads: 1,
      models: StubModels()
    ).run(source)
    let reverted = try Reverter().revert(
      output: Source(file: "data.jsonl", content: try repaired.output))
    #expect(reverted.bytes == source.bytes)
    let passages = try repaired.output.split(separator: 10).map { line in
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      let passages = try #require(object["passages"] as? [[String: Any]])
      return try passages.map { try #require($0["emend"] as? [String: Any]) }
    }
    return (passages, repaired)
  }

  private func query(_ passages: [(id: String, text: String, label: String)]) -> String {
    let list = passages.map {
      "{\"id\": \"\($0.id)\", \"text\": \"\($0.text)\", \"label\": \($0.label)}"
    }
    return "{\"query\": \"what removes rust from a chain\", \"passages\": ["
      + list.joined(separator: ", ") + "]}"
  }

  @Test(
    "A positive that is there again among the negatives: one of the two labels is suspect",
    arguments: ["again", "p"])
  func again(id: String) throws {
    let line = query([
      ("p", "vinegar removes rust from a chain", "1"), ("n", "chains stretch with use", "0"),
      (id, "vinegar  removes rust from a chain", "0"),
    ])
    let (passages, repaired) = try run([line])
    #expect(repaired.rejections == [])
    let flags = passages[0].map { $0["flagged"] as? Bool }
    #expect([flags[0], flags[2]].count { $0 == true } == 1)
    let credibilities = passages[0].compactMap { $0["credibility"] as? Double }
    #expect(abs(credibilities[0] + credibilities[2] - 1) < 0.001)
    for place in [0, 2] { #expect((credibilities[place] < 0.5) == (flags[place] == true)) }
    let finding = repaired.report.findings?.first { $0.code == .conflictingPassages }
    #expect(finding?.count == 1)
    #expect(
      repaired.report.findings?.contains { $0.code == .repeatedPassage } == (id == "p"))
    // The file of grades has the text once.
    let qrels = ExportKind.qrels.export(repaired.queries).files.first { $0.file == .qrels }
    let lines = try #require(qrels).bytes.split(separator: 10)
    #expect(lines.count == 2)
  }

  @Test("Two blank passages with different labels are two, and not one with a wrong label")
  func blank() throws {
    let line = query([
      ("p", "vinegar removes rust from a chain", "1"), ("b", "", "1"), ("c", "  ", "0"),
    ])
    let (_, repaired) = try run([line])
    #expect(repaired.report.findings?.contains { $0.code == .conflictingPassages } == false)
    let qrels = ExportKind.qrels.export(repaired.queries).files.first { $0.file == .qrels }
    #expect(try #require(qrels).bytes.split(separator: 10).count == 3)
  }

  @Test("The same id with another text is a finding, and its query stays")
  func sameID() throws {
    let line = query([("p", "vinegar removes rust", "1"), ("p", "something else", "0")])
    let (passages, repaired) = try run([line, line])
    #expect(repaired.rejections == [] && passages.map(\.count) == [2, 2])
    let finding = repaired.report.findings?.first { $0.code == .repeatedPassageID }
    #expect(finding?.lines == [1, 2])
    let qrels = ExportKind.qrels.export(repaired.queries).files
    #expect(qrels.first { $0.file == .qrels }?.lines == 4)
    #expect(qrels.first { $0.file == .corpus }?.lines == 2)
  }

  @Test("A grade below 0 is no judgement, and its query stays")
  func unjudged() throws {
    let (passages, repaired) = try run([
      query([("a", "vinegar removes rust", "2"), ("b", "chains stretch", "-1")]),
      query([("a", "vinegar removes rust", "-2"), ("b", "chains stretch", "-1")]),
    ])
    #expect(passages.map(\.count) == [2, 2])
    #expect(passages[0][0]["credibility"] is Double)
    for unjudged in [passages[0][1], passages[1][0], passages[1][1]] {
      #expect(!(unjudged["credibility"] is Double))
      #expect(unjudged["flagged"] as? Bool == false)
    }
    let finding = repaired.report.findings?.first { $0.code == .unjudgedPassage }
    #expect(finding?.lines == [1, 2])
  }

  @Test("Grades that are strings of numbers are grades")
  func strings() throws {
    let (asStrings, _) = try run([
      query([("a", "vinegar removes rust", "\"1\""), ("b", "chains stretch", "\"0\"")])
    ])
    let (asNumbers, _) = try run([
      query([("a", "vinegar removes rust", "1"), ("b", "chains stretch", "0")])
    ])
    for (one, other) in zip(asStrings[0], asNumbers[0]) {
      #expect(one["credibility"] as? Double == other["credibility"] as? Double)
      #expect(one["credibility"] is Double)
    }
  }
}
