import Testing

@testable import Exports

struct ConsistencyFilterTests {
  @Test("A pair stays in the top two and above the threshold")
  func rate() {
    let statistic = ConsistencyFilter().statistic([
      query(
        "a", "why",
        Judged("kept", id: "1", grade: 1, dense: 0.9),
        Judged("equal second", id: "2", grade: 1, dense: 0.8),
        Judged("equal second", id: "3", grade: 1, dense: 0.8),
        Judged("third", id: "4", grade: 1, dense: 0.79),
        Judged("no positive", id: "5", grade: 0, dense: 0.1)),
      query("b", "why", Judged("too far", id: "1", grade: 1, dense: 0.69)),
      query("c", "why", Judged("unknown", id: "1", grade: 1)),
      query("d", "why", []),
    ])
    #expect(statistic == .init(pairs: 5, kept: 3))
    #expect(statistic.keepRate == 0.6)
  }

  @Test("No pairs, no rate")
  func none() {
    #expect(ConsistencyFilter().statistic([]).keepRate == nil)
  }
}
