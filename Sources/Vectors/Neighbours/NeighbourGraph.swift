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
  /// The share of the true nearest rows that the lists have, 0…1, as measured on a sample; nil where the search
  /// was exact.
  package var recall: Double?

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
  func neighbours(of vectors: any VectorRows, k: Int) throws -> NeighbourGraph

  /// The same, where only some rows may be neighbours: those of `candidates`, ascending and at least one.
  func neighbours(
    of vectors: any VectorRows, among candidates: [Int32], k: Int, threads: Int
  ) throws -> NeighbourGraph

  /// The same search, which tells how much of the work on a graph is done, on any thread. A search that takes
  /// no long time may tell nothing.
  func reporting(_ progress: @escaping SearchProgress) -> any NeighbourSearch
}

/// Told how much of a search is done, and how much there is in all.
package typealias SearchProgress = @Sendable (_ done: Int, _ total: Int) -> Void

extension NeighbourSearch {
  package func reporting(_ progress: @escaping SearchProgress) -> any NeighbourSearch { self }

  package func neighbours(
    of vectors: any VectorRows, among candidates: [Int32], k: Int, threads: Int
  ) throws -> NeighbourGraph {
    guard candidates.count < vectors.rows else { return try neighbours(of: vectors, k: k) }
    let within = try neighbours(of: vectors.gathered(candidates), k: k)
    let count = vectors.rows
    var isCandidate = [Bool](repeating: false, count: count)
    for row in candidates { isCandidate[Int(row)] = true }
    let others = (0..<Int32(count)).filter { !isCandidate[Int($0)] }
    let (foundIndices, foundSimilarities) = nearestCandidates(
      of: others, among: candidates, in: vectors.matrix, k: within.k, threads: threads)
    var indices = [Int32](repeating: 0, count: count * within.k)
    var similarities = [Float](repeating: 0, count: count * within.k)
    for (position, row) in candidates.enumerated() {
      for slot in 0..<within.k {
        indices[Int(row) * within.k + slot] =
          candidates[Int(within.indices[position * within.k + slot])]
        similarities[Int(row) * within.k + slot] =
          within.similarities[position * within.k + slot]
      }
    }
    for (position, row) in others.enumerated() {
      for slot in 0..<within.k {
        indices[Int(row) * within.k + slot] = foundIndices[position * within.k + slot]
        similarities[Int(row) * within.k + slot] = foundSimilarities[position * within.k + slot]
      }
    }
    return NeighbourGraph(
      count: count, k: within.k, indices: indices, similarities: similarities)
  }
}
