import Foundation
import Concurrency

/// The probability that a record of each true label was given each label.
///
/// It is estimated by the confident joint of the fused out-of-fold probabilities P and the given
/// labels (after Northcutt, Jiang and Chuang, "Confident learning", 2021; docs/METHODS.md,
/// section 1). The threshold t_k is the mean of P_k over the records labelled k. A record's
/// candidate is argmax P over the labels with P_k ≥ t_k. T[candidate, given] = counts + 5·π_given,
/// rows normalised. The counts are stored sparsely, at most one per record; the prior π is not stored
/// in full, because it is the same for every true label.
package struct NoiseTransition: Sendable {
  /// Weight of the prior, in records per true label; docs/METHODS.md, section 1.
  static let priorWeight = 5.0

  /// Among the records that have a candidate, the share whose candidate is not the given label, 0…1.
  /// It is the error rate as the probabilities P show it, and too high wherever P is wrong.
  package let disagreement: Double
  /// `(true label, given label, records)`, by given label, then true label.
  package let counts: [(truth: Int32, given: Int32, count: Double)]
  /// Records per candidate label.
  private let rowTotals: [Double]
  /// `counts[starts[y] ..< starts[y + 1]]` are those with given label y.
  private let starts: [Int]
  /// π: share of the annotated records that were given each label, 0…1.
  private let frequencies: [Double]

  /// Counts the candidates of all annotated records.
  /// - Complexity: O(n K + n log n).
  package init(outOfFold: OutOfFoldProbabilities, targets: Targets, threads: Int) {
    let labelCount = targets.labelCount
    var sums = [Double](repeating: 0, count: labelCount)
    var sizes = [Double](repeating: 0, count: labelCount)
    for row in targets.annotated {
      guard let label = targets.single(Int(row)) else { continue }
      sums[label] += Double(outOfFold.probability(Int(row), label))
      sizes[label] += 1
    }
    // A label that was given to no record can be no candidate.
    let thresholds = (0..<labelCount).map {
      sizes[$0] > 0 ? Float(sums[$0] / sizes[$0]) : .infinity
    }
    let candidates = Cells<Int32>(repeating: -1, count: targets.annotated.count)
    Parallel.chunks(of: targets.annotated.count, chunk: 256, threads: threads) { range in
      for position in range {
        let row = Int(targets.annotated[position])
        var best: Float = -1
        for label in 0..<labelCount {
          let value = outOfFold.probability(row, label)
          if value >= thresholds[label], value > best {
            best = value
            candidates[position] = Int32(label)
          }
        }
      }
    }
    var pairs: [UInt64] = []
    var totals = [Double](repeating: 0, count: labelCount)
    var differing = 0
    for position in 0..<targets.annotated.count {
      let candidate = candidates[position]
      guard candidate >= 0, let given = targets.single(Int(targets.annotated[position])) else {
        continue
      }
      pairs.append(UInt64(given) << 32 | UInt64(candidate))
      totals[Int(candidate)] += 1
      if Int(candidate) != given { differing += 1 }
    }
    disagreement = pairs.isEmpty ? 0 : Double(differing) / Double(pairs.count)
    pairs.sort()
    var counts: [(truth: Int32, given: Int32, count: Double)] = []
    var starts = [Int](repeating: 0, count: labelCount + 1)
    var index = 0
    while index < pairs.count {
      var end = index
      while end < pairs.count, pairs[end] == pairs[index] { end += 1 }
      let given = Int(pairs[index] >> 32)
      counts.append(
        (Int32(truncatingIfNeeded: pairs[index] & 0xFFFF_FFFF), Int32(given), Double(end - index)))
      starts[given + 1] += 1
      index = end
    }
    for label in 0..<labelCount { starts[label + 1] += starts[label] }
    self.counts = counts
    self.starts = starts
    rowTotals = totals
    frequencies = targets.frequencies
  }

  /// T(truth → given): for each truth `labelCount` probabilities, 0…1, that sum to 1.
  ///
  /// - Complexity: O(K² + entries of `counts`), in memory too.
  package func rows() -> [[Double]] {
    var rows = rowTotals.map { total in
      frequencies.map { Self.priorWeight * $0 / (total + Self.priorWeight) }
    }
    for entry in counts {
      let truth = Int(entry.truth)
      rows[truth][Int(entry.given)] += entry.count / (rowTotals[truth] + Self.priorWeight)
    }
    return rows
  }

  /// How one-sided the confusions are, 0…1: Σ|T_ab − T_ba| over the sum of all T_ab + T_ba, for a ≠ b.
  /// 0 where every pair of labels is confused as often in one direction as in the other.
  ///
  /// - Complexity: O(K²).
  package var asymmetry: Double {
    let table = rows()
    var differences = 0.0
    var total = 0.0
    for truth in table.indices {
      for given in 0..<truth {
        differences += abs(table[truth][given] - table[given][truth])
        total += table[truth][given] + table[given][truth]
      }
    }
    return total > 0 ? differences / total : 0
  }

  /// T(truth → given) for every truth, as `labelCount` probabilities, 0…1.
  package func column(given: Int) -> [Double] {
    var column = rowTotals.map { total in
      Self.priorWeight * frequencies[given] / (total + Self.priorWeight)
    }
    for entry in counts[starts[given]..<starts[given + 1]] {
      column[Int(entry.truth)] += entry.count / (rowTotals[Int(entry.truth)] + Self.priorWeight)
    }
    return column
  }
}

/// The probability of every label of a record, given both its features and its given label.
///
/// P_T(l|i) ∝ P(l|i)·T(l → y_i)^α with α = max(0, 1 − disagreement/.35). The more candidates differ
/// from the given labels, the more T describes mistakes of P instead of noise in the labels, so the
/// less T counts. docs/METHODS.md, section 1.
package struct PairPosterior: Sendable {
  /// From this disagreement on, α is 0 and the transition has no effect.
  static let widestDisagreement = 0.35

  /// T(· → given)^α by given label, one number per true label.
  private let weights: [[Float]]
  private let outOfFold: OutOfFoldProbabilities

  /// - Complexity: O(K²).
  package init(outOfFold: OutOfFoldProbabilities, transition: NoiseTransition) {
    self.outOfFold = outOfFold
    let exponent = max(0, 1 - transition.disagreement / Self.widestDisagreement)
    weights = (0..<outOfFold.labelCount).map { given in
      transition.column(given: given).map { Float(pow($0, exponent)) }
    }
  }

  /// Fills `out` with P_T(·|row): one probability per label, 0…1, summing to 1.
  ///
  /// - Complexity: O(K).
  package func write(_ row: Int, given: Int, into out: inout [Float]) {
    let labelCount = outOfFold.labelCount
    outOfFold.fused.read(row, into: &out)
    var total: Float = 0
    weights[given].withUnsafeBufferPointer { weights in
      for label in 0..<labelCount {
        out[label] *= weights[label]
        total += out[label]
      }
    }
    guard total > 0 else {
      outOfFold.fused.read(row, into: &out)
      return
    }
    for label in 0..<labelCount { out[label] /= total }
  }
}
