/// Joins ranked lists of documents by reciprocal rank fusion: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion
/// outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009.
enum RankFusion {
  /// k: how little the first ranks of one list count against agreement of several. The paper's value.
  static let constant = 60.0

  /// The documents of all lists, that with the largest Σ 1 / (`constant` + rank) first, ties by index.
  ///
  /// - Parameter lists: indices of documents, the best first, none twice in one list.
  /// - Complexity: O(n log n).
  static func fused(_ lists: [[Int32]]) -> [Int32] {
    if lists.count == 1 { return lists[0] }
    var scores: [Int32: Double] = [:]
    for list in lists {
      for (place, document) in list.enumerated() {
        scores[document, default: 0] += 1 / (constant + Double(place + 1))
      }
    }
    return scores.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.map(\.key)
  }
}
