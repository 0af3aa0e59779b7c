import Concurrency
import Foundation
import Vectors

/// A logistic regression with weighted rows and an L2 penalty, fitted by Newton's method.
///
/// It minimises Σ w_i·log(1 + exp(−±z_i)) + ½·penalty·‖b‖² over the coefficients b of standardised
/// features and an intercept without penalty. The problem is strictly convex, so the result does not
/// depend on the start, and the sums are added in a fixed order, so it does not depend on the threads.
package struct LogisticRegression: Sendable {
  /// One coefficient per standardised feature.
  package let coefficients: [Double]
  package let intercept: Double

  /// - Parameters:
  ///   - features: `rows × width`, row by row, standardised.
  ///   - isPositive: one per row.
  ///   - weights: one per row, at least 0.
  ///   - penalty: above 0.
  /// - Complexity: O(rows × width²) for each of at most 25 steps.
  package init(
    features: [Float], width: Int, isPositive: [Bool], weights: [Double], penalty: Double,
    threads: Int
  ) {
    let size = width + 1
    let penalties = (0..<size).map { $0 < width ? penalty : Self.interceptPenalty }
    func derivatives(at solution: [Double]) -> Derivatives {
      Self.derivatives(features, width, isPositive, weights, penalties, at: solution, threads)
    }
    var solution = [Double](repeating: 0, count: size)
    var now = derivatives(at: solution)
    for _ in 0..<Self.mostSteps {
      var step = CholeskyFactor(of: now.curvature, order: size).solved(now.gradient)
      var next = zip(solution, step).map { $0 - $1 }
      var after = derivatives(at: next)
      // Far from the solution, a whole step can lead away from it.
      var halvings = 0
      while !(after.loss <= now.loss), halvings < Self.mostHalvings {
        step = step.map { $0 / 2 }
        next = zip(solution, step).map { $0 - $1 }
        after = derivatives(at: next)
        halvings += 1
      }
      // Where no step is better, rounding is all that is left.
      guard after.loss <= now.loss else { break }
      (solution, now) = (next, after)
      if step.allSatisfy({ abs($0) < Self.precision }) { break }
    }
    coefficients = Array(solution[..<width])
    intercept = solution[width]
  }

  private static let mostSteps = 25
  private static let mostHalvings = 20
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

  /// The loss at a point, its gradient, and its Hessian row by row.
  private struct Derivatives {
    var loss: Double
    var gradient: [Double]
    var curvature: [Double]
  }

  private static func derivatives(
    _ features: [Float], _ width: Int, _ isPositive: [Bool], _ weights: [Double],
    _ penalties: [Double], at solution: [Double], _ threads: Int
  ) -> Derivatives {
    let size = width + 1
    let count = isPositive.count
    let chunks = (count + chunk - 1) / chunk
    let stride = 1 + size + size * size
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
        let contrary = isPositive[index] ? -sum : sum
        out[0] += weights[index] * (max(contrary, 0) + log1p(exp(-abs(contrary))))
        let slope = weights[index] * (probability - (isPositive[index] ? 1 : 0))
        let bend = weights[index] * probability * (1 - probability)
        for column in 0..<size {
          out[1 + column] += slope * row[column]
          let scaled = bend * row[column]
          let start = 1 + size + column * size
          for other in column..<size { out[start + other] += scaled * row[other] }
        }
      }
    }
    var total = [Double](repeating: 0, count: stride)
    for index in 0..<chunks {
      let part = partial.slice(index * stride..<(index + 1) * stride)
      for place in 0..<stride { total[place] += part[place] }
    }
    var result = Derivatives(
      loss: total[0], gradient: Array(total[1...size]), curvature: Array(total[(1 + size)...]))
    for row in 0..<size {
      // Only the upper triangle was added up.
      for column in 0..<row {
        result.curvature[row * size + column] = result.curvature[column * size + row]
      }
      result.loss += penalties[row] * solution[row] * solution[row] / 2
      result.gradient[row] += penalties[row] * solution[row]
      result.curvature[row * size + row] += penalties[row]
    }
    return result
  }
}
