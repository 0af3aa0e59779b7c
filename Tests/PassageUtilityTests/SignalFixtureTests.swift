import Foundation
import Testing

@testable import PassageUtility

/// Compares the signals with those of a reference implementation in Python, over the sample's queries.
@Suite struct SignalFixtureTests {
  private struct Expected: Decodable {
    let question: String
    let query: String
    let lexical: [Double]
    let residual: [Double]
    let bridge: [Double]
    let cue: [Double]
  }

  private struct Line: Decodable {
    struct Passage: Decodable { let text: String }
    let id: String
    let query: String
    let passages: [Passage]
    let answers: [String]?
  }

  @Test("signals differ from the reference's by less than 1e-8") func signals() throws {
    let fixture = try #require(
      Bundle.module.url(forResource: "signals", withExtension: "json", subdirectory: "Fixtures"))
    let expected = try JSONDecoder().decode([Expected].self, from: Data(contentsOf: fixture))
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let sample = try String(
      contentsOf: root.appending(path: "samples/questions.jsonl"), encoding: .utf8)
    let lines = try sample.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    let queries = lines.map {
      CandidateQuery(
        text: $0.query, passages: $0.passages.map(\.text), answers: $0.answers ?? [])
    }
    var file = FileTexts(queries)
    var compared = 0
    for (line, query) in zip(lines, queries) {
      let same = Similarities.ToQuestion(
        passage: query.passages.map { _ in 1 }, sentence: query.passages.map { _ in 1 },
        nearestSentence: query.passages.map { _ in 0 })
      for question in query.questions {
        let wanted = try #require(expected.first { $0.query == line.id && $0.question == question })
        let read = ExtractiveSignals(question, query, same, in: &file)
        for (own, other) in [
          (read.lexical, wanted.lexical), (read.residual, wanted.residual),
          (read.bridge, wanted.bridge), (read.cue, wanted.cue),
        ] {
          for (left, right) in zip(own, other) {
            #expect(abs(left - right) < 1e-8, "\(question): \(own) \(other)")
            compared += 1
          }
        }
      }
    }
    #expect(compared > 300)
  }
}
