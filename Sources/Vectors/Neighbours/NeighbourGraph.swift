/// The k nearest other rows of every row, nearest first.
///
/// A row is never its own neighbour. It is left out by index and not by distance, so exact duplicates
/// of a row stay in its list. Ties are ordered by index, so the graph depends on the vectors alone.
package struct NeighbourGraph: Sendable, Equatable {
  /// Number of rows.
  package let count: Int
  /// Neighbours per row: the number asked for, or `count − 1` where there are fewer.
  package let k: Int
  /// `count × k` row indices; those of row `i` start at `i * k`.
  package let indices: [Int32]
  /// `count × k` similarities: dot products, which are cosines for unit rows, −1…1; higher is nearer.
  package let similarities: [Float]

  /// Requires that the lists have `count × k` entries and that no row lists itself.
  package init(count: Int, k: Int, indices: [Int32], similarities: [Float]) {
    precondition(indices.count == count * k && similarities.count == count * k)
    for row in 0..<count {
      for slot in row * k..<(row + 1) * k {
        precondition(indices[slot] != Int32(row), "a row is never its own neighbour")
      }
    }
    self.count = count
    self.k = k
    self.indices = indices
    self.similarities = similarities
  }

  /// The same graph with at most `limit` neighbours per row, the nearest ones.
  package func truncated(to limit: Int) -> NeighbourGraph {
    guard limit < k else { return self }
    var shortIndices: [Int32] = []
    var shortSimilarities: [Float] = []
    shortIndices.reserveCapacity(count * limit)
    shortSimilarities.reserveCapacity(count * limit)
    for row in 0..<count {
      shortIndices += indices[row * k..<row * k + limit]
      shortSimilarities += similarities[row * k..<row * k + limit]
    }
    return NeighbourGraph(
      count: count, k: limit, indices: shortIndices, similarities: shortSimilarities)
  }
}

/// A way to find the nearest rows.
package protocol NeighbourSearch: Sendable {
  /// Finds the `k` other rows with the largest dot product for every row of `vectors`, ordered by
  /// similarity (largest first), then index (smallest first). A row itself is left out by index.
  ///
  /// Similarities are computed by `dotProduct`, whatever arithmetic a search uses to find candidates.
  /// So searches that find the same neighbours give the same bytes.
  func neighbours(of vectors: Matrix, k: Int) throws -> NeighbourGraph
}
