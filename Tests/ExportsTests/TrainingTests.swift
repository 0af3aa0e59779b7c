import Testing

@testable import Exports

/// Compares lines of triplets and multi-positive files byte for byte.
struct TrainingTests {
  @Test("Hard negatives come first, each with every positive; false negatives are left out")
  func triplets() {
    let export = ExportKind.triplets.export([
      query(
        "q", "a\"b",
        AssessedPassage("easy", id: "1", utility: 0.9, useful: false),
        AssessedPassage("second", id: "2", grade: 1, utility: 0.5),
        AssessedPassage("hard", id: "3", utility: 0.2, hard: true),
        AssessedPassage("first", id: "4", title: "T", grade: 1, utility: 0.8),
        AssessedPassage("omitted", id: "5", utility: 0.7, falseNegative: true))
    ])
    #expect(
      export.text(.triplets) == """
        {"anchor": "a\\"b", "positive": "T. first", "negative": "hard"}
        {"anchor": "a\\"b", "positive": "second", "negative": "hard"}
        {"anchor": "a\\"b", "positive": "T. first", "negative": "easy"}
        {"anchor": "a\\"b", "positive": "second", "negative": "easy"}

        """)
    #expect(export.files.map(\.lines) == [4])
    #expect(export.notes == ["*.triplets.jsonl: 1 of 2 negatives is hard"])
  }

  @Test("A query has a limited number of lines; queries without a positive or negative are counted")
  func limits() {
    let positives = (0..<5).map { AssessedPassage("p\($0)", id: "p\($0)", grade: 1, useful: true) }
    let negatives = (0..<500).map { AssessedPassage("n\($0)", id: "n\($0)", grade: 0) }
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
        "*.triplets.jsonl: 0 of 4 negatives are hard",
      ])
  }

  @Test("A line has all positives and negatives, and shares that sum to 1")
  func multiPositive() {
    let export = ExportKind.multiPositive.export([
      query(
        "q", "why", soft: [0.1, 0.2, 0.4, 0.3],
        AssessedPassage("b", id: "1", grade: 1, utility: 0.5),
        AssessedPassage("n", id: "2", grade: 0, utility: 0.3),
        AssessedPassage("a", id: "3", utility: 0.9, useful: true),
        AssessedPassage("h", id: "4", utility: 0.1, hard: true)),
      query("none", "why", AssessedPassage("n", id: "1", grade: 0)),
      query(
        "lone", "why", AssessedPassage("a", id: "1", grade: 3),
        AssessedPassage("b", id: "2", grade: 1)),
    ])
    #expect(
      export.text(.multiPositive) == """
        {"id": "q", "query": "why", "positive": ["a", "b"], "positive_id": ["3", "1"], \
        "positive_weight": [0.8000, 0.2000], "negative": ["h", "n"], "negative_id": ["4", "2"], \
        "hard_negatives": 1}
        {"id": "lone", "query": "why", "positive": ["a", "b"], "positive_id": ["1", "2"], \
        "positive_weight": [0.5000, 0.5000], "negative": [], "negative_id": [], "hard_negatives": 0}

        """)
    #expect(
      export.notes == [
        "*.multi-positive.jsonl: 1 query without a positive left out",
        "*.multi-positive.jsonl: 1 of 2 negatives is hard",
      ])
  }

  @Test(
    "FlagEmbedding's lines have both lists and log-odds; queries that lack one are left out and counted"
  )
  func flagEmbedding() {
    let export = ExportKind.flagEmbedding.export([
      query(
        "q", "why", AssessedPassage("n", id: "1", grade: 0, utility: 0.25),
        AssessedPassage("p", id: "2", title: "T", grade: 1, utility: 1),
        AssessedPassage("h", id: "3", utility: 0.5, hard: true)),
      query("for", "q", AssessedPassage("p", id: "1", grade: 1)),
      query("against", "q", AssessedPassage("n", id: "1", grade: 0)),
    ])
    #expect(
      export.text(.flagEmbedding) == """
        {"query": "why", "pos": ["T. p"], "neg": ["h", "n"], "pos_scores": [6.9068], "neg_scores": [0.0000, -1.0986]}

        """)
    #expect(export.dropped == .init(withoutPositive: 1, withoutNegative: 1))
  }

  @Test(
    "All lines of n-tuples have as many negatives as give the most, and a line for each positive")
  func tuples() {
    func negatives(_ count: Int) -> [AssessedPassage] {
      (0..<count).map { AssessedPassage("n\($0)", id: "n\($0)", utility: 0.4, hard: $0 == 1) }
    }
    let positive = AssessedPassage("p", id: "p", grade: 1, utility: 0.9)
    let other = AssessedPassage("o", id: "o", grade: 1, utility: 0.8)
    let export = ExportKind.tuples.export([
      query("a", "why", [positive, other] + negatives(3)),
      query("b", "how", [positive] + negatives(2)),
      query("c", "who", [positive] + negatives(1)), query("d", "what", [positive]),
    ])
    #expect(
      export.text(.tuples) == """
        {"anchor": "why", "positive": "p", "negative_1": "n1", "negative_2": "n0"}
        {"anchor": "why", "positive": "o", "negative_1": "n1", "negative_2": "n0"}
        {"anchor": "how", "positive": "p", "negative_1": "n1", "negative_2": "n0"}

        """)
    #expect(
      export.notes == [
        "*.tuples.jsonl: 1 query without a negative left out",
        "*.tuples.jsonl: 2 of 4 negatives are hard",
        "*.tuples.jsonl: each line has 2 negatives; 1 query with fewer left out",
      ])
    #expect(Tuples.width([]) == 0 && Tuples.width([0]) == 0 && Tuples.width([40, 30]) == 8)
    #expect(Tuples.width([1, 1, 1]) == 1 && Tuples.width([4, 1]) == 4)
  }

  @Test("A text is a positive or a negative, occurs once and is not blank")
  func copies() throws {
    let export = ExportKind.multiPositive.export([
      query(
        "q", "why",
        AssessedPassage("same", id: "1", grade: 1), AssessedPassage("same", id: "2", grade: 1),
        AssessedPassage("same", id: "3", grade: 0), AssessedPassage(" \n", id: "4", grade: 1),
        AssessedPassage("", id: "5", grade: 0), AssessedPassage("unsure", id: "6", grade: 0),
        AssessedPassage("unsure", id: "7", falseNegative: true),
        AssessedPassage("twice", id: "8", utility: 0.6),
        AssessedPassage("twice", id: "9", utility: 0.2, hard: true))
    ])
    let line = try #require(try export.objects(.multiPositive).first)
    #expect(line["positive_id"] as? [String] == ["1"])
    #expect(line["negative_id"] as? [String] == ["9"])
  }

  @Test("Passages with equal scores keep the order of the record")
  func ties() throws {
    let passages = (0..<40).map { AssessedPassage("n\($0)", id: "\($0)", utility: 0.5) }
    let export = ExportKind.multiPositive.export([
      query("q", "why", passages + [AssessedPassage("p", id: "p", grade: 1)])
    ])
    let line = try #require(try export.objects(.multiPositive).first)
    #expect(line["negative_id"] as? [String] == (0..<40).map(String.init))
  }
}
