import Concurrency
import Vectors

extension Kernel {
  /// Products of vectors, searches of neighbours, factorisations.
  static let ofVectors = [
    Kernel("products", "128 with 1,024 vectors of 384 numbers") {
      let rows = MadeInput.vectors(1_024, columns: width)
      let queries = Array(rows.storage[..<(128 * width)])
      var result = [Float](repeating: 0, count: 128 * rows.rows)
      return {
        multiply(queries, by: rows, into: &result)
        return Double(result[result.count - 1])
      }
    },
    Kernel("exact-neighbours", "50 neighbours of 400 vectors of 384 numbers, plain search") {
      let rows = MadeInput.vectors(400, columns: width)
      let search = ExactNeighbourSearch(threads: 1)
      return { Double(try search.neighbours(of: rows, k: 50).similarities[7]) }
    },
    neighbourCandidates,
    Kernel(
      "neighbours-by-lists",
      "10 neighbours of 240 vectors of 16 numbers, with centroids and samples"
    ) {
      let rows = MadeInput.vectors(240, columns: 16)
      let search = InvertedListSearch(
        orExact: ExactNeighbourSearch(threads: 1), threads: 1, largestExact: 100)
      return {
        let graph = try search.neighbours(of: rows, k: 10)
        guard let recall = graph.recall else { throw UnusableInput.searchedExactly }
        return recall
      }
    },
    Kernel("half-precision", "2,048 vectors of 384 numbers written and read, twice") {
      let rows = MadeInput.vectors(2_048, columns: width)
      var values: [Float] = []
      return {
        var sum: Float = 0
        for _ in 0..<2 {
          let half = HalfMatrix(rows, threads: 1)
          for start in stride(from: 0, to: rows.rows, by: 256) {
            half.read(start..<start + 256, into: &values)
            sum += values[0]
          }
        }
        return Double(sum)
      }
    },
    Kernel("eigenvectors", "a symmetric matrix of 96 × 96") {
      let order = 96
      let scatter = gram(order: order)
      return { symmetricEigen(scatter, order: order).values[0] }
    },
    Kernel("cholesky", "a matrix of 192 × 192, with its inverse") {
      let order = 192
      let matrix = gram(order: order)
      return {
        let factor = CholeskyFactor(of: matrix, order: order)
        return factor.lower[order * order - 1] + Double(factor.inverted().storage[0])
      }
    },
    Kernel("sparse-products", "1,000 rows of 30 entries with 2,000 × 276 numbers") {
      // As many coordinates as texts of several languages get.
      let right = MadeInput.vectors(2_000, columns: 276)
      var generator = MadeInput.numbers(5)
      var places: [Int32] = []
      for _ in 0..<1_000 {
        places += Set((0..<40).map { _ in Int32(generator.next() % 2_000) }).sorted().prefix(30)
      }
      let left = SparseMatrix(
        rows: 1_000, columns: 2_000, offsets: (0...1_000).map { 30 * $0 }, places: places,
        values: places.map { Float($0 % 7) })
      return { Double(left.times(right, threads: 1).storage[0]) }
    },
  ]

  /// The numbers of a vector of the default encoder.
  private static let width = 384

  /// A symmetric matrix of full rank, as the scatter of vectors is.
  private static func gram(order: Int) -> [Double] {
    MadeInput.vectors(2 * order, columns: order).gram()
  }
}

extension Matrix {
  /// `selfᵀ · self`.
  fileprivate func gram() -> [Double] {
    var turned = Matrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { turned[column, row] = self[row, column] }
    }
    return turned.timesOwnTransposed(threads: 1).storage.map(Double.init)
  }
}
