import Concurrency
import Foundation

/// A logistic regression with weighted rows and an L2 penalty, fitted by Newton's method.
///
/// It minimises Σ w_i·log(1 + exp(−±z_i)) + ½·penalty·‖b‖² over the coefficients b of standardised
/// features and an intercept without penalty. The problem is strictly convex, so the result does not
/// depend on the start, and the sums are added in a fixed order, so it does not depend on the threads.
struct LogisticRegression: Sendable {
  /// One coefficient per standardised feature.
  let coefficients: [Double]
  let intercept: Double

  /// - Parameters:
  ///   - features: `rows × width`, row by row, standardised.
  ///   - isPositive: one per row.
  ///   - weights: one per row, at least 0.
  ///   - penalty: above 0.
  /// - Complexity: O(rows × width²) for each of at most 25 steps.
  init(
    features: [Float], width: Int, isPositive: [Bool], weights: [Double], penalty: Double,
    threads: Int
  ) {
    let size = width + 1
    var solution = [Double](repeating: 0, count: size)
    for _ in 0..<Self.mostSteps {
      let current = solution
      let (gradient, curvature) = Self.derivatives(
        features, width, isPositive, weights, at: current, threads)
      var right = gradient
      var matrix = curvature
      for index in 0..<size {
        let own = index < width ? penalty : Self.interceptPenalty
        right[index] += own * current[index]
        matrix[index * size + index] += own
      }
      let step = solvedPositiveDefinite(matrix, right)
      var largest = 0.0
      for index in 0..<size {
        solution[index] -= step[index]
        largest = max(largest, abs(step[index]))
      }
      if largest < Self.precision { break }
    }
    coefficients = Array(solution[..<width])
    intercept = solution[width]
  }

  private static let mostSteps = 25
  private static let precision = 1e-4
  /// Keeps the matrix invertible where all rows have one class.
  private static let interceptPenalty = 1e-6
  private static let chunk = 2048

  /// The log-odds of a row.
  func logOdds(_ row: ArraySlice<Float>) -> Double {
    var sum = intercept
    for (coefficient, value) in zip(coefficients, row) { sum += coefficient * Double(value) }
    return sum
  }

  /// Gradient and Hessian of the unpenalised loss; the upper triangle is mirrored.
  private static func derivatives(
    _ features: [Float], _ width: Int, _ isPositive: [Bool], _ weights: [Double],
    at solution: [Double], _ threads: Int
  ) -> (gradient: [Double], curvature: [Double]) {
    let size = width + 1
    let count = isPositive.count
    let chunks = (count + chunk - 1) / chunk
    let stride = size + size * size
    let partial = Cells<Double>(repeating: 0, count: max(chunks, 1) * stride)
    Parallel.chunks(of: count, chunk: chunk, threads: threads) { rows in
      let out = partial.slice(
        rows.lowerBound / chunk * stride..<(rows.lowerBound / chunk + 1) * stride)
      var row = [Double](repeating: 1, count: size)
      for index in rows where weights[index] > 0 {
        var sum = solution[width]
        for column in 0..<width {
          row[column] = Double(features[index * width + column])
          sum += solution[column] * row[column]
        }
        let probability = sigmoid(sum)
        let slope = weights[index] * (probability - (isPositive[index] ? 1 : 0))
        let bend = weights[index] * probability * (1 - probability)
        for column in 0..<size {
          out[column] += slope * row[column]
          let scaled = bend * row[column]
          let start = size + column * size
          for other in column..<size { out[start + other] += scaled * row[other] }
        }
      }
    }
    var total = [Double](repeating: 0, count: stride)
    for index in 0..<chunks {
      let part = partial.slice(index * stride..<(index + 1) * stride)
      for place in 0..<stride { total[place] += part[place] }
    }
    var curvature = Array(total[size...])
    for row in 0..<size {
      for column in 0..<row { curvature[row * size + column] = curvature[column * size + row] }
    }
    return (Array(total[..<size]), curvature)
  }
}

/// The solution x of A·x = b for a symmetric positive definite A, by Cholesky's factorisation.
///
/// - Parameter matrix: `n × n`, row by row.
/// - Complexity: O(n³).
func solvedPositiveDefinite(_ matrix: [Double], _ right: [Double]) -> [Double] {
  let size = right.count
  var lower = matrix
  for column in 0..<size {
    for row in column..<size {
      var sum = lower[row * size + column]
      for index in 0..<column { sum -= lower[row * size + index] * lower[column * size + index] }
      if row == column {
        lower[row * size + row] = max(sum, 1e-300).squareRoot()
      } else {
        lower[row * size + column] = sum / lower[column * size + column]
      }
    }
  }
  var solution = right
  for row in 0..<size {
    for index in 0..<row { solution[row] -= lower[row * size + index] * solution[index] }
    solution[row] /= lower[row * size + row]
  }
  for row in (0..<size).reversed() {
    for index in row + 1..<size {
      solution[row] -= lower[index * size + row] * solution[index]
    }
    solution[row] /= lower[row * size + row]
  }
  return solution
}
