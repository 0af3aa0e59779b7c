import Testing
import Vectors

@Suite("Search among candidates") struct CrossSearchTests {
  @Test("the nearest candidates come first, ties by index")
  func nearestFirst() {
    // Row 0 is the query. Rows 1 and 3 are the same, and row 2 is nearer.
    let vectors = Matrix(rows: 4, columns: 2, storage: [1, 0, 0.6, 0.8, 0.8, 0.6, 0.6, 0.8])
    let found = nearestCandidates(
      of: [0], among: [1, 2, 3], in: vectors, k: 2, threads: 1)
    #expect(found.indices == [2, 1])
    #expect(found.similarities == [0.8, 0.6])
  }

  @Test("the result equals that of a full sort", arguments: [1, 5, 60])
  func equalsFullSort(k: Int) {
    let vectors = ProductTests.random(60, 8, seed: 12).normalised()
    let candidates = (20..<60).map(Int32.init)
    let found = nearestCandidates(
      of: [3], among: candidates, in: vectors, k: k, threads: 2)
    let sorted = candidates.sorted {
      (vectors.dotProduct(3, Int($0)), -$0) > (vectors.dotProduct(3, Int($1)), -$1)
    }
    #expect(found.indices == Array(sorted.prefix(k)))
  }
}

@Suite("Search of queries") struct QuerySearchTests {
  @Test("the result equals that of a full sort, whatever the threads", arguments: [1, 7, 500])
  func equalsFullSort(k: Int) {
    let rows = ProductTests.random(300, 12, seed: 5).normalised()
    let queries = ProductTests.random(70, 12, seed: 6).normalised()
    let products = queries.timesTransposed(rows, threads: 1)
    let found = nearestRows(of: queries, among: rows, k: k, threads: 3)
    let width = min(k, 300)
    for query in 0..<70 {
      let scores = products.row(query)
      let sorted = (0..<300).sorted {
        (scores[scores.startIndex + $0], -$0) > (scores[scores.startIndex + $1], -$1)
      }
      #expect(
        found.indices[query * width..<(query + 1) * width].map(Int.init)
          == Array(sorted.prefix(width)))
    }
    #expect(found.scores == nearestRows(of: queries, among: rows, k: k, threads: 1).scores)
  }

  @Test("no query and no row give empty lists")
  func empty() {
    let rows = Matrix(rows: 2, columns: 3)
    #expect(
      nearestRows(of: Matrix(rows: 0, columns: 3), among: rows, k: 2, threads: 2).indices.isEmpty)
    #expect(
      nearestRows(of: rows, among: Matrix(rows: 0, columns: 3), k: 2, threads: 2).indices.isEmpty)
  }
}
