import Assessments
import Foundation
import Testing

@testable import Report

struct RunDifferenceTests {
  private func item(
    _ id: String, _ content: String, line: Int = 1, given: String = "a", label: String? = nil,
    proposal: [String] = [], flagged: Bool = false, credibility: Double? = 0.9
  ) -> RunDifference.Item {
    RunDifference.Item(
      id: id, line: line, content: content,
      state: RunDifference.State(
        given: [given], label: [label ?? given], proposal: proposal, flagged: flagged,
        credibility: credibility))
  }

  private func difference(
    _ before: [RunDifference.Item], _ after: [RunDifference.Item]
  ) -> RunDifference {
    RunDifference(
      before, after,
      named: (RunDifference.Side(name: "before"), RunDifference.Side(name: "after")))
  }

  @Test("The same results differ in nothing")
  func nothing() {
    let items = [item("1", "x"), item("2", "y", flagged: true, credibility: nil)]
    let same = difference(items, items)
    #expect(same.isEmpty && same.changes.isEmpty && same.common == 2)
    #expect(same.meanCredibilityDistance == 0)
    #expect(same.sentences == ["both say the same about all 2"])
  }

  @Test("Every kind of change is counted and listed, the most important first")
  func kinds() {
    let found = difference(
      [
        item("gone", "g"), item("text", "old"), item("label", "l", flagged: true, credibility: 0.1),
        item("flag", "f", flagged: true, credibility: 0.4), item("moved", "m", credibility: 0.9),
        item("steady", "s", credibility: 0.9),
      ],
      [
        item("new", "n"), item("text", "other"),
        item("label", "l", label: "b", flagged: true, credibility: 0.1),
        item("flag", "f", credibility: 0.45), item("moved", "m", credibility: 0.75),
        item("steady", "s", credibility: 0.85),
      ])
    #expect(
      found.changes.map(\.id) == ["gone", "new", "text", "label", "flag", "moved"])
    #expect(
      found.counts
        == ["removed": 1, "added": 1, "text": 1, "label": 1, "flag": 1, "credibility": 1])
    #expect(found.noLongerFlagged == 1 && found.newlyFlagged == 0 && found.common == 5)
    #expect(abs((found.meanCredibilityDistance ?? 0) - 0.05) < 1e-9)
    #expect(found.after.replaced == 1 && found.before.flagged == 2)
  }

  @Test(
    "Records are found by their text where ids are line numbers, and equal ones keep their order")
  func pairs() {
    let before = [
      item("1", "x", line: 1), item("2", "y", line: 2, credibility: 0.1),
      item("3", "y", line: 3, credibility: 0.2),
    ]
    let after = [
      item("1", "new", line: 1), item("2", "x", line: 2), item("3", "y", line: 3, credibility: 0.2),
      item("4", "y", line: 4, credibility: 0.1),
    ]
    let found = difference(before, after)
    // The record with id 3 and text y is the same; the other y is found by its text.
    #expect(found.changes.map(\.kinds) == [[.added]])
    #expect(found.changes.first?.lines.after == 1)
  }

  @Test("The list ends somewhere, and the JSON form can be read again")
  func form() throws {
    let before = (0..<1500).map { item("\($0)", "\($0)") }
    let after = (0..<1500).map { item("\($0)", "\($0)", flagged: true) }
    let found = difference(before, after)
    #expect(found.changes.count == RunDifference.mostChanges && found.counts["flag"] == 1500)
    let again = try JSONDecoder().decode(RunDifference.self, from: Data(found.json()))
    #expect(again == found)
    #expect(found.summary().contains("1500 newly flagged"))
    #expect(found.summary().split(separator: "\n").count == 24)
  }
}
