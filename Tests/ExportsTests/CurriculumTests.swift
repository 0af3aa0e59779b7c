import Testing

@testable import Exports

struct CurriculumTests {
  /// A query whose positive has this credibility and whose negative looks this much like it.
  private func labelled(_ id: String, credibility: Double, hardness: Double) -> ExportedQuery {
    query(
      id, "why",
      Judged("p", id: "p", grade: 1, relevance: 0.5, credibility: credibility),
      Judged("n", id: "n", grade: 0, relevance: 0.5 + hardness))
  }

  private func ids(_ export: Export, _ file: ExportFile) throws -> [String] {
    try export.objects(file).compactMap { $0["id"] as? String }
  }

  @Test("Shares that mean something")
  func shares() {
    #expect(Curriculum(share: 0) == nil)
    #expect(Curriculum(share: -0.1) == nil)
    #expect(Curriculum(share: 1.01) == nil)
    #expect(Curriculum(share: .nan) == nil)
    #expect(Curriculum(share: 1)?.share == 1)
  }

  @Test("From each group of equally hard queries the most credible")
  func choice() throws {
    // By hardness: c b | a f | d e.
    let queries = [
      labelled("a", credibility: 0.6, hardness: -0.1),
      labelled("b", credibility: 0.99, hardness: -0.3),
      labelled("c", credibility: 0.98, hardness: -0.4),
      labelled("d", credibility: 0.2, hardness: 0.1),
      labelled("e", credibility: 0.3, hardness: 0.2),
      labelled("f", credibility: 0.6, hardness: 0),
    ]
    let half = try #require(Curriculum(share: 0.5)).export(queries)
    #expect(try ids(half, .secondStage) == ["a", "b", "e"])
    #expect(
      half.notes.last
        == "*.curriculum-2.jsonl: the human labels of 3 out of 6 queries that have any")
    let all = try #require(Curriculum(share: 1)).export(queries)
    #expect(try ids(all, .secondStage) == ["a", "b", "c", "d", "e", "f"])
    let least = try #require(Curriculum(share: 0.001)).export(queries)
    #expect(try ids(least, .secondStage) == ["b"])
  }

  @Test("The model's labels first, a person's second, and no flagged one")
  func stages() throws {
    let export = try #require(Curriculum(share: 1)).export([
      query(
        "both", "why", soft: [0.1, 0.6, 0.3, 0],
        Judged("said", id: "1", grade: 3, utility: 0.2, credibility: 0.9),
        Judged("found", id: "2", utility: 0.9, useful: true),
        Judged("agreed", id: "3", grade: 1, utility: 0.8, useful: true, credibility: 0.9),
        Judged("no", id: "4", grade: 0, utility: 0.1)),
      query(
        "flagged", "why",
        Judged("p", id: "1", grade: 1, credibility: 0.01, proposal: 0, flagged: true),
        Judged("n", id: "2", utility: 0.7, useful: true)),
      query("nobody", "why", Judged("p", id: "1", useful: true)),
    ])
    let first = try export.objects(.firstStage)
    #expect(first.count == 3)
    #expect(first[0]["positive_id"] as? [String] == ["2", "3"])
    #expect(first[0]["negative_id"] as? [String] == ["4"])
    #expect(export.text(.firstStage).contains("\"positive_weight\": [0.6667, 0.3333]"))
    let second = try export.objects(.secondStage)
    #expect(second.count == 1)
    #expect(second[0]["positive_id"] as? [String] == ["3", "1"])
    #expect(second[0]["negative_id"] as? [String] == ["4"])
    #expect(export.text(.secondStage).contains("\"positive_weight\": [0.2500, 0.7500]"))
    #expect(
      export.notes
        == ["*.curriculum-2.jsonl: the human labels of 1 out of 2 queries that have any"])
  }

  @Test("No human labels, no second stage")
  func unlabelled() throws {
    let export = try #require(Curriculum(share: 0.2)).export([
      query("q", "why", Judged("p", id: "1", useful: true))
    ])
    #expect(export.files.map(\.lines) == [1, 0])
    #expect(export.files.map(\.file) == Curriculum.files)
  }
}
