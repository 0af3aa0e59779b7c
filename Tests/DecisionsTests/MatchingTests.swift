import Decisions
import Records
import TestSupport
import Testing

/// Which records decisions are about.
@Suite struct MatchingTests {
  private func records(_ lines: [String]) throws -> [Record] {
    let text = lines.joined(separator: "\n") + "\n"
    return try Reader().read(Source(file: "a.jsonl", content: Array(text.utf8))).records
  }

  private func record(_ id: String, _ text: String, _ label: String) -> String {
    "{\"id\": \"\(id)\", \"text\": \"\(text)\", \"label\": \"\(label)\"}"
  }

  private func decision(
    _ id: String, _ text: String, given: String? = nil, _ verdict: Decision.Verdict,
    _ label: String? = nil, line: Int? = nil, by: String = ""
  ) -> Decision {
    Decision(
      id: id, line: line, contentDigest: Record.contentDigest(ofText: text),
      given: given.map { .one($0) }, verdict: verdict, label: label.map { .one($0) }, by: by)
  }

  /// The line of each record that is decided, with what becomes of its label.
  private func outcomes(_ matching: DecisionMatching) -> [String] {
    matching.matches.map { match in
      switch match.revision.outcome {
      case .confirmed: "\(match.revision.record + 1) confirmed"
      case .replaced(let labels): "\(match.revision.record + 1) \(labels.map(\.name))"
      case .unfitting: "\(match.revision.record + 1) unfitting"
      }
    }
  }

  /// As where a program exports a task that a crowd has labelled.
  @Test func manyPeopleAboutOneRecordTakeLinearTimeAndAShortSentence() throws {
    func crowd(_ count: Int) -> [Decision] {
      (0..<count).map { decision("1", "x", given: "a", $0 == 0 ? .keep : .neither, by: "p\($0)") }
    }
    let time = processorTime { _ = DecisionSet(crowd(40_000)) }
    let set = DecisionSet(crowd(40_000))
    #expect(time < .seconds(5))
    #expect(set.conflicts.first?.decisions.count == 40_000)
    #expect((set.conflicts.first?.description.utf8.count ?? 0) < 500)
    // The last of a person counts, in the order in which they were made.
    let changed = DecisionSet(
      crowd(3) + [decision("1", "x", given: "a", .neither, by: "p0")])
    #expect(changed.conflicts.isEmpty && changed.decided.map(\.by) == ["p0"])
  }

  @Test func whatKeepsAnUnnamedLabelHoldsForItsOwnRecord() throws {
    let records = try records([
      record("1", "x", "a"), record("2", "x", "b"), record("3", "x", "a"),
    ])
    let unnamed = DecisionMatching(byContent: [decision("1", "x", .keep)], in: records)
    #expect(outcomes(unnamed) == ["1 confirmed"] && unnamed.refusals.isEmpty)
    let named = DecisionMatching(byContent: [decision("1", "x", given: "a", .keep)], in: records)
    #expect(outcomes(named) == ["1 confirmed", "2 [\"a\"]", "3 confirmed"])
    // Two lines with one id have different labels, so that it is not known which was seen.
    let twins = try self.records([record("1", "x", "a"), record("1", "x", "b")])
    for matching in [
      DecisionMatching([decision("1", "x", .keep)], in: twins),
      DecisionMatching(byContent: [decision("1", "x", .keep)], in: twins),
    ] {
      #expect(matching.matches.isEmpty && matching.refusals.count == 1)
      #expect(matching.refusals.first?.reason.contains("add \"line\" or \"given\"") == true)
    }
    let one = DecisionMatching([decision("1", "x", .keep, line: 2)], in: twins)
    #expect(outcomes(one) == ["2 confirmed"])
  }

