import Foundation
import Vectors
import Concurrency

/// How much the evidence speaks against every given label.
package struct LabelMargins: Sendable {
  /// Log-odds of the likeliest other label over the given one under the pair posterior; positive is
  /// suspect. One per record, NaN without a label.
  package let margin: [Double]
  /// Whether the opinion's likeliest label is not the given one; false without a label.
  package let differs: [Bool]
  /// Log-odds of the opinion's first label over its second: how sure it is, 0…, higher is surer.
  package let certainty: [Double]
  /// Σ_l P_T(l)² over the labels that are not the given one, normalised among themselves: 1 where
  /// the evidence knows which other label it would be.
  package let concentration: [Double]

  package init(
    outOfFold: OutOfFoldProbabilities, posterior: PairPosterior, targets: Targets, threads: Int
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
    self.margin = margin.values
    self.differs = differs.values
    self.certainty = certainty.values
    self.concentration = concentration.values
  }

  /// log(a/b) with both kept away from 0.
  private static func logRatio(_ first: Float, _ second: Float) -> Double {
    log(max(Double(first), 1e-300)) - log(max(Double(second), 1e-300))
  }
}
