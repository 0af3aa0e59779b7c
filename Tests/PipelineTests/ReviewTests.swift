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
      var result = AnnotationResult(
        credibility: isSuspect ? 0.2 + Double(index) / 10_000 : 0.9, flagged: isSuspect,
        reviewRank: isSuspect ? index / 5 + 1 : 201 + index,
        action: isSuspect ? .review : .kept, labels: records[index].labels,
        proposal: isSuspect ? [label] : [],
        softLabel: index == 1000 ? [("b", 1)] : [("a", 0.6), ("b", 0.4)], weight: 0.6, utility: 0,
        neighbours: [], signals: [], truncated: false, reason: nil)
      // If wrong, one step too low.
      result.steps = 1 - (result.credibility ?? 1)
      return result
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

  @Test func halfOfASmallFileIsDrawn() {
    let few = Array(records.prefix(50))
    let sample = AuditSample(
      few, results: Array(results.prefix(50)), decided: [], count: 100, seed: 1)
    #expect(Set(sample.entries.map(\.record)) == Set(0..<50))
    #expect(sample.entries.count { $0.sampling.source == .random } == 25)
  }

  @Test func whatNobodyCheckedIsNamed() throws {
    let sample = audit(40)
    // Ten of the forty most suspect stay undecided, and 300 records came later.
    let open = Set(sample.entries.filter { $0.sampling.source == .queue }.prefix(10).map(\.record))
    let decisions = sample.entries.filter { !open.contains($0.record) }.map(decision)
    var (more, grown) = (records, results)
    for index in 0..<300 {
      more.append(
        Record(
          line: 2000 + index, id: "new\(index)", content: .text("new \(index)"),
          labels: records[0].labels, isMultiLabel: false, votes: [], vector: nil))
      grown.append(results[1])
    }
    let reviewed = ReviewedResults(
      Review(decisions: decisions, digest: ""), records: more, results: grown, aliases: [:],
      mode: .auto)
    let rate = try #require(reviewed.errorRate)
    // A tenth of all is wrong, and what came later counts as the whole did.
    #expect(abs(rate.estimate - 0.1) < 0.05, "\(rate)")
    #expect(
      reviewed.notes.contains { $0.hasPrefix("10 records of the most suspect were not decided") })
    #expect(reviewed.notes.contains { $0.hasPrefix("300 records could not be drawn in the audit") })
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
    // Nothing tells which records are flagged.
    for bytes in [sample.lines(records), sample.table(records)] {
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!text.contains("flagged") && !text.contains("suspect"))
    }
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
      #expect(result.steps == nil)
    }
    // Half of the flagged records are wrong and none of the others, so nothing else is applied.
    #expect(reviewed.proven == .nothing)
    for index in records.indices where !reviewed.decided.contains(index) {
      let result = reviewed.results[index]
      let credibility = try #require(result.credibility)
      #expect(abs(credibility - (index < 1000 && index % 5 == 0 ? 0.5 : 0.97)) < 0.12, "\(index)")
      #expect(abs(result.softLabel.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
      #expect(abs((result.steps ?? 0) - (1 - credibility)) < 1e-9)
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
      for index in others where isApplied {
        let result = reviewed.results[index]
        #expect(result.softLabel.first?.label == "b" && result.weight > 0.8)
        #expect(result.softLabel.first?.probability == result.weight)
      }
      #expect(reviewed.proven.count == (isApplied ? 200 : 0))
      let changed = decisions.filter { $0.verdict == .change }.count
      #expect(
        reviewed.results.count { $0.action == .corrected }
          == (isApplied ? changed + others.count : 0))
    }
  }

  @Test func softLabelsAndWeightsAgreeWithTheLabel() throws {
    let decisions = audit(100).entries.map(decision)
    var results = results
    let (trusted, named) = (Array(11..<15), Array(21..<25))
    for index in trusted + named {
      results[index].action = .corrected
      results[index].labels = [label]
      results[index].softLabel = [("b", 0.7), ("a", 0.3)]
      results[index].weight = 0.7
    }
    for index in trusted {
      results[index].isLabelTrusted = true
      results[index].softLabel = [("b", 1)]
      results[index].weight = 1
    }
    let reviewed = ReviewedResults(
      Review(decisions: decisions, digest: ""), records: records, results: results, aliases: [:],
      mode: .auto)
    #expect(reviewed.notes.contains { $0.hasPrefix("credibilities were adjusted") })
    let left = (trusted + named).filter { !reviewed.decided.contains($0) }
    #expect(left.count > 4)
    for index in left {
      let result = reviewed.results[index]
      let share = try #require(result.softLabel.first { $0.label == "b" }?.probability)
      #expect(result.weight == share)
      #expect((share == 1) == trusted.contains(index))
      // What people decided changes how probable the given label is.
      if named.contains(index) {
        let given = try #require(result.softLabel.first { $0.label == "a" }?.probability)
        #expect(given == result.credibility)
      }
    }
  }

  /// The strata have other names in the files that people fill in.
  @Test func provenProposalsAreAppliedFromFilledInFiles() throws {
    let sample = audit(100)
    let lines = String(decoding: sample.lines(records), as: UTF8.self).split(separator: "\n")
    let filled = zip(sample.entries, lines).map { entry, line in
      let isFlagged = entry.record < 1000 && entry.record % 5 == 0
      return line.replacing("\"label\": \"\"", with: "\"label\": \"\(isFlagged ? "b" : "a")\"")
    }
    let source = try Source(
      file: "a.jsonl", content: Array((filled.joined(separator: "\n") + "\n").utf8))
    let decisions = try DecisionFile.read(source)
    #expect(decisions.count == 200)
    let reviewed = ReviewedResults(
      Review(decisions: decisions, digest: ""), records: records, results: results, aliases: [:],
      mode: .auto)
    #expect(reviewed.proven.count == 200)
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

  // MARK: - What changes after the draw

  private func reviewed(
    _ decisions: [Decision], _ records: [Record], _ results: [AnnotationResult],
    mode: CorrectionMode = .auto
  ) -> ReviewedResults {
    ReviewedResults(
      Review(decisions: decisions, digest: ""), records: records, results: results, aliases: [:],
      mode: mode)
  }

  /// The records with other labels, and what a run says of them: nothing is suspect.
  private func mended(_ indices: Set<Int>) -> (records: [Record], results: [AnnotationResult]) {
    var (records, results) = (records, results)
    for index in indices {
      let record = records[index]
      records[index] = Record(
        line: record.line, id: record.id, content: record.content, labels: [label],
        isMultiLabel: false, votes: [], vector: nil)
      (results[index].flagged, results[index].action) = (false, .kept)
      (results[index].proposal, results[index].credibility) = ([], 0.99)
    }
    return (records, results)
  }

  /// People mend or delete the wrong labels that they found, and run again: the others are as they were.
  @Test func mendingWhatWasFoundDoesNotMendTheRest() throws {
    let sample = audit(100)
    let decisions = sample.entries.map(decision)
    let found = Set(sample.entries.map(\.record).filter(isWrong))
    let before = try #require(reviewed(decisions, records, results).errorRate)
    // What is known to be wrong in what is left, out of 1,001.
    let rest = (before.estimate * 1001 - Double(found.count)) / 1001
    #expect(rest > 0.01)
    let mended = mended(found)
    let after = reviewed(decisions, mended.records, mended.results)
    let rate = try #require(after.errorRate)
    #expect(abs(rate.estimate - rest) < 1e-9, "\(rate) \(rest)")
    let truth = Double(100 - found.count) / 1001
    #expect(rate.low <= truth && truth <= rate.high)
    // Nor are credibilities adjusted to records of which the wrong ones have left.
    #expect(after.results[1].credibility == results[1].credibility)
    #expect(after.notes.contains { $0.contains("credibilities were not adjusted") })
    let kept = records.indices.filter { !found.contains($0) }
    let without = reviewed(decisions, kept.map { records[$0] }, kept.map { results[$0] })
    let second = try #require(without.errorRate)
    #expect(abs(second.estimate - rest * 1001 / Double(kept.count)) < 1e-9, "\(second)")
  }

  /// Property: whatever part of what they found people mend or remove, the interval contains the share of wrong
  /// labels in what is left about nine times in ten; at least 85 % of 40 reviews must hold.
  @Test func theIntervalHoldsForTheFileAsItIsNow() throws {
    var covered = 0
    for seed in 1...40 {
      let entries = audit(60, seed: seed).entries
      // Who stops early has decided a random part.
      let sample = entries.prefix(seed % 3 == 0 ? 80 : entries.count)
      let found = sample.map(\.record).filter(isWrong)
      let mended = mended(Set(found.prefix(seed % 2 == 0 ? found.count : 10)))
      let removed = Set(found.suffix(seed % 4 == 1 ? 10 : 0))
      let kept = records.indices.filter { !removed.contains($0) }
      let rate = try #require(
        reviewed(
          sample.map(decision), kept.map { mended.records[$0] }, kept.map { mended.results[$0] }
        ).errorRate)
      let wrong = kept.count { isWrong($0) && mended.records[$0].labels[0].name == "a" }
      let truth = Double(wrong) / Double(kept.count)
      if rate.low <= truth, truth <= rate.high { covered += 1 }
    }
    #expect(covered >= 34, "\(covered)")
  }

  /// A label that no record has is refused. It still says that the given one is wrong.
  @Test func refusedChangesCountAsWrong() throws {
    let sample = audit(100)
    // Half of the flagged ones are wrong, and proposals for them are right but for five.
    func decide(_ refused: Bool) -> [Decision] {
      var count = 0
      return sample.entries.map { entry in
        var decision = decision(entry)
        guard entry.record < 1000, entry.record % 5 == 0 else { return decision }
        (decision.verdict, decision.label) = (.change, .one("b"))
        guard refused, entry.sampling.source == .random, count < 5 else { return decision }
        count += 1
        decision.label = .one("zzz")
        return decision
      }
    }
    let (all, some) = (
      reviewed(decide(false), records, results), reviewed(decide(true), records, results)
    )
    #expect(all.errorRate == some.errorRate && all.errorRate != nil)
    #expect(all.proven.reviewed == some.proven.reviewed || some.proven == .nothing)
    #expect(all.proven.count == 200 && all.proven.right == all.proven.reviewed)
    #expect(some.proven.right <= all.proven.right - 5)
    let refused = decide(true).filter { $0.label == .one("zzz") }.compactMap(\.line)
    for line in refused { #expect(some.results[line - 1].action == .review) }
  }

  /// The most suspect ones were never drawn, and nothing was measured on them.
  @Test func whatCouldNotBeDrawnIsNotApplied() throws {
    func decision(_ entry: AuditSample.Entry) -> Decision {
      var decision = self.decision(entry)
      if entry.record < 1000, entry.record % 5 == 0 {
        (decision.verdict, decision.label) = (.change, .one("b"))
      }
      return decision
    }
    let entries = audit(100).entries
    let suspects = entries.filter { $0.sampling.source == .queue }.map(\.record)
    // Thirty of the suspects were not decided, or none was.
    for undecided in [Set(suspects.prefix(30)), Set(suspects)] {
      let part = reviewed(
        entries.filter { !undecided.contains($0.record) }.map(decision), records, results)
      #expect(part.proven.count == 200)
      for index in records.indices where index < 1000 && index % 5 == 0 {
        let isApplied = part.results[index].action == .corrected
        #expect(isApplied == !undecided.contains(index), "\(index)")
      }
    }
    // Nor was what came later.
    let more = reviewed(
      entries.map(decision),
      records
        + [
          Record(
            line: 1002, id: "new", content: .text("new"), labels: records[0].labels,
            isMultiLabel: false, votes: [], vector: nil)
        ], results + [results[995]])
    #expect(more.proven == .nothing && more.results[1001].action == .review)
    #expect(more.notes.contains { $0.contains("1 record could not be drawn") }, "\(more.notes)")
  }

  /// Two audits of the same records are not one: the one with more decisions stands for the others.
  @Test func auditsOfTheSameRecordsAreNotMixed() throws {
    let (one, other) = (audit(60), audit(60, seed: 2))
    #expect(one.entries[0].sampling.audit != other.entries[0].sampling.audit)
    let inBoth = Set(one.entries.map(\.record)).intersection(other.entries.map(\.record))
    let decisions =
      one.entries.map(decision)
      + other.entries.filter { !inBoth.contains($0.record) }.prefix(20).map(decision)
    let alone = try #require(reviewed(one.entries.map(decision), records, results).errorRate)
    let both = try #require(reviewed(decisions, records, results).errorRate)
    #expect(both.basis.contains("60 records drawn at random"), "\(both.basis)")
    #expect(abs(both.estimate - alone.estimate) < 0.02)
    // Where both are decided, their suspects are the same, and none of them is undecided.
    let all = DecisionSet((one.entries + other.entries).map(decision)).decided
    let whole = try #require(reviewed(all, records, results).errorRate)
    #expect(abs(whole.estimate - 0.1) < 0.04 && whole.high - whole.low < 0.15, "\(whole)")
  }

  @Test func oddProbabilitiesAndRecordsOfOneIDAreNoTrouble() throws {
    var twins = records
    for index in [1, 2] {
      twins[index] = Record(
        line: index + 1, id: "same", content: .text("same"), labels: records[index].labels,
        isMultiLabel: false, votes: [], vector: nil)
    }
    let decisions = [1, 2, 3].map { index in
      Decision(
        id: twins[index].id, line: index + 1, contentDigest: twins[index].contentDigest,
        given: .one("a"), verdict: index == 2 ? .change : .keep,
        label: index == 2 ? .one("b") : nil,
        sampling: Decision.Sampling(
          source: .random, probability: 1e-300, stratum: index == 3 ? "x" : "y"))
    }
    let result = reviewed(DecisionSet(decisions).decided, twins, results)
    #expect(result.errorRate?.basis.contains("3 records drawn at random") == true)
    #expect(result.results[1].action == .protected && result.results[2].action == .corrected)
  }
}
