import CKernels

/// Eigenvalues (largest first) and eigenvectors (as rows, in the same order) of a symmetric matrix.
///
/// Householder reduction to tridiagonal form, then the implicit QL algorithm (EISPACK's `tred2`
/// and `tql2`; Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3). LAPACK is not used,
/// because on Debian any BLAS can replace the reference one. The last bits of a factorisation would
/// then depend on what else is installed, and output bytes must not. docs/METHODS.md, section 5.
///
/// Sums are added in eight lanes, and rotations are gathered and applied to eight columns at a time
/// (`rotations.c`), which is two to three times as fast as row by row, and does not depend on the processor.
///
/// The sign of each vector is chosen so that its component of largest absolute value is positive.
///
/// - Parameter matrix: `order × order` numbers, symmetric up to rounding.
/// - Complexity: O(order³).
package func symmetricEigen(
  _ matrix: [Double], order: Int
) -> (values: [Double], vectors: [Double]) {
  precondition(matrix.count == order * order)
  guard order > 0 else { return ([], []) }
  // Row j of `basis` is column j of the textbook's V, so that a rotation works on two contiguous rows.
  var basis = matrix
  var diagonal = [Double](repeating: 0, count: order)
  var offDiagonal = [Double](repeating: 0, count: order)
  basis.withUnsafeMutableBufferPointer { basis in
    diagonal.withUnsafeMutableBufferPointer { diagonal in
      offDiagonal.withUnsafeMutableBufferPointer { offDiagonal in
        guard let basis = basis.baseAddress, let diagonal = diagonal.baseAddress,
          let offDiagonal = offDiagonal.baseAddress
        else { return }
        tridiagonalise(basis, diagonal, offDiagonal, order)
        iterate(basis, diagonal, offDiagonal, order)
      }
    }
  }
  let ranking = (0..<order).sorted { (diagonal[$0], $1) > (diagonal[$1], $0) }
  var vectors = [Double](repeating: 0, count: order * order)
  for (target, source) in ranking.enumerated() {
    var largest = 0.0
    for column in 0..<order where abs(basis[source * order + column]) > abs(largest) {
      largest = basis[source * order + column]
    }
    let sign = largest < 0 ? -1.0 : 1.0
    for column in 0..<order {
      vectors[target * order + column] = sign * basis[source * order + column]
    }
  }
  return (ranking.map { diagonal[$0] }, vectors)
}

/// Reduces to tridiagonal form and accumulates the transformation (`tred2`).
private func tridiagonalise(
  _ v: UnsafeMutablePointer<Double>, _ d: UnsafeMutablePointer<Double>,
  _ e: UnsafeMutablePointer<Double>, _ n: Int
) {
  // The textbook's V[row][column] is v[column * n + row].
  for j in 0..<n { d[j] = v[j * n + n - 1] }
  for i in stride(from: n - 1, to: 0, by: -1) {
    var scale = 0.0
    var h = 0.0
    for k in 0..<i { scale += abs(d[k]) }
    if scale == 0 {
      e[i] = d[i - 1]
      for j in 0..<i {
        d[j] = v[j * n + i - 1]
        v[j * n + i] = 0
        v[i * n + j] = 0
      }
    } else {
      for k in 0..<i {
        d[k] /= scale
        h += d[k] * d[k]
      }
      var f = d[i - 1]
      var g = f > 0 ? -h.squareRoot() : h.squareRoot()
      e[i] = scale * g
      h -= f * g
      d[i - 1] = f - g
      for j in 0..<i { e[j] = 0 }
      for j in 0..<i {
        f = d[j]
        v[i * n + j] = f
        let column = v + j * n
        let below = j + 1
        e[j] +=
          column[j] * f
          + emend_dot_product_and_add(column + below, d + below, f, e + below, i - below)
      }
      f = 0
      for j in 0..<i {
        e[j] /= h
        f += e[j] * d[j]
      }
      let hh = f / (h + h)
      for j in 0..<i { e[j] -= hh * d[j] }
      for j in 0..<i {
        f = d[j]
        g = e[j]
        let column = j * n
        for k in j..<i { v[column + k] -= f * e[k] + g * d[k] }
        d[j] = v[column + i - 1]
        v[column + i] = 0
      }
    }
    d[i] = h
  }
  for i in 0..<n - 1 {
    v[i * n + n - 1] = v[i * n + i]
    v[i * n + i] = 1
    let h = d[i + 1]
    let pivot = (i + 1) * n
    if h != 0 {
      for k in 0...i { d[k] = v[pivot + k] / h }
      for j in 0...i {
        let column = v + j * n
        let g = emend_dot_product_of_doubles(v + pivot, column, i + 1)
        for k in 0...i { column[k] -= g * d[k] }
      }
    }
    for k in 0...i { v[pivot + k] = 0 }
  }
  for j in 0..<n {
    d[j] = v[j * n + n - 1]
    v[j * n + n - 1] = 0
  }
  v[(n - 1) * n + n - 1] = 1
  e[0] = 0
}

