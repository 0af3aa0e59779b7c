import Testing

@testable import Exports

struct ConsistencyFilterTests {
  @Test("The filter keeps positives among the two nearest whose similarity reaches the threshold")
  func rate() {
    let statistic = ConsistencyFilter().statistic([
      query(
        "a", "why",
        AssessedPassage("kept", id: "1", grade: 1, dense: 0.9),
        AssessedPassage("equal second", id: "2", grade: 1, dense: 0.8),
        AssessedPassage("equal second", id: "3", grade: 1, dense: 0.8),
        AssessedPassage("third", id: "4", grade: 1, dense: 0.79),
        AssessedPassage("no positive", id: "5", grade: 0, dense: 0.1)),
      query("b", "why", AssessedPassage("too far", id: "1", grade: 1, dense: 0.69)),
      query("c", "why", AssessedPassage("unknown", id: "1", grade: 1)),
      query("d", "why", []),
    ])
    #expect(statistic == .init(pairs: 5, kept: 3))
    #expect(statistic.keepRate == 0.6)
  }

  @Test("Without positives there is no rate")
  func none() {
    #expect(ConsistencyFilter().statistic([]).keepRate == nil)
  }
}
