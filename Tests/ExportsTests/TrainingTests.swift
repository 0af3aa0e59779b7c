import Testing

@testable import Exports

/// Triplets and multi-positive lines, byte for byte.
struct TrainingTests {
  @Test("Hard negatives first, each with every positive; no false negative")
  func triplets() {
    let export = ExportKind.triplets.export([
      query(
        "q", "a\"b",
        Judged("easy", id: "1", utility: 0.9, useful: false),
        Judged("second", id: "2", grade: 1, utility: 0.5),
        Judged("hard", id: "3", utility: 0.2, hard: true),
        Judged("first", id: "4", title: "T", grade: 1, utility: 0.8),
        Judged("omitted", id: "5", utility: 0.7, falseNegative: true))
    ])
    #expect(
      export.text(.triplets) == """
        {"anchor": "a\\"b", "positive": "T. first", "negative": "hard"}
        {"anchor": "a\\"b", "positive": "second", "negative": "hard"}
        {"anchor": "a\\"b", "positive": "T. first", "negative": "easy"}
        {"anchor": "a\\"b", "positive": "second", "negative": "easy"}

        """)
    #expect(export.files.map(\.lines) == [4])
    #expect(export.notes.isEmpty)
  }

  @Test("At most so many of a query; queries without a side are counted")
  func limits() {
    let positives = (0..<5).map { Judged("p\($0)", id: "p\($0)", grade: 1, useful: true) }
    let negatives = (0..<500).map { Judged("n\($0)", id: "n\($0)", grade: 0) }
    let export = ExportKind.triplets.export([
      query("full", "q", positives + negatives), query("for", "q", positives),
      query("against", "q", negatives), query("empty", "q", []),
    ])
    #expect(export.files.map(\.lines) == [Triplets.maximumPerQuery])
    #expect(export.dropped == .init(withoutPositive: 2, withoutNegative: 1))
    #expect(
      export.notes == [
        "*.triplets.jsonl: 2 queries without a positive left out",
        "*.triplets.jsonl: 1 query without a negative left out",
      ])
  }

  @Test("All positives and negatives, shares that sum to 1")
  func multiPositive() {
    let export = ExportKind.multiPositive.export([
      query(
        "q", "why", soft: [0.1, 0.2, 0.4, 0.3],
        Judged("b", id: "1", grade: 1, utility: 0.5),
        Judged("n", id: "2", grade: 0, utility: 0.3),
        Judged("a", id: "3", utility: 0.9, useful: true),
        Judged("h", id: "4", utility: 0.1, hard: true)),
      query("none", "why", Judged("n", id: "1", grade: 0)),
      query("lone", "why", Judged("a", id: "1", grade: 3), Judged("b", id: "2", grade: 1)),
    ])
    #expect(
      export.text(.multiPositive) == """
        {"id": "q", "query": "why", "positive": ["a", "b"], "positive_id": ["3", "1"], \
        "positive_weight": [0.8000, 0.2000], "negative": ["h", "n"], "negative_id": ["4", "2"], \
        "hard_negatives": 1}
        {"id": "lone", "query": "why", "positive": ["a", "b"], "positive_id": ["1", "2"], \
        "positive_weight": [0.5000, 0.5000], "negative": [], "negative_id": [], "hard_negatives": 0}

        """)
    #expect(export.notes == ["*.multi-positive.jsonl: 1 query without a positive left out"])
  }

  @Test("A text is trained for or against, once, and never blank")
  func copies() throws {
    let export = ExportKind.multiPositive.export([
      query(
        "q", "why",
        Judged("same", id: "1", grade: 1), Judged("same", id: "2", grade: 1),
        Judged("same", id: "3", grade: 0), Judged(" \n", id: "4", grade: 1),
        Judged("", id: "5", grade: 0), Judged("unsure", id: "6", grade: 0),
        Judged("unsure", id: "7", falseNegative: true), Judged("twice", id: "8", utility: 0.6),
        Judged("twice", id: "9", utility: 0.2, hard: true))
    ])
    let line = try #require(try export.objects(.multiPositive).first)
    #expect(line["positive_id"] as? [String] == ["1"])
    #expect(line["negative_id"] as? [String] == ["9"])
  }

  @Test("The order of equals is the record's")
  func ties() throws {
    let passages = (0..<40).map { Judged("n\($0)", id: "\($0)", utility: 0.5) }
    let export = ExportKind.multiPositive.export([
      query("q", "why", passages + [Judged("p", id: "p", grade: 1)])
    ])
    let line = try #require(try export.objects(.multiPositive).first)
    #expect(line["negative_id"] as? [String] == (0..<40).map(String.init))
  }
}