/// Diagonalises the tridiagonal form (`tql2`).
private func iterate(
  _ v: UnsafeMutablePointer<Double>, _ d: UnsafeMutablePointer<Double>,
  _ e: UnsafeMutablePointer<Double>, _ n: Int
) {
  var rotations = PlaneRotations(order: n)
  for i in 1..<max(n, 1) { e[i - 1] = e[i] }
  e[n - 1] = 0
  var f = 0.0
  var largest = 0.0
  for l in 0..<n {
    largest = max(largest, abs(d[l]) + abs(e[l]))
    var m = l
    while m < n - 1, abs(e[m]) > 0x1p-52 * largest { m += 1 }
    if m > l {
      // Every symmetric matrix needs far fewer than 60 sweeps. The limit ends the loop for NaN.
      for _ in 0..<60 {
        var g = d[l]
        var p = (d[l + 1] - g) / (2 * e[l])
        var r = (p * p + 1).squareRoot()
        if p < 0 { r = -r }
        d[l] = e[l] / (p + r)
        d[l + 1] = e[l] * (p + r)
        let next = d[l + 1]
        var h = g - d[l]
        for i in l + 2..<max(n, l + 2) { d[i] -= h }
        f += h
        p = d[m]
        var c = 1.0
        var c2 = c
        var c3 = c
        let el1 = e[l + 1]
        var s = 0.0
        var s2 = 0.0
        for i in stride(from: m - 1, through: l, by: -1) {
          c3 = c2
          c2 = c
          s2 = s
          g = c * e[i]
          h = c * p
          r = (p * p + e[i] * e[i]).squareRoot()
          e[i + 1] = s * r
          s = e[i] / r
          c = p / r
          p = c * d[i] - s * g
          d[i + 1] = h + s * (c * g + s * d[i])
          rotations.append(cosine: c, sine: s)
        }
        rotations.endSweep(top: m, bottom: l, rows: v)
        p = -s * s2 * c3 * el1 * e[l] / next
        e[l] = s * p
        d[l] = c * p
        if !(abs(e[l]) > 0x1p-52 * largest) { break }
      }
    }
    d[l] += f
    e[l] = 0
  }
  rotations.apply(to: v)
}

/// Rotations of neighbouring rows that the QL algorithm found and that its basis still has to make.
///
/// What they are depends on the tridiagonal form alone, so they can wait for each other. A rotation changes
/// each column by itself, so the columns may be taken one after the other, and the result is the same
/// to the bit.
private struct PlaneRotations {
  private let order: Int
  private var cosines: [Double] = []
  private var sines: [Double] = []
  /// Each sweep turns row i + 1 against row i, for i from top − 1 down to bottom.
  private var sweeps: [(top: Int, bottom: Int)] = []
  /// `order` rows of eight columns of the basis, which fit into the processor's cache.
  private var rows: [Double]

  /// How many columns are turned together, as `emend_turn_rows` does.
  private static let width = 8
  /// So many sweeps wait at most: enough that to copy the columns costs little beside them.
  private static let mostSweeps = 64

  init(order: Int) {
    self.order = order
    rows = Array(repeating: 0, count: order * Self.width)
  }

  mutating func append(cosine: Double, sine: Double) {
    cosines.append(cosine)
    sines.append(sine)
  }

  mutating func endSweep(top: Int, bottom: Int, rows basis: UnsafeMutablePointer<Double>) {
    sweeps.append((top, bottom))
    if sweeps.count == Self.mostSweeps { apply(to: basis) }
  }

  /// Makes the rotations that wait.
  ///
  /// - Parameter basis: `order` rows of `order` numbers.
  mutating func apply(to basis: UnsafeMutablePointer<Double>) {
    for first in stride(from: 0, to: order, by: Self.width) {
      let columns = min(Self.width, order - first)
      rows.withUnsafeMutableBufferPointer { rows in
        for row in 0..<order {
          for column in 0..<columns {
            rows[row * Self.width + column] = basis[row * order + first + column]
          }
        }
      }
      var next = 0
      for sweep in sweeps {
        emend_turn_rows(&rows, cosines, sines, next, sweep.top, sweep.bottom)
        next += sweep.top - sweep.bottom
      }
      rows.withUnsafeBufferPointer { rows in
        for row in 0..<order {
          for column in 0..<columns {
            basis[row * order + first + column] = rows[row * Self.width + column]
          }
        }
      }
    }
    cosines.removeAll(keepingCapacity: true)
    sines.removeAll(keepingCapacity: true)
    sweeps.removeAll(keepingCapacity: true)
  }
}
