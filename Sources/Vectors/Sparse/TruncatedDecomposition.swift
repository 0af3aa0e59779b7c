import Concurrency

/// The right singular vectors of a sparse matrix that belong to its largest singular values, found with
/// a seeded random start (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011,
/// algorithms 4.4 and 5.1).
package struct TruncatedDecomposition: Sendable {
  /// `columns × components`: multiplied with a row, its coordinates U·S.
  package let axes: Matrix

  private static let oversampling = 20
  private static let iterations = 2

  /// - Parameters:
  ///   - matrix: not centred.
  ///   - components: how many to find; fewer are found where the matrix has fewer rows or columns.
  /// - Complexity: O(entries × components × 6 + rows × components²).
  package init(of matrix: SparseMatrix, components: Int, seed: UInt64, threads: Int) {
    let wanted = max(0, min(components, min(matrix.rows, matrix.columns) - 1))
    let width = min(wanted + Self.oversampling, min(matrix.rows, matrix.columns))
    guard wanted > 0 else {
      axes = Matrix(rows: matrix.columns, columns: 0)
      return
    }
    let transposed = matrix.transposed()
    let start = Matrix.gaussian(
      rows: matrix.columns, columns: width, seed: seed, threads: threads)
    var range = matrix.times(start, threads: threads).orthonormalised(threads: threads)
    for _ in 0..<Self.iterations {
      range = matrix.times(transposed.times(range, threads: threads), threads: threads)
        .orthonormalised(threads: threads)
    }
    // B = Qᵀ·M, of which this is the transpose: B = W·S·Vᵀ, so V·S = Bᵀ·W.
    let projected = transposed.times(range, threads: threads)
    let (values, vectors) = symmetricEigen(projected.gram(threads: threads), order: width)
    var turned = Matrix(rows: wanted, columns: width)
    for component in 0..<wanted {
      // Components of no weight have no direction; their coordinates are 0.
      let scale = values[component] > values[0] * 1e-12 ? 1 / values[component].squareRoot() : 0
      for column in 0..<width {
        turned[component, column] = Float(vectors[component * width + column] * scale)
      }
    }
    axes = projected.timesTransposed(turned, threads: threads)
  }
}

extension Matrix {
  /// `selfᵀ · self`, `columns × columns` numbers, added in blocks of a fixed size.
  ///
  /// - Complexity: O(rows × columns²).
  func gram(threads: Int) -> [Double] {
    let block = 512
    var sums = [Double](repeating: 0, count: columns * columns)
    for start in stride(from: 0, to: rows, by: block) {
      let height = min(block, rows - start)
      var turned = Matrix(rows: columns, columns: height)
      for offset in 0..<height {
        for column in 0..<columns {
          turned.storage[column * height + offset] = storage[(start + offset) * columns + column]
        }
      }
      let part = turned.timesOwnTransposed(threads: threads)
      for index in sums.indices { sums[index] += Double(part.storage[index]) }
    }
    return sums
  }

  /// A matrix with the same column space whose columns are orthonormal, by Cholesky's factorisation of
  /// the Gram matrix, twice, which is as accurate as Householder's method (Yamamoto and others, 2015).
  /// Columns that depend on others become 0.
  func orthonormalised(threads: Int) -> Matrix {
    var result = self
    for _ in 0..<2 {
      let inverse = CholeskyFactor(of: result.gram(threads: threads), order: columns).inverted()
      result = result.timesTransposed(inverse, threads: threads)
    }
    return result
  }
}
