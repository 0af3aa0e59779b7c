import Concurrency

/// Finds the `k` candidates with the largest dot product for each query row, largest first, ties by
/// candidate index.
///
/// For queries that are not candidates themselves, so that no row can be its own neighbour.
///
/// - Parameters:
///   - queries: rows of `vectors`.
///   - candidates: rows of `vectors`, none of which is a query.
/// - Returns: `queries.count × min(k, candidates.count)` row indices and similarities.
/// - Complexity: O(queries × candidates × d).
package func nearestCandidates(
  of queries: [Int32], among candidates: [Int32], in vectors: Matrix, k: Int, threads: Int
) -> (indices: [Int32], similarities: [Float]) {
  let width = min(k, candidates.count)
  guard width > 0 else { return ([], []) }
  let indices = Cells<Int32>(repeating: 0, count: queries.count * width)
  let similarities = Cells<Float>(repeating: 0, count: queries.count * width)
  Parallel.chunks(of: queries.count, chunk: 16, threads: threads) { range in
    for position in range {
      let query = Int(queries[position])
      var best: [(similarity: Float, index: Int32)] = []
      best.reserveCapacity(width + 1)
      for candidate in candidates {
        let similarity = vectors.dotProduct(query, Int(candidate))
        if best.count == width, let worst = best.last,
          (similarity, -candidate) < (worst.similarity, -worst.index)
        {
          continue
        }
        let place =
          best.firstIndex {
            (similarity, -candidate) > ($0.similarity, -$0.index)
          } ?? best.count
        best.insert((similarity, candidate), at: place)
        if best.count > width { best.removeLast() }
      }
      for slot in 0..<width {
        indices[position * width + slot] = best[slot].index
        similarities[position * width + slot] = best[slot].similarity
      }
    }
  }
  return (indices.values, similarities.values)
}
