import Testing

@testable import Report

@Suite("Distribution of credibility") struct CredibilityFactsTests {
  @Test("bins, line and yield of four labels, worked by hand")
  func small() {
    let labels = [(0.02, true), (0.30, true), (0.90, false), (1.0, false)]
    let facts = CredibilityFacts(
      of: labels.map { (credibility: $0.0, isFlagged: $0.1) }, order: [0, 1, 2, 3])
    #expect(facts.flagged[0] == 1 && facts.flagged[6] == 1 && facts.flagged.reduce(0, +) == 2)
    #expect(facts.kept[18] == 1 && facts.kept[19] == 1 && facts.kept.reduce(0, +) == 2)
    #expect(facts.rounded { ($0 * 100).rounded() / 100 }.flagLine == 0.6)
    #expect(facts.checked == [1, 2, 3, 4])
    #expect(facts.rounded { ($0 * 100).rounded() / 100 }.expectedWrong == [0.98, 1.68, 1.78, 1.78])
    #expect(abs(facts.expectedTotal - 1.78) < 1e-9)
  }

  @Test("the line has as few labels as possible on the wrong side")
  func line() {
    func line(_ labels: [(Double, Bool)]) -> Double? {
      CredibilityFacts(
        of: labels.map { (credibility: $0.0, isFlagged: $0.1) }, order: Array(labels.indices)
      ).rounded { ($0 * 100).rounded() / 100 }.flagLine
    }
    #expect(line([(0.5, false), (0.7, false)]) == nil)
    #expect(
      line([(0.1, true), (0.2, true), (0.4, false), (0.8, true), (0.9, false), (0.95, false)])
        == 0.3)
    #expect(line([(0.5, true), (0.7, true)]) == 0.85)
    // No line is better than calling all of them right.
    #expect(line([(0.2, false), (0.5, false), (0.9, true)]) == nil)
  }

  @Test("a long curve has few points, and the last is the end")
  func curve() {
    let facts = CredibilityFacts(
      of: (0..<5_000).map { (credibility: Double($0) / 5_000, isFlagged: $0 < 1_000) },
      order: Array(0..<5_000))
    #expect(facts.checked.count == CredibilityFacts.curvePoints)
    #expect(facts.checked.last == 2_000)
    #expect(facts.checked == facts.checked.sorted())
    #expect(zip(facts.expectedWrong, facts.expectedWrong.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("points are written in thousandths of the picture, and stay in it")
  func points() {
    let group = PointGroup(name: "a", flagged: false, points: [(0, 1), (0.1234, -3), (2, 0.5)])
    #expect(group.points == "0,1000 123,0 1000,500")
    #expect(group.count == 3)
  }
}
