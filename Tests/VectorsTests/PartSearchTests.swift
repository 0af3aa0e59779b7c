import Concurrency
import Testing

@testable import Vectors

@Suite("Search of parts") struct PartSearchTests {
  /// Rows of which many are equal or nearly so, more than a list has room for.
  private func rows(_ count: Int, columns: Int = 40) -> Matrix {
    var generator = SplitMix64(seed: 11)
    var matrix = Matrix(rows: count, columns: columns)
    for row in 0..<count {
      for column in 0..<columns { matrix[row, column] = Float(generator.gaussian()) }
      if row % 3 == 0 {
        for column in 0..<columns { matrix[row, column] = matrix[0, column] }
      } else if row % 3 == 1 {
        for column in 0..<columns {
          matrix[row, column] = matrix[1, column] + 1e-7 * Float(generator.gaussian())
        }
      }
    }
    return matrix.normalised()
  }

  @Test(
    "parts of any size, merged in any order, give the exact search's bytes",
    arguments: [1, 7, 64, 500])
  func partsAreExact(size: Int) throws {
    let matrix = rows(500)
    let candidates = (0..<Int32(500)).filter { $0 % 5 != 2 }
    for among in [Array(0..<Int32(500)), candidates] {
      let expected = try ExactNeighbourSearch(threads: 1)
        .neighbours(of: matrix, among: among, k: 9, threads: 1)
      let all = NumberedRows(vectors: matrix, numbers: Array(0..<500))
      var merged = NeighbourLists(
        k: 9, indices: [Int32](repeating: -1, count: 4500),
        similarities: [Float](repeating: 0, count: 4500))
      for start in stride(from: 0, to: among.count, by: size).reversed() {
        let part = Array(among[start..<min(start + size, among.count)])
        merged = nearestOfPart(
          of: all, among: NumberedRows(vectors: matrix.gathered(part), numbers: part), k: 9,
          threads: 2
        ).merged(with: merged)
      }
      #expect(merged.indices == expected.indices)
      #expect(merged.similarities == expected.similarities)
    }
  }

  @Test func aGraphOfOtherRowsIsFoundOut() throws {
    let matrix = rows(40)
    let graph = try ExactNeighbourSearch(threads: 1).neighbours(of: matrix, k: 4)
    #expect(graph.firstDisagreement(with: matrix) == nil)
    var other = matrix
    other[17, 3] += 0.25
    #expect(graph.firstDisagreement(with: other) != nil)
  }
}
