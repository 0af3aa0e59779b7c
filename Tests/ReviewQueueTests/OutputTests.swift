import Assessments
import Decisions
import Foundation
import Records
import Report
import ReviewQueue
import Testing

/// An output of a run, as tests write it.
struct Output {
  let content: String
  var name = "out.jsonl"
  var suspects: [RunReport.Suspect] = []

  init(lines: [String]) { content = lines.joined() }
  init(content: String, name: String) {
    self.content = content
    self.name = name
  }

  /// So many suspects, the first the most suspect.
  static func lines(_ count: Int) -> Output {
    var lines = (0..<count).map { line(id: "r\($0)", text: "text \($0)", label: "b", rank: $0 + 1) }
    lines.append(line(id: "x", text: "another", label: "a", rank: count + 1, action: "kept"))
    return Output(lines: lines)
  }

  static func line(
    id: String, text: String, label: String, rank: Int = 1, action: String = "review",
    evidence: String = #"{"neighbours": [], "signals": {}}"#
  ) -> String {
    #"{"id": "\#(id)", "text": "\#(text)", "label": "\#(label)", "emend": {"credibility": 0.1, "flagged": "#
      + (action == "kept" ? "false" : "true")
      + #", "action": "\#(action)", "label": "\#(label)", "proposal": "a", "soft_label": {"a": 0.9, "b": 0.1}, "#
      + #""weight": 1, "utility": 0, "review_rank": \#(rank), "evidence": \#(evidence)}}"# + "\n"
  }

  func reviewable(_ choice: ReviewableOutput.Choice) throws -> ReviewableOutput {
    let reading = try Reader().read(Source(file: name, content: Array(content.utf8)))
    #expect(reading.rejections.isEmpty)
    return try ReviewableOutput(reading, report: report, choice: choice)
  }

  var reviewable: ReviewableOutput { get throws { try reviewable(.suspects) } }

  private var report: RunReport {
    RunReport(
      input: RunReport.InputFacts(
        name: "in.jsonl", digest: "", bytes: 0, lines: 0, records: 0, rejected: 0, kinds: [:]),
      counts: RunReport.Counts(), errorRate: nil, witness: nil, labels: [], transitions: [],
      suspects: suspects, utility: nil, notes: [],
      provenance: RunReport.Provenance(
        version: "", encoder: nil, rules: "", rulesDigest: "", mode: "", signals: [], seed: 1))
  }
}

@Suite struct OutputTests {
  @Test func suspectsComeInTheOrderOfReview() throws {
    let output = Output(lines: [
      Output.line(id: "1", text: "one", label: "b", rank: 3),
      Output.line(id: "2", text: "two", label: "b", rank: 9, action: "kept"),
      Output.line(id: "3", text: "three", label: "b", rank: 1, action: "corrected"),
      Output.line(id: "4", text: "four", label: "b", rank: 2),
      Output.line(id: "5", text: "five", label: "b", rank: 4, action: "protected"),
    ])
    #expect(try output.reviewable(.suspects).order == [3, 0])
    #expect(try output.reviewable(.replaced).order == [2])
    #expect(try output.reviewable(.all).order == [2, 3, 0, 1])
  }

  @Test(
    "records that share a line are reviewed one by one, and are called by their numbers",
    arguments: [("[", ", ", "]"), ("[\n", ",\n", "]"), ("{\"version\": 1, \"data\": [", ",", "]}")])
  func oneLine(start: String, between: String, end: String) throws {
    let objects = (1...4).map {
      Output.line(id: "r\($0)", text: "text \($0)", label: "b", rank: 5 - $0).trimmed
    }
    let content = start + objects.joined(separator: between) + end
    let output = Output(content: content, name: "out.json")
    let reviewable = try output.reviewable
    #expect(reviewable.order == [3, 2, 1, 0])
    let hasLines = between.contains("\n")
    #expect(reviewable.places == (hasLines ? .line : .record))
    let card = ReviewCard(2, of: reviewable, isBlind: false)
    #expect(card.line == (hasLines ? 4 : 3))
    #expect(card.parts.map(\.text) == ["text 3"])
    #expect(card.proposal == ["a"])
  }

