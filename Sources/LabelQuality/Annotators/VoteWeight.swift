import Foundation

/// How much the votes of a file count, 0…1, for all annotators alike.
///
/// `AnnotatorReliability` takes annotators for independent. Two who always agree then make no mistake that the
/// evidence could show: with K = 40 labels their common vote has odds of ten million to one. But annotators share
/// guidelines, a draft of a model, or a source, and some columns are copies of each other. So the votes are
/// compared with the estimated errors of the file: where votes and label agree, the votes claim that a share of
/// labels is wrong, and the evidence estimates another. If the votes claim fewer errors, their log-odds are
/// multiplied by the weight for which both shares are the same. Then copies of one vote say as much as that vote.
///
/// docs/METHODS.md, section 2.
enum VoteWeight {
  /// With fewer records on which votes and label agree, the shares are compared by chance.
  static let fewestRecords = 50
  private static let steps = 50

  /// - Parameters:
  ///   - data: the votes, and the given labels.
  ///   - wrong: how probably each given label is wrong by the evidence, 0…1; NaN without a label.
  /// - Complexity: O(votes) per step.
  static func weight(_ data: AnnotatedSet, wrong: [Double]) -> Double {
    let rows = data.voteScores.keys.sorted().filter { row in
      guard let given = data.targets.single(row), !wrong[row].isNaN, !data.trusted[row],
        let leader = leader(data.voteScores[row] ?? [])
      else { return false }
      return Int(leader) == given
    }
    guard rows.count >= fewestRecords else { return 1 }
    let estimated = rows.reduce(0) { $0 + wrong[$1] } / Double(rows.count)
    func claimed(_ weight: Double) -> Double {
      rows.reduce(0) { sum, row in
        sum
          + errorShare(
            data.voteScores[row] ?? [], weight: weight, labelCount: data.targets.labelCount)
      } / Double(rows.count)
    }
    guard claimed(1) < estimated else { return 1 }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<steps {
      let middle = (low + high) / 2
      if claimed(middle) < estimated { high = middle } else { low = middle }
    }
    return low
  }

  private static func leader(_ scores: [(label: Int32, score: Double)]) -> Int32? {
    scores.max { ($0.score, $1.label) < ($1.score, $0.label) }?.label
  }

  /// The probability that the label with the highest score is wrong by the votes alone.
  private static func errorShare(
    _ scores: [(label: Int32, score: Double)], weight: Double, labelCount: Int
  ) -> Double {
    let highest = scores.map(\.score).max() ?? 0
    let voted = scores.reduce(0) { $0 + exp(weight * ($1.score - highest)) }
    let others = Double(max(labelCount - scores.count, 0)) * exp(-weight * highest)
    return 1 - 1 / (voted + others)
  }
}
