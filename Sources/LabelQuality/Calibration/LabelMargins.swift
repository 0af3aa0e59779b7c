import Foundation
import Concurrency

/// Measures how strongly the evidence contradicts every given label; docs/METHODS.md, section 1.
package struct LabelMargins: Sendable {
  /// The order of suspicion, higher is more suspect; one per record, NaN without a label. It is
  /// `ErrorDetector.suspicion`; without a detector, the log of the likeliest other label's probability over
  /// the given label's, under the pair posterior.
  package let margin: [Double]
  /// Whether the label with the highest out-of-fold probability is not the given one; false without a
  /// label.
  package let differs: [Bool]
  /// Log of the highest out-of-fold probability over the second highest, at least 0; higher is more
  /// certain.
  package let certainty: [Double]
  /// Σ_l P_T(l | l ≠ y)², the squared probabilities of the labels other than the given one, scaled to
  /// sum to 1; 0…1. It is 1 where only one other label is possible.
  package let concentration: [Double]

  /// - Complexity: O(n K).
  package init(
    outOfFold: OutOfFoldProbabilities, posterior: PairPosterior, detector: ErrorDetector? = nil,
    targets: Targets, threads: Int
  ) {
    let margin = Cells<Double>(repeating: .nan, count: targets.count)
    let differs = Cells<Bool>(repeating: false, count: targets.count)
    let certainty = Cells<Double>(repeating: 0, count: targets.count)
    let concentration = Cells<Double>(repeating: 0, count: targets.count)
    Parallel.chunks(of: targets.count, chunk: 128, threads: threads) { rows in
      var own: [Float] = []
      for row in rows {
        let (first, second) = outOfFold.topTwo(row)
        certainty[row] = Self.logRatio(
          outOfFold.probability(row, first), outOfFold.probability(row, second))
        guard let given = targets.single(row) else { continue }
        differs[row] = first != given
        posterior.write(row, given: given, into: &own)
        var best: Float = 0
        var rest = 0.0
        var squares = 0.0
        for label in 0..<outOfFold.labelCount where label != given {
          best = max(best, own[label])
          rest += Double(own[label])
          squares += Double(own[label]) * Double(own[label])
        }
        margin[row] = Self.logRatio(best, own[given])
        concentration[row] = rest > 0 ? squares / (rest * rest) : 0
      }
    }
    self.margin = detector?.suspicion ?? margin.values
    self.differs = differs.values
    self.certainty = certainty.values
    self.concentration = concentration.values
  }

  /// log(first/second), with both limited to 1e-300 from below.
  private static func logRatio(_ first: Float, _ second: Float) -> Double {
    log(max(Double(first), 1e-300)) - log(max(Double(second), 1e-300))
  }
}
