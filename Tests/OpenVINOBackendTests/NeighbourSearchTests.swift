import OpenVINOBackend
import TestSupport
import Testing
import Vectors
import Concurrency

struct NeighbourSearchTests {
  /// Four points on the circle, computed by hand: 0°, 60°, 90° and a copy of the first.
  @Test func theExactSearchFindsTheNeighboursOfFourPoints() throws {
    let half = Float(0.75).squareRoot()
    let points = Matrix(rows: 4, columns: 2, storage: [1, 0, 0.5, half, 0, 1, 1, 0])
    let graph = try ExactNeighbourSearch(threads: 1).neighbours(of: points, k: 2)
    #expect(graph.indices == [3, 1, 2, 0, 1, 0, 0, 1])
    #expect(graph.similarities[0] == 1)
    #expect(abs(graph.similarities[1] - 0.5) < 1e-6)
    #expect(graph.similarities[5] == 0)
  }

  @Test(arguments: [(0, 5), (1, 5), (2, 5), (5, 5), (5, 0)])
  func theExactSearchTakesVeryFewRows(rows: Int, k: Int) throws {
    let matrix = Matrix(rows: rows, columns: 1, storage: [Float](repeating: 1, count: rows))
    let graph = try ExactNeighbourSearch(threads: 2).neighbours(of: matrix, k: k)
    #expect(graph.k == (rows == 0 ? 0 : min(k, rows - 1)))
    #expect(graph.indices.count == graph.count * graph.k)
  }

  enum Shape: CaseIterable {
    case scattered
    case clustered
    /// More copies of one row than a list of candidates has room for.
    case duplicated
    /// Rows that differ by less than the rounding of a product.
    case nearlyEqual
    case allEqual
  }

  private func matrix(_ shape: Shape, rows: Int, columns: Int) -> Matrix {
    var generator = SplitMix64(seed: 7)
    func number() -> Float { Float.random(in: -1...1, using: &generator) }
    let centres = (0..<20).map { _ in (0..<columns).map { _ in number() } }
    var storage: [Float] = []
    for row in 0..<rows {
      var vector: [Float]
      switch shape {
      case .scattered: vector = (0..<columns).map { _ in number() }
      case .clustered: vector = centres[row % 20].map { $0 + 0.02 * number() }
      case .duplicated:
        vector = row % 3 == 0 ? (0..<columns).map { _ in number() } : centres[row % 2]
      case .nearlyEqual: vector = centres[row % 2].map { $0 + 1e-7 * number() }
      case .allEqual: vector = centres[0]
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      storage += vector.map { $0 / length }
    }
    return Matrix(rows: rows, columns: columns, storage: storage)
  }

  @Test(arguments: Shape.allCases)
  func theFastSearchEqualsTheExactSearch(shape: Shape) throws {
    // Fewer than 1500 rows would use the exact search.
    let (rows, columns) = Tier.isAll ? (2600, 48) : (1600, 16)
    let vectors = matrix(shape, rows: rows, columns: columns)
    let expected = try ExactNeighbourSearch(threads: 2).neighbours(of: vectors, k: 30)
    for threads in Tier.isAll ? [1, 2, 3] : [2] {
      let search = OpenVINONeighbourSearch(runtime: try Prepared.openVINO.get(), threads: threads)
      #expect(try search.neighbours(of: vectors, k: 30) == expected)
    }
  }

  @Test func fewRowsUseTheExactSearch() throws {
    let vectors = matrix(.scattered, rows: 40, columns: 8)
    let search = OpenVINONeighbourSearch(runtime: try Prepared.openVINO.get(), threads: 2)
    #expect(
      try search.neighbours(of: vectors, k: 100)
        == ExactNeighbourSearch(threads: 1).neighbours(of: vectors, k: 100))
  }
}
