import Testing

@testable import Exports

struct CurriculumTests {
  /// A query whose positive has this credibility, and whose negative is by `hardness` more relevant than
  /// the positive.
  private func labelled(_ id: String, credibility: Double, hardness: Double) -> ExportedQuery {
    query(
      id, "why",
      AssessedPassage("p", id: "p", grade: 1, relevance: 0.5, credibility: credibility),
      AssessedPassage("n", id: "n", grade: 0, relevance: 0.5 + hardness))
  }

  private func ids(_ export: Export, _ file: ExportFile) throws -> [String] {
    try export.objects(file).compactMap { $0["id"] as? String }
  }

  @Test("A share lies above 0 and is at most 1")
  func shares() {
    #expect(Curriculum(share: 0) == nil)
    #expect(Curriculum(share: -0.1) == nil)
    #expect(Curriculum(share: 1.01) == nil)
    #expect(Curriculum(share: .nan) == nil)
    #expect(Curriculum(share: 1)?.share == 1)
  }

  @Test("The second stage has the most credible query of each group of similar hardness")
  func choice() throws {
    // Sorted by hardness and in groups: c b | a f | d e.
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

  @Test("The first stage has the run's labels, the second the person's labels that are not flagged")
  func stages() throws {
    let export = try #require(Curriculum(share: 1)).export([
      query(
        "both", "why", soft: [0.1, 0.6, 0.3, 0],
        AssessedPassage("said", id: "1", grade: 3, utility: 0.2, credibility: 0.9),
        AssessedPassage("found", id: "2", utility: 0.9, useful: true),
        AssessedPassage("agreed", id: "3", grade: 1, utility: 0.8, useful: true, credibility: 0.9),
        AssessedPassage("no", id: "4", grade: 0, utility: 0.1)),
      query(
        "flagged", "why",
        AssessedPassage("p", id: "1", grade: 1, credibility: 0.01, proposal: 0, flagged: true),
        AssessedPassage("n", id: "2", utility: 0.7, useful: true)),
      query("nobody", "why", AssessedPassage("p", id: "1", useful: true)),
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
        == [
          "*.curriculum-1.jsonl: 0 of 1 negative are hard",
          "*.curriculum-2.jsonl: 0 of 1 negative are hard",
          "*.curriculum-2.jsonl: the human labels of 1 out of 2 queries that have any",
        ])
  }

  @Test("Without human labels the second stage is empty")
  func unlabelled() throws {
    let export = try #require(Curriculum(share: 0.2)).export([
      query("q", "why", AssessedPassage("p", id: "1", useful: true))
    ])
    #expect(export.files.map(\.lines) == [1, 0])
    #expect(export.files.map(\.file) == Curriculum.files)
  }
}
