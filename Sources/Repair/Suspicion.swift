import Foundation
import Vectors

/// How suspect every annotated record is, relative to the others.
package struct Suspicion: Sendable {
  /// METHODS section 1, "Gate": from this disagreement on, the transition describes the model and
  /// not the noise, and the fused opinion stands alone.
  static let widestDisagreement = 0.35
  /// METHODS, leads: below this disagreement the pair score alone ranks better than any fusion.
  static let rareDisagreement = 0.03

  /// Log-margin of the best other label over the given one, by the fused opinion; positive is
  /// suspect. One per record, NaN without a label.
  package let fusedMargin: [Double]
  /// The same by the pair posterior.
  package let pairMargin: [Double]
  /// Position of each record in the order of suspicion, 0…1, higher is more suspect; ties share the
  /// mean of their places. NaN without a label.
  package let rank: [Double]

  package init(
    opinion: Opinion, posterior: PairPosterior, disagreement: Double, targets: Targets,
    threads: Int
  ) {
    let fused = Cells<Double>(repeating: .nan, count: targets.count)
    let pair = Cells<Double>(repeating: .nan, count: targets.count)
    Parallel.chunks(of: targets.count, chunk: 128, threads: threads) { rows in
      var own: [Float] = []
      for row in rows {
        guard let given = targets.single(row) else { continue }
        posterior.write(row, given: given, into: &own)
        var bestFused: Float = 0
        var bestPair: Float = 0
        for label in 0..<opinion.labelCount where label != given {
          bestFused = max(bestFused, opinion.probability(row, label))
          bestPair = max(bestPair, own[label])
        }
        fused[row] = Self.logRatio(bestFused, opinion.probability(row, given))
        pair[row] = Self.logRatio(bestPair, own[given])
      }
    }
    fusedMargin = fused.values
    pairMargin = pair.values
    let annotated = targets.annotated.map(Int.init)
    let byFused = annotated.map { fused[$0] }
    let byPair = annotated.map { pair[$0] }
    let scores: [Double]
    if disagreement < Self.rareDisagreement {
      scores = byPair
    } else if disagreement < Self.widestDisagreement {
      scores = zip(sharedRanks(byFused), sharedRanks(byPair)).map { $0 + $1 }
    } else {
      scores = byFused
    }
    var rank = [Double](repeating: .nan, count: targets.count)
    for (row, place) in zip(annotated, sharedRanks(scores)) { rank[row] = place }
    self.rank = rank
  }

  /// log(a/b) with both kept away from 0.
  private static func logRatio(_ first: Float, _ second: Float) -> Double {
    log(max(Double(first), 1e-300)) - log(max(Double(second), 1e-300))
  }
}

/// Places in ascending order as shares of the count, in (0, 1]; equal scores share the mean of
/// their places.
/// - Complexity: O(n log n).
func sharedRanks(_ scores: [Double]) -> [Double] {
  let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
  var ranks = [Double](repeating: 0, count: scores.count)
  var start = 0
  while start < order.count {
    var end = start
    while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
    // Places count from 1: those of the tie are start+1 … end.
    let shared = Double(start + 1 + end) / 2 / Double(scores.count)
    for place in start..<end { ranks[order[place]] = shared }
    start = end
  }
  return ranks
}
