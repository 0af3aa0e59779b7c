/// The best rows that were offered so far, at most `capacity`, in the order of a neighbour graph:
/// larger score first, then smaller index.
package struct NearestRows: Sendable {
  package let capacity: Int
  package private(set) var indices: [Int32] = []
  package private(set) var scores: [Float] = []

  package init(capacity: Int) {
    self.capacity = capacity
    indices.reserveCapacity(capacity + 1)
    scores.reserveCapacity(capacity + 1)
  }

  package mutating func removeAll() {
    indices.removeAll(keepingCapacity: true)
    scores.removeAll(keepingCapacity: true)
  }

  /// Adds a row to the list if it is among the best; the order of offers does not matter.
  ///
  /// - Complexity: O(capacity) for a row that is added, O(1) for any other.
  package mutating func offer(_ index: Int32, score: Float) {
    if scores.count == capacity {
      guard let worst = scores.last, let worstIndex = indices.last,
        score > worst || (score == worst && index < worstIndex)
      else { return }
    }
    var low = 0
    var high = scores.count
    while low < high {
      let middle = (low + high) / 2
      if scores[middle] > score || (scores[middle] == score && indices[middle] < index) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    scores.insert(score, at: low)
    indices.insert(index, at: low)
    if scores.count > capacity {
      scores.removeLast()
      indices.removeLast()
    }
  }
}
