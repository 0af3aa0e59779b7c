import Assessments
import Decisions
import Foundation
import LabelQuality
import Records
import Report
import Testing

@testable import Pipeline

/// Audits, and what a run makes of decisions.
@Suite struct ReviewTests {
  /// 1,000 records: every fifth is flagged and has a proposal, and every tenth is wrong.
  let records: [Record] =
    (0..<1000).map { index in
      Record(
        line: index + 1, id: "r\(index)", content: .text("text \(index)"),
        labels: [Label(name: "a", token: "\"a\"")], isMultiLabel: false, votes: [], vector: nil)
    } + [
      Record(
        line: 1001, id: "b", content: .text("another label"),
        labels: [Label(name: "b", token: "\"b\"")], isMultiLabel: false, votes: [], vector: nil)
    ]
  let label = Label(name: "b", token: "\"b\"")

  private func isWrong(_ index: Int) -> Bool { index % 10 == 0 }

  private var results: [AnnotationResult] {
    records.indices.map { index in
      let isSuspect = index < 1000 && index % 5 == 0
      return AnnotationResult(
        credibility: isSuspect ? 0.2 + Double(index) / 10_000 : 0.9, flagged: isSuspect,
        reviewRank: isSuspect ? index / 5 + 1 : 201 + index,
        action: isSuspect ? .review : .kept, labels: records[index].labels,
        proposal: isSuspect ? [label] : [],
        softLabel: index == 1000 ? [("b", 1)] : [("a", 0.6), ("b", 0.4)], weight: 0.6, utility: 0,
        neighbours: [], signals: [], truncated: false, reason: nil)
    }
  }

  private func audit(_ count: Int, seed: Int = 1, decided: Set<Int> = []) -> AuditSample {
    AuditSample(records, results: results, decided: decided, count: count, seed: seed)
  }

  /// What a person decides who is always right.
  private func decision(_ entry: AuditSample.Entry) -> Decision {
    let record = records[entry.record]
    return Decision(
      id: record.id, line: record.line, contentDigest: record.contentDigest,
      given: Decision.Answer(record), verdict: isWrong(entry.record) ? .change : .keep,
      label: isWrong(entry.record) ? .one("b") : nil, sampling: entry.sampling)
  }

  @Test func anAuditHasTheMostSuspectAndARandomSampleOfTheRest() throws {
    let sample = audit(60)
    #expect(sample.entries.count == 120 && Set(sample.entries.map(\.record)).count == 120)
    let queue = sample.entries.filter { $0.sampling.source == .queue }
    #expect(Set(queue.map(\.record)) == Set((0..<60).map { $0 * 5 }))
    #expect(queue.allSatisfy { $0.sampling.probability == 1 && $0.sampling.size == 60 })
    // Of the 140 other flagged ones and the 801 others, a third and two thirds.
    let strata = Dictionary(
      grouping: sample.entries.filter { $0.sampling.source == .random }, by: \.sampling.stratum)
    #expect(strata["flagged"]?.count == 20 && strata["not flagged"]?.count == 40)
    let flagged = try #require(strata["flagged"]?.first?.sampling)
    #expect(flagged.size == 140 && flagged.probability == 20.0 / 140)
  }

  @Test func theDrawFollowsFromTheSeed() {
    #expect(audit(50).entries.map(\.record) == audit(50).entries.map(\.record))
    #expect(audit(50).entries.map(\.record) != audit(50, seed: 2).entries.map(\.record))
    let decided = Set((0..<50).map { $0 * 5 })
    #expect(audit(50, decided: decided).entries.allSatisfy { !decided.contains($0.record) })
    #expect(audit(5000).entries.count == 1001)
  }

  @Test func everyRecordIsDrawnWithTheProbabilityThatIsWritten() {
    var drawn = 0
    for seed in 0..<200 {
      drawn += audit(60, seed: seed).entries.count {
        $0.sampling.source == .random && $0.sampling.stratum == "flagged" && $0.record < 650
      }
    }
    // 70 of the 140 in the stratum; 200 draws of 20 give 2,000 on average, with a deviation of 30.
    #expect(abs(drawn - 2000) < 120, "\(drawn)")
  }

  @Test func theTableSaysTheSameAsTheLines() throws {
    let sample = audit(10)
    func read(_ bytes: [UInt8], _ name: String) throws -> [PlainValue?] {
      var texts: [PlainValue?] = []
      var reader = PlainReader()
      try reader.read(
        Source(file: name, content: bytes), paths: [["id"], ["text"], ["content_sha256"]]
      ) {
        texts += $1
      }
      return texts
    }
    let lines = try read(sample.lines(records), "a.jsonl")
    #expect(try "\(read(sample.table(records), "a.csv"))" == "\(lines)")
    #expect(!String(decoding: sample.lines(records), as: UTF8.self).contains("proposal"))
    // Nothing is filled in yet.
    for (name, bytes) in [("a.jsonl", sample.lines(records)), ("a.csv", sample.table(records))] {
      #expect(try DecisionFile.read(Source(file: name, content: bytes)).isEmpty)
    }
  }

