@testable import Mining
import Records
import Testing

@Suite("Mining") struct CandidateMiningTests {
  private let texts = ["aab", "ab", "h", "abc", "gh", "aa"]

  private func mine(
    _ method: CandidateMining.Method, count: Int = 3, _ list: QueryList,
    _ judgements: Judgements = Judgements(), runs: [RetrievalRun] = [], corpus: Corpus? = nil,
    threads: Int = 1
  ) throws -> CandidateMining.Outcome {
    try CandidateMining(method: method, count: count, threads: threads).mine(
      corpus ?? letters(), for: list, selected: Array(list.queries.indices),
      judgements: judgements, runs: runs, encoder: { LetterEncoder() })
  }

  private func letters() -> Corpus { corpus(texts: texts) }

  @Test("The nearest passages come first with rank, score and place; a copy of the query is none")
  func dense() throws {
    let found = try mine(.dense, try queries("aa"))
    let candidates = found.queries[0].candidates
    #expect(candidates.map(\.id) == ["d0", "d1", "d3"])
    #expect(candidates.map(\.rank) == [1, 2, 3])
    // d5 is the query itself, and has the first place of the list.
    #expect(candidates[0].dense?.rank == 2)
    #expect(abs((candidates[0].dense?.score ?? 0) - 0.8944) < 0.0001)
    #expect(candidates[0].bm25 == nil && found.encodedCount == 7)
  }

  @Test(
    "Judged passages are always there, in an order that does not tell their grade, and the search is measured by them"
  )
  func judged() throws {
    var judgements = Judgements()
    judgements.add(query: 0, document: 2, id: "d2", grade: 1)
    judgements.add(query: 0, document: 4, id: "d4", grade: 0)
    judgements.add(query: 0, document: 1, id: "d1", grade: 2)
    judgements.add(query: 0, document: 5, id: "d5", grade: 1)
    let found = try mine(.dense, try queries("aa"), judgements)
    let candidates = found.queries[0].candidates
    #expect(candidates.map(\.id) == ["d5", "d0", "d1", "d2", "d4"])
    #expect(candidates.map(\.rank) == [1, 2, 3, nil, nil])
    #expect(candidates.map(\.grade) == [1, nil, 2, 1, 0])
    #expect(found.positives.judged == 3 && found.positives.found == 2)
  }

  @Test("A text that is graded twice is there once for each grade")
  func contradiction() throws {
    var judgements = Judgements()
    judgements.add(query: 0, document: 1, id: "d1", grade: 1)
    judgements.add(query: 0, document: 1, id: "copy", grade: 0)
    judgements.add(query: 0, document: 1, id: "other", grade: 0)
    let found = try mine(.dense, count: 1, try queries("ab c"), judgements)
    let same = found.queries[0].candidates.filter { $0.document == 1 }
    #expect(same.map(\.id) == ["d1", "copy"] && same.map(\.grade) == [1, 0])
  }

  @Test(
    "A query that has no token has no candidate, and more candidates than documents are all of them"
  )
  func limits() throws {
    let found = try mine(.dense, count: 1_000_000_000, try queries("xyz", "ab"))
    #expect(found.queries[0].candidates.isEmpty && found.emptyCount == 1)
    // All but the copy of the query.
    #expect(found.queries[1].candidates.count == texts.count - 1)
  }

  @Test("Words alone need no encoder, and a run joins in or stands alone")
  func methods() throws {
    let words = corpus(texts: ["red fox", "blue cat", "red dog"])
    var run = RetrievalRun()
    run.ofQuery[0] = [1, 0]
    struct Unwanted: Error {}
    for (method, runs, expected) in [
      (CandidateMining.Method.bm25, [], ["d0", "d2"]), (.bm25, [run], ["d0", "d1", "d2"]),
      (.run, [run], ["d1", "d0"]),
    ] {
      let found = try CandidateMining(method: method, count: 5, threads: 1).mine(
        words, for: try queries("red thing"), selected: [0], runs: runs,
        encoder: { throw Unwanted() })
      #expect(found.queries[0].candidates.map(\.id) == expected, "\(method)")
    }
    #expect(
      throws: Unwanted.self,
      performing: {
        _ = try CandidateMining(threads: 1).mine(
          words, for: try queries("red"), selected: [0], encoder: { throw Unwanted() })
      })
  }

  @Test(
    "A line has the query, its passages with labels and places, and the ids of copies; emend reads it"
  )
  func lines() throws {
    var texts = letters()
    texts.add(id: "twin", title: nil, text: "aab")
    var judgements = Judgements()
    judgements.add(query: 0, document: 0, id: "twin", grade: 1)
    let found = try mine(.fusion, count: 2, try queries("aa \"x\""), judgements, corpus: texts)
    var bytes: [UInt8] = []
    found.queries[0].append(to: &bytes, corpus: texts)
    #expect(
      String(decoding: bytes, as: UTF8.self) == """
        {"id": "q0", "query": "aa \\"x\\"", "passages": [{"id": "d5", "text": "aa", "rank": 1, "dense": 1.0000, \
        "dense_rank": 1, "bm25": 1.5404, "bm25_rank": 1}, {"id": "twin", "text": "aab", "label": 1, "rank": 2, \
        "dense": 0.8944, "dense_rank": 2, "copies": ["d0"]}]}

        """)
    let reading = try Reader().read(Source(file: "q.jsonl", content: bytes))
    guard case .retrieval(let retrieval)? = reading.records.first?.content else {
      Issue.record("the line is no query")
      return
    }
    #expect(retrieval.passages.map(\.grade) == [nil, 1] && reading.rejections.isEmpty)
  }

  @Test("The same bytes whatever the threads")
  func threads() throws {
    let letters = Array("abcdefgh gh ")
    func text(_ number: Int) -> String {
      String(
        (0..<8).map { (place: Int) -> Character in letters[(number >> place) % 8 + place % 4] })
    }
    let texts = corpus(texts: (0..<400).map(text))
    let list = try queries("abc", "gh", "de f", "aabb")
    var outputs: [[UInt8]] = []
    for threads in [1, 3] {
      var bytes: [UInt8] = []
      let found = try mine(.fusion, count: 20, list, corpus: texts, threads: threads)
      for query in found.queries { query.append(to: &bytes, corpus: texts) }
      outputs.append(bytes)
    }
    #expect(outputs[0] == outputs[1] && !outputs[0].isEmpty)
  }
}
