import Foundation
import Concurrency

/// `count` numbers, at least 2, from `first` to `last`, each a fixed multiple of the one before.
func geometric(from first: Double, to last: Double, count: Int) -> [Double] {
  (0..<count).map { first * pow(last / first, Double($0) / Double(count - 1)) }
}

/// At most `limit` of `rows`, evenly spread over their order.
func evenlySpread(_ rows: [Int32], limit: Int) -> [Int32] {
  guard rows.count > limit else { return rows }
  return (0..<limit).map { rows[$0 * rows.count / limit] }
}

/// The sharpness of an ascending grid under which the given labels are likeliest.
///
/// The log-likelihood of a softmax is concave in its sharpness, so the search bisects the grid.
/// - Parameter logLikelihood: the total over the selection sample at a sharpness; higher is better.
/// - Complexity: O(log grid) calls of `logLikelihood`.
func likeliestSharpness(_ grid: [Double], _ logLikelihood: (Float) -> Double) -> Float {
  var low = 0
  var high = grid.count - 1
  while low < high {
    let middle = (low + high) / 2
    if logLikelihood(Float(grid[middle])) < logLikelihood(Float(grid[middle + 1])) {
      low = middle + 1
    } else {
      high = middle
    }
  }
  return Float(grid[low])
}

/// The sharpness under which a signal makes the given labels of a sample likeliest.
///
/// - Parameter score: fills the first row of the block with the probabilities of one record at a
///   sharpness; the record is given by its place in the sample.
func likeliestSharpness(
  _ grid: [Double], on sample: [Int32], of evidence: Evidence,
  score: @escaping @Sendable (_ place: Int, _ sharpness: Float, inout LabelBlock) -> Void
) -> Float {
  let targets = evidence.targets
  return likeliestSharpness(grid) { sharpness in
    Parallel.sum(over: sample.count, chunk: 64, threads: evidence.threads) { range in
      var block = LabelBlock(labelCount: targets.labelCount)
      var likelihood = 0.0
      for place in range {
        score(place, sharpness, &block)
        likelihood += logLikelihood(of: Int(sample[place]), under: block, targets: targets)
      }
      return likelihood
    }
  }
}

/// Log-likelihood of a record's given labels under the first row of `block`.
func logLikelihood(of row: Int, under block: LabelBlock, targets: Targets) -> Double {
  func clipped(_ probability: Float) -> Double {
    Double(min(max(probability, Signals.clip), 1 - Signals.clip))
  }
  guard targets.isMultiLabel else {
    guard let label = targets.single(row) else { return 0 }
    return log(Double(max(block.values[label], Signals.clip)))
  }
  var total = 0.0
  for label in 0..<block.labelCount { total += log(1 - clipped(block.values[label])) }
  for label in targets.of(row) {
    let probability = clipped(block.values[Int(label)])
    total += log(probability) - log(1 - probability)
  }
  return total
}

extension LabelBlock {
  /// Replaces every value by σ(logit π + sharpness × value), for multi-label.
  ///
  /// - Parameter prior: π of each label, 0…1.
  mutating func logistic(prior: [Float], sharpness: Float) {
    for index in values.indices {
      let base = Self.clippedPrior(prior[index % labelCount])
      values[index] = 1 / (1 + expf(-(logf(base / (1 - base)) + sharpness * values[index])))
    }
  }

  /// The prior limited to 1e-5…1 − 1e-5, because the log-odds of 0 and 1 are infinite.
  static func clippedPrior(_ prior: Float) -> Float { min(max(prior, 1e-5), 1 - 1e-5) }

  /// Replaces every row by softmax(sharpness × row).
  mutating func softmax(sharpness: Float) {
    for row in 0..<rows {
      let start = row * labelCount
      var largest = -Float.infinity
      for index in start..<start + labelCount { largest = max(largest, values[index]) }
      var total: Float = 0
      for index in start..<start + labelCount {
        values[index] = expf(sharpness * (values[index] - largest))
        total += values[index]
      }
      for index in start..<start + labelCount { values[index] /= total }
    }
  }
}
