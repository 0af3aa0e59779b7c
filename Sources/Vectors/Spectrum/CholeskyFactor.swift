/// The lower triangular factor L of a symmetric positive semidefinite matrix A = L·Lᵀ.
package struct CholeskyFactor: Sendable {
  package let order: Int
  /// L, `order × order` numbers, row by row; those above the diagonal mean nothing.
  package let lower: [Double]
  /// Whether a column of A depends on those before it. Its pivot is 1 in L, and what stands below it 0.
  package let isDependent: [Bool]

  /// Pivots below this share of the largest diagonal number are rounding.
  private static let tolerance = 1e-12

  /// - Parameter matrix: A, `order × order` numbers, row by row.
  /// - Complexity: O(order³).
  package init(of matrix: [Double], order: Int) {
    var lower = matrix
    var isDependent = [Bool](repeating: false, count: order)
    var largest = 0.0
    for index in 0..<order { largest = max(largest, matrix[index * order + index]) }
    for column in 0..<order {
      for row in column..<order {
        var sum = lower[row * order + column]
        for index in 0..<column {
          sum -= lower[row * order + index] * lower[column * order + index]
        }
        if row == column {
          isDependent[column] = sum <= largest * Self.tolerance
          lower[row * order + row] = isDependent[column] ? 1 : sum.squareRoot()
        } else {
          lower[row * order + column] =
            isDependent[column] ? 0 : sum / lower[column * order + column]
        }
      }
    }
    self.order = order
    self.lower = lower
    self.isDependent = isDependent
  }

  /// The solution x of A·x = `right`, one number per row; 0 where a column depends on others.
  ///
  /// - Complexity: O(order²).
  package func solved(_ right: [Double]) -> [Double] {
    var solution = forward(right)
    for row in (0..<order).reversed() {
      for index in row + 1..<order { solution[row] -= lower[index * order + row] * solution[index] }
      solution[row] = isDependent[row] ? 0 : solution[row] / lower[row * order + row]
    }
    return solution
  }

  /// L⁻¹, lower triangular; rows and columns that depend on others are 0.
  ///
  /// - Complexity: O(order³).
  package func inverted() -> Matrix {
    var inverse = Matrix(rows: order, columns: order)
    for column in 0..<order where !isDependent[column] {
      var unit = [Double](repeating: 0, count: order)
      unit[column] = 1
      let solution = forward(unit, from: column)
      for row in column..<order { inverse[row, column] = Float(solution[row]) }
    }
    return inverse
  }

  /// The solution z of L·z = `right`, which is 0 before `first`; 0 where a column depends on others.
  private func forward(_ right: [Double], from first: Int = 0) -> [Double] {
    var solution = right
    for row in first..<order {
      for index in first..<row { solution[row] -= lower[row * order + index] * solution[index] }
      solution[row] = isDependent[row] ? 0 : solution[row] / lower[row * order + row]
    }
    return solution
  }
}