  @Test func linesTellRecordsOfOneIDAndOneTextApart() throws {
    let records = try records([record("1", "x", "a"), record("1", "x", "b")])
    let decisions = [
      decision("1", "x", given: "a", .keep, line: 1),
      decision("1", "x", given: "b", .change, "a", line: 2),
    ]
    let set = DecisionSet(decisions)
    #expect(set.decided == decisions && set.conflicts.isEmpty)
    for matching in [
      DecisionMatching(set.decided, in: records),
      DecisionMatching(byContent: set.decided, in: records),
    ] {
      #expect(outcomes(matching) == ["1 confirmed", "2 [\"a\"]"] && matching.refusals.isEmpty)
    }
    // Who decides about a line anew, takes back what was said about that line alone.
    let anew = DecisionSet(decisions + [decision("1", "x", .skip, line: 2)])
    #expect(anew.decided == [decisions[0]])
    // A decision without a line is about all.
    let all = DecisionSet(decisions + [decision("1", "x", given: "a", .neither)])
    #expect(
      all.decided.map(\.verdict) == [.neither, .neither] && all.decided.map(\.line) == [1, 2])
  }

  @Test func aFileWithoutNamesIsOnePersons() {
    let (one, other) = (decision("1", "x", given: "a", .keep), decision("1", "x", .change, "b"))
    let set = DecisionSet(files: [("1.csv", [one]), ("2.csv", [other])])
    #expect(set.decided.isEmpty)
    #expect(set.conflicts.map(\.description) == ["1.csv says a; 2.csv says b"])
    #expect(DecisionSet(files: [("1.csv", [one, other])]).decided == [other])
    // Who has a name is one person in all files.
    let named = [one, other].map { decision in
      var decision = decision
      decision.by = "Anna"
      return decision
    }
    let anna = DecisionSet(files: [("1.csv", [named[0]]), ("2.csv", [named[1]])])
    #expect(anna.decided.map(\.verdict) == [.change] && anna.conflicts.isEmpty)
  }

  @Test func theSameTextOfATrustedRecordIsNotChanged() throws {
    var records = try records([record("1", "x", "b"), record("3", "y", "a")])
    let gold = Record(
      line: 2, id: "2", content: .text("x"), labels: records[0].labels, isMultiLabel: false,
      votes: [], vector: nil, isTrusted: true)
    records.insert(gold, at: 1)
    let change = DecisionMatching(
      byContent: [decision("1", "x", given: "b", .change, "a")], in: records)
    #expect(outcomes(change) == ["1 [\"a\"]"])
    let own = DecisionMatching(
      byContent: [decision("2", "x", given: "b", .change, "a")], in: records)
    #expect(outcomes(own) == ["1 [\"a\"]", "2 [\"a\"]"])
  }

  @Test func recordsOfATextOnWhichDecisionsDifferAreNamed() throws {
    let records = try records([
      record("1", "x", "a"), record("2", "x", "a"), record("3", "x", "a"), record("4", "y", "b"),
    ])
    let matching = DecisionMatching(
      byContent: [
        decision("1", "x", given: "a", .keep), decision("2", "x", given: "a", .change, "b"),
      ], in: records)
    #expect(outcomes(matching) == ["1 confirmed", "2 [\"b\"]"] && matching.leftOut == [2])
  }

  @Test func aRefusalSaysWhichRecordItIsAbout() throws {
    let records = try records([record("1", "x", "a"), record("2", "y", "b")])
    let matching = DecisionMatching(
      byContent: [
        decision("2", "y", given: "b", .change, "c"), decision("9", "z", given: "b", .keep),
      ], in: records)
    #expect(
      matching.refusals.map(\.record) == [1, nil] && matching.refusals.map(\.number) == [0, 1])
    #expect(matching.refusals.first?.reason.contains("correct its spelling") == true)
  }

  /// Each of many decisions about one text is compared once.
  @Test func manyRecordsOfOneTextTakeLinearTime() throws {
    let count = 5000
    let records = try records((0..<count).map { record("\($0)", "x", "a") })
    let decisions = (0..<count).map { decision("\($0)", "x", given: "a", .keep) }
    let time = processorTime {
      #expect(DecisionMatching(byContent: decisions, in: records).matches.count == count)
    }
    #expect(time < .seconds(10), "\(time)")
  }
}
