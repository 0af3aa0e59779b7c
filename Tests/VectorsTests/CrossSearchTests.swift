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
