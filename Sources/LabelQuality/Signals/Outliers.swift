import Concurrency
import Foundation
import Vectors

/// Finds the records that are far from all others, whose neighbours therefore say little about them.
///
/// A record is an outlier where the mean similarity of its `neighbours` nearest records is no more than what
/// only one pair in a hundred exceeds among random pairs of records with different labels: so near are records
/// that have nothing to do with each other. Where most of these neighbours have one label, they do say
/// something, and the record is none. Where the first holds for more than `largestShare` of the records, one
/// pair in twenty is taken in place of one in a hundred, and where it still does, the file is spread out and no
/// record is unlike the rest. docs/METHODS.md, section 1.
enum Outliers {
  /// How many neighbours a record's distance is the mean of.
  static let neighbours = 5
  /// The shares of the pairs, 0…1, that the neighbours must exceed; the first that fits the file counts.
  static let pairShares = [0.99, 0.95]
  /// At most this share of the records, 0…1, is unlike the others.
  static let largestShare = 0.05
  /// So many of the neighbours with one label say something, if so many would have it by chance in less than
  /// `byChance` of all cases, 0…1.
  static let agreeing = 3
  static let byChance = 0.01
  /// With fewer annotated records, "far" means little.
  static let fewestRecords = 100

  private static let pairCount = 4_000
  /// Where nearly all records have one label, few pairs differ.
  private static let mostDraws = 20 * pairCount
  private static let seed: UInt64 = 0

  /// Whether each row is an outlier.
  ///
  /// - Parameters:
  ///   - graph: the nearest annotated rows of every row of `vectors`.
  ///   - visible: the annotated and legible records, of which pairs are drawn; other rows are no outliers.
  /// - Complexity: O(n), and 4,000 dot products.
  static func found(
    in graph: NeighbourGraph, of vectors: any VectorRows, among visible: Targets
  ) -> [Bool] {
    var isOutlier = [Bool](repeating: false, count: graph.count)
    let rows = visible.annotated.map(Int.init)
    guard rows.count >= fewestRecords, graph.k >= neighbours else { return isOutlier }
    let nearness = rows.map { row in
      graph.similarities[row * graph.k..<row * graph.k + neighbours].reduce(0, +)
        / Float(neighbours)
    }
    let unrelated = unrelatedSimilarities(vectors, visible)
    guard !unrelated.isEmpty else { return isOutlier }
    for share in pairShares {
      let limit = unrelated[min(Int(share * Double(unrelated.count)), unrelated.count - 1)]
      let far = rows.indices.filter { nearness[$0] <= limit }
      guard Double(far.count) <= largestShare * Double(rows.count) else { continue }
      for place in far where !neighboursAgree(rows[place], graph, visible) {
        isOutlier[rows[place]] = true
      }
      break
    }
    return isOutlier
  }

  /// Whether at least `agreeing` of a row's neighbours have a label in common, more than chance would give.
  private static func neighboursAgree(
    _ row: Int, _ graph: NeighbourGraph, _ visible: Targets
  ) -> Bool {
    var counts: [Int32: Int] = [:]
    for slot in row * graph.k..<row * graph.k + neighbours {
      for label in visible.of(Int(graph.indices[slot])) { counts[label, default: 0] += 1 }
    }
    return counts.contains { label, count in
      count >= agreeing && tail(count, visible.frequencies[Int(label)]) < byChance
    }
  }

  /// The probability that at least `count` of `neighbours` random records have a label of this frequency.
  private static func tail(_ count: Int, _ frequency: Double) -> Double {
    var ways = 1.0
    var total = 0.0
    for hits in 0...neighbours {
      if hits >= count {
        total += ways * pow(frequency, Double(hits)) * pow(1 - frequency, Double(neighbours - hits))
      }
      ways *= Double(neighbours - hits) / Double(hits + 1)
    }
    return total
  }

  /// The similarities of random pairs of records that share no label, ascending; none where hardly any pair
  /// does.
  private static func unrelatedSimilarities(_ vectors: any VectorRows, _ visible: Targets)
    -> [Float]
  {
    let rows = visible.annotated
    var generator = SplitMix64(seed: seed)
    var drawn: [Int32] = []
    for _ in 0..<mostDraws where drawn.count < 2 * pairCount {
      let first = rows[Int.random(in: 0..<rows.count, using: &generator)]
      let second = rows[Int.random(in: 0..<rows.count, using: &generator)]
      if Set(visible.of(Int(first))).isDisjoint(with: visible.of(Int(second))) {
        drawn += [first, second]
      }
    }
    guard drawn.count == 2 * pairCount else { return [] }
    let pairs = vectors.gathered(drawn)
    return (0..<pairCount).map { pairs.dotProduct(2 * $0, 2 * $0 + 1) }.sorted()
  }
}
