import Concurrency

/// The eigenvalues and eigenvectors of the scatter of a set of rows about their mean.
///
/// One spectrum serves both the whitening and every ridge regression over the same rows, for any
/// targets and penalties.
package struct Spectrum: Sendable {
  /// Mean of the rows from which the spectrum was computed, `dimension` numbers.
  package let mean: [Float]
  /// Eigenvalues of `Σ (x − mean)(x − mean)ᵀ`, largest first, clipped at 0.
  package let values: [Double]
  /// Eigenvectors as rows, `dimension × dimension`, in the order of `values`.
  package let vectors: Matrix
  /// How many rows the spectrum was computed from.
  package let count: Int

  package var dimension: Int { mean.count }

  /// Centres the given rows and factorises their scatter.
  ///
  /// - Parameter numbers: the rows from which the spectrum is computed.
  /// - Complexity: O(n d² + d³).
  package init(of source: some VectorRows, rows numbers: [Int32], threads: Int) {
    let dimension = source.columns
    count = numbers.count
    // A fixed block size and order, so that the number of threads does not change the sums.
    let block = 512
    var sums = [Double](repeating: 0, count: dimension)
    var read: [Float] = []
    for start in stride(from: 0, to: numbers.count, by: block) {
      source.read(numbers[start..<min(start + block, numbers.count)], into: &read)
      for row in stride(from: 0, to: read.count, by: max(dimension, 1)) {
        for column in 0..<dimension { sums[column] += Double(read[row + column]) }
      }
    }
    let centre = sums.map { Float($0 / Double(max(numbers.count, 1))) }
    mean = centre

    var scatter = [Double](repeating: 0, count: dimension * dimension)
    for start in stride(from: 0, to: numbers.count, by: block) {
      let width = min(block, numbers.count - start)
      source.read(numbers[start..<start + width], into: &read)
      var columns = Matrix(rows: dimension, columns: width)
      for offset in 0..<width {
        for column in 0..<dimension {
          columns.storage[column * width + offset] =
            read[offset * dimension + column] - centre[column]
        }
      }
      let part = columns.timesOwnTransposed(threads: threads)
      for index in 0..<scatter.count { scatter[index] += Double(part.storage[index]) }
    }
    let (eigenvalues, eigenvectors) = symmetricEigen(scatter, order: dimension)
    values = eigenvalues.map { max($0, 0) }
    vectors = Matrix(rows: dimension, columns: dimension, storage: eigenvectors.map(Float.init))
  }

  /// Every row of `matrix`, centred and rotated into the axes of the eigenvectors.
  ///
  /// - Complexity: O(n d²).
  package func project(_ matrix: Matrix, threads: Int) -> Matrix {
    let shift = shift
    var projected = matrix.timesTransposed(vectors, threads: threads)
    for row in 0..<projected.rows {
      for column in 0..<dimension { projected.storage[row * dimension + column] -= shift[column] }
    }
    return projected
  }

  /// The mean in the axes of the eigenvectors: (x − mean)·v = x·v − mean·v, so rows need not be copied and
  /// centred before they are rotated.
  var shift: [Float] {
    Matrix(rows: 1, columns: dimension, storage: mean).timesTransposed(vectors, threads: 1).storage
  }
}

extension Spectrum {
  /// Scales each axis of projected rows by (shrunk variance)^−¼, and then each row to unit length.
  ///
  /// This is half of a full whitening, which would use the exponent −½: axes of large variance count
  /// less, and axes that hold only noise are not amplified too much. The covariance is shrunk towards
  /// its mean variance by Ledoit and Wolf's estimate ("A well-conditioned estimator for
  /// large-dimensional covariance matrices", 2004). Shrinking keeps the axes and changes only the
  /// variances. docs/METHODS.md, section 1.
  ///
  /// - Parameter projected: rows as `project` returns them.
  /// - Complexity: O(n d).
  package func whitened(_ projected: Matrix) -> Matrix {
    let scales = whiteningScales(projected, threads: 1)
    var result = projected
    for row in 0..<result.rows {
      for column in 0..<dimension {
        result.storage[row * dimension + column] *= scales[column]
      }
    }
    return result.normalised()
  }

  /// What `whitened` multiplies each axis by.
  ///
  /// - Complexity: O(n d).
  func whiteningScales(_ projected: some VectorRows, threads: Int) -> [Float] {
    let variances = values.map { $0 / Double(max(count, 1)) }
    let average = variances.reduce(0, +) / Double(max(dimension, 1))
    let shrinkage = ledoitWolfShrinkage(
      projected, variances: variances, average: average, threads: threads)
    return variances.map { variance in
      let shrunk = (1 - shrinkage) * variance + shrinkage * average
      return Float(shrunk > 0 ? 1 / shrunk.squareRoot().squareRoot() : 0)
    }
  }

  /// Ledoit and Wolf's shrinkage, 0…1: min(b², d²)/d². d² is the squared distance of the covariance
  /// from a multiple of the identity. b² is the mean squared error of a single row's outer product,
  /// divided by n.
  private func ledoitWolfShrinkage(
    _ projected: some VectorRows, variances: [Double], average: Double, threads: Int
  ) -> Double {
    let distance = variances.reduce(0) { $0 + ($1 - average) * ($1 - average) }
    guard count > 0, distance > 0 else { return 0 }
    // ‖xxᵀ − S‖² = (x·x)² − 2 xᵀSx + ‖S‖², and S is diagonal in these axes.
    let squaredNorm = variances.reduce(0) { $0 + $1 * $1 }
    var error = 0.0
    projected.forEachBlock(threads: threads) { rows, values in
      for start in stride(from: 0, to: values.count, by: dimension) {
        var square = 0.0
        var weighted = 0.0
        for column in 0..<dimension {
          let value = Double(values[start + column])
          square += value * value
          weighted += value * value * variances[column]
        }
        error += square * square - 2 * weighted + squaredNorm
      }
    }
    error /= Double(projected.rows) * Double(count)
    return min(error, distance) / distance
  }
}

extension Matrix {
  /// Maps the rows to fewer dimensions by a seeded Gaussian matrix and scales them to unit length.
  ///
  /// Cosines change by about 1/√dimension (Johnson and Lindenstrauss).
  package func randomlyProjected(to dimension: Int, seed: UInt64, threads: Int) -> Matrix {
    timesTransposed(
      .gaussian(rows: dimension, columns: columns, seed: seed, threads: threads),
      threads: threads
    ).normalised()
  }
}

extension HalfMatrix {
  /// As `Matrix.randomlyProjected`.
  package func randomlyProjected(to dimension: Int, seed: UInt64, threads: Int) -> HalfMatrix {
    let map = Matrix.gaussian(rows: dimension, columns: columns, seed: seed, threads: threads)
    let result = HalfMatrix(rows: rows, columns: dimension)
    Parallel.chunks(of: rows, chunk: 256, threads: threads) { range in
      var values: [Float] = []
      read(range, into: &values)
      var products = [Float](repeating: 0, count: range.count * dimension)
      multiply(values, by: map, into: &products)
      normalise(&products, columns: dimension)
      result.write(products, from: range.lowerBound)
    }
    return result
  }
}
