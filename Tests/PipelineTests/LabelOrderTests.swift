import Records
import Testing

@testable import Pipeline

@Suite("Label order") struct LabelOrderTests {
  private func records(_ labels: [String]) -> AnnotatedRecords {
    AnnotatedRecords(
      labels.enumerated().map { record("text \($0.offset)", $0.element, line: $0.offset + 1) })
  }

  @Test("labels get their places in the order, and those that it does not name get none")
  func places() {
    let annotated = records(["good", "bad", "n/a?", "ok"])
    #expect(annotated.labels.map(\.name) == ["good", "bad", "n/a?", "ok"])
    #expect(annotated.ranks(["bad", "ok", "good", "great"]) == [2, 0, nil, 1])
  }

  @Test("an order of which the file has one label or none says nothing")
  func unused() {
    #expect(records(["good", "bad"]).ranks([]).isEmpty)
    #expect(records(["good", "bad"]).ranks(["good", "great"]).isEmpty)
  }
}