  @Test func whatPeopleDecidedInTheRunIsNotAskedAgain() throws {
    let line = Output.line(id: "1", text: "one", label: "b")
    let decided = line.replacing(#""review_rank": 1"#, with: #""review_rank": null"#)
    // Version 0.6.0 wrote no ranks.
    let early = line.replacing(#""review_rank": 1, "#, with: "")
    #expect(try Output(lines: [line]).reviewable.order == [0])
    #expect(try Output(lines: [decided]).reviewable.order.isEmpty)
    #expect(try Output(lines: [early]).reviewable.order == [0])
  }

  @Test func aCardShowsWhatTheRunFound() throws {
    let evidence =
      #"{"neighbours": [{"id": "2", "label": "a", "similarity": 0.9}, {"id": "gone", "label": "a", "similarity": 0.5}],"#
      + #" "signals": {"ridge": 0.2}}"#
    let output = try Output(lines: [
      Output.line(id: "1", text: "<b>one</b>", label: "b", evidence: evidence),
      Output.line(id: "2", text: "two", label: "a", action: "kept"),
    ]).reviewable
    let card = ReviewCard(0, of: output, isBlind: false) { "a linear model (\($0))" }
    #expect(card.parts == [ReviewCard.Part(name: "", text: "<b>one</b>")])
    #expect(card.given == ["b"] && card.proposal == ["a"] && card.credibility == 0.1)
    #expect(card.likely.map(\.label) == ["a", "b"])
    #expect(card.neighbours.map(\.text) == ["two", ""] && card.neighbours.map(\.line) == [2, nil])
    #expect(card.signals.map(\.name) == ["a linear model (ridge)"])
    let blind = ReviewCard(0, of: output, isBlind: true)
    #expect(blind.proposal.isEmpty && blind.likely.isEmpty && blind.neighbours.isEmpty)
    #expect(blind.credibility == nil && blind.signals.isEmpty && blind.reason == nil)
    #expect(blind.given == ["b"])
  }

  @Test func aTableTakesNeighboursAndSignalsFromTheReport() throws {
    let header =
      "id,text,label,emend_credibility,emend_flagged,emend_action,emend_label,emend_proposal,emend_weight,"
      + "emend_soft_label,emend_reason,emend_review_rank,emend_original_label"
    var output = Output(
      content: """
        \(header)
        1,"one, more",b,0.1,true,review,b,a,1,"{""a"": 0.9, ""b"": 0.1}",,1,
        2,two,a,0.9,false,kept,a,,1,"{""a"": 1}",,2,

        """, name: "out.csv")
    var suspect = RunReport.Suspect(
      line: 2, id: "1", text: "one, more", label: "b", proposal: "a", action: "review",
      credibility: 0.1, neighbours: [])
    suspect.nearest = [RunReport.Suspect.Nearest(line: 3, label: "a", similarity: 0.7)]
    suspect.signals = ["ridge": 0.3]
    output.suspects = [suspect]
    let reviewable = try output.reviewable
    #expect(reviewable.order == [0])
    let card = ReviewCard(0, of: reviewable, isBlind: false)
    #expect(card.proposal == ["a"] && card.likely.map(\.label) == ["a", "b"])
    #expect(card.neighbours.map(\.text) == ["two"] && card.signals.map(\.name) == ["ridge"])
  }

  @Test func aListOfObjectsIsReviewedAsWell() throws {
    let lines = [
      Output.line(id: "1", text: "one", label: "b"),
      Output.line(id: "2", text: "two", label: "a", action: "kept"),
    ]
    let output = Output(
      content: "[\n" + lines[0].dropLast() + ",\n" + lines[1] + "]\n", name: "out.json")
    let reviewable = try output.reviewable
    #expect(reviewable.order.map { reviewable.records[$0].id } == ["1"])
    #expect(reviewable.findings[reviewable.order[0]]?.proposal == ["a"])
  }

  @Test func recordsWithSeveralLabelsHaveProposalsOfSeveral() throws {
    let line =
      #"{"id": "1", "text": "one", "label": ["a", "b"], "emend": {"credibility": 0.1, "flagged": true, "action": "review", "label": ["a", "b"], "proposal": ["a", "c"], "soft_label": {"a": 1, "c": 0.8}, "weight": 1, "utility": null, "review_rank": 1, "evidence": {"neighbours": [], "signals": {}}}}"#
      + "\n" + #"{"id": "2", "text": "two", "label": ["c"]}"# + "\n"
    let reviewable = try Output(lines: [line]).reviewable
    let card = ReviewCard(try #require(reviewable.order.first), of: reviewable, isBlind: false)
    #expect(card.mayHaveSeveral && card.given == ["a", "b"] && card.proposal == ["a", "c"])
  }

  @Test func anAuditGivesItsOrderAndHowRecordsWereDrawn() throws {
    let output = try Output.lines(4).reviewable(.all)
    func line(_ index: Int, _ probability: Double) -> String {
      let record = output.records[index]
      return
        #"{"id": "\#(record.id)", "line": \#(record.line), "content_sha256": "\#(record.contentDigest)", "text": "x", "given": "b", "decision": "", "label": "", "sampled": {"from": "random", "stratum": "flagged", "probability": \#(probability), "of": 9}}"#
        + "\n"
    }
    let foreign = #"{"id": "no", "text": "x", "given": "b", "decision": ""}"# + "\n"
    let text = line(2, 0.5) + foreign + line(0, 0.25) + line(2, 0.5)
    let audit = AuditOrder(
      try DecisionFile.subjects(Source(file: "a.jsonl", content: Array(text.utf8))),
      in: output.records)
    #expect(audit.order == [2, 0] && audit.foreignCount == 1)
    #expect(audit.samplings[0]?.probability == 0.25 && audit.samplings[2]?.size == 9)
  }
}