  /// A quote before a mark that joins it to what follows is one character with it in Swift, and one byte in a
  /// table.
  @Test func quotesAreDoubledWhateverFollows() throws {
    var odd = records
    for (index, mark) in ["\u{200D}", "\u{301}", "\u{FE0F}"].enumerated() {
      odd[index] = Record(
        line: index + 1, id: "r\(index)", content: .text("a\"\(mark),b\"\(mark)\r\nc\(index)"),
        labels: records[index].labels, isMultiLabel: false, votes: [], vector: nil)
    }
    let sample = AuditSample(odd, results: results, decided: [], count: 1000, seed: 1)
    var texts: Set<String> = []
    var reader = PlainReader()
    let table = try Source(file: "a.csv", content: sample.table(odd))
    try reader.read(table, paths: [["text"]]) { _, values in
      if case .string(let text)? = values[0] { texts.insert(text) }
    }
    #expect(texts == Set(odd.compactMap(\.content.texts.first)))
  }

  @Test func whatPeopleDecidedIsMeasuredAndSet() throws {
    let sample = audit(100)
    let reviewed = ReviewedResults(
      Review(decisions: sample.entries.map(decision), digest: ""), records: records,
      results: results, aliases: [:], mode: .auto)
    let rate = try #require(reviewed.errorRate)
    #expect(rate.low <= 0.1 && 0.1 <= rate.high && rate.high - rate.low < 0.15, "\(rate)")
    #expect(reviewed.decided == Set(sample.entries.map(\.record)))
    for entry in sample.entries {
      let result = reviewed.results[entry.record]
      #expect(result.action == (isWrong(entry.record) ? .corrected : .protected))
      #expect(result.labels == [isWrong(entry.record) ? label : records[entry.record].labels[0]])
    }
    // Half of the flagged records are wrong and none of the others, so nothing else is applied.
    #expect(reviewed.proven == .nothing)
    for index in records.indices where !reviewed.decided.contains(index) {
      let result = reviewed.results[index]
      let credibility = try #require(result.credibility)
      #expect(abs(credibility - (index < 1000 && index % 5 == 0 ? 0.5 : 0.97)) < 0.12, "\(index)")
      #expect(abs(result.softLabel.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    }
  }

  @Test func aSecondAuditStandsForWhatTheFirstLeft() throws {
    let first = audit(60)
    let known = Set(first.entries.map(\.record))
    let second = audit(60, seed: 2, decided: known)
    #expect(second.entries.allSatisfy { !known.contains($0.record) })
    let reviewed = ReviewedResults(
      Review(decisions: (first.entries + second.entries).map(decision), digest: ""),
      records: records,
      results: results, aliases: [:], mode: .auto)
    let rate = try #require(reviewed.errorRate)
    // The queues have the first 120 flagged records, of which half are wrong; the rest has 40 wrong ones.
    #expect(rate.low >= 0.06 && rate.low <= 0.1 && 0.1 <= rate.high && rate.high < 0.17, "\(rate)")
    // Records that came later were in no draw, and may be right or wrong.
    let grown =
      records
      + (0..<100).map { index in
        Record(
          line: 2000 + index, id: "new\(index)", content: .text("new \(index)"),
          labels: records[0].labels, isMultiLabel: false, votes: [], vector: nil)
      }
    let more = ReviewedResults(
      Review(decisions: (first.entries + second.entries).map(decision), digest: ""), records: grown,
      results: results + (0..<100).map { _ in results[1] }, aliases: [:], mode: .auto)
    let wider = try #require(more.errorRate)
    #expect(wider.high - wider.low > rate.high - rate.low + 0.08, "\(wider)")
  }

  @Test func provenProposalsAreAppliedInAutoAlone() {
    // Here every flagged record is wrong.
    func decision(_ entry: AuditSample.Entry) -> Decision {
      var decision = self.decision(entry)
      if entry.record < 1000, entry.record % 5 == 0 {
        (decision.verdict, decision.label) = (.change, .one("b"))
      }
      return decision
    }
    let decisions = audit(100).entries.map(decision)
    for (mode, isApplied) in [(CorrectionMode.auto, true), (.suggest, false)] {
      let reviewed = ReviewedResults(
        Review(decisions: decisions, digest: ""), records: records, results: results, aliases: [:],
        mode: mode)
      let others = records.indices.filter {
        $0 < 1000 && $0 % 5 == 0 && !reviewed.decided.contains($0)
      }
      #expect(others.allSatisfy { (reviewed.results[$0].action == .corrected) == isApplied })
      #expect(reviewed.proven.count == (isApplied ? 200 : 0))
      let changed = decisions.filter { $0.verdict == .change }.count
      #expect(
        reviewed.results.count { $0.action == .corrected }
          == (isApplied ? changed + others.count : 0))
    }
  }

  @Test func decisionsHoldForTheSameTextAndForNoOther() {
    var twin = records
    twin[7] = Record(
      line: 8, id: "twin", content: .text(" text  1"), labels: records[1].labels,
      isMultiLabel: false,
      votes: [], vector: nil)
    let decision = Decision(
      id: "r1", line: 2, contentDigest: records[1].contentDigest, given: .one("a"),
      verdict: .change,
      label: .one("b"))
    let reviewed = ReviewedResults(
      Review(decisions: [decision], digest: ""), records: twin, results: results, aliases: [:],
      mode: .auto)
    #expect(reviewed.decided == [1, 7])
    #expect(reviewed.errorRate == nil && reviewed.notes.contains { $0.contains("not measured") })
  }
}
