import Concurrency

/// Finds the `k` rows with the largest dot product for each query, largest first, ties by row index.
///
/// For a few queries and many rows, none of which is a query; `nearestCandidates` is for rows of one matrix.
///
/// - Returns: `queries.rows × min(k, rows.rows)` row indices and dot products; the list of query `i` starts at
///   `i` times the width. The number of threads changes no byte of them.
/// - Complexity: O(queries × rows × d), about 24 ns for each pair of 384 numbers and thread.
package func nearestRows(
  of queries: Matrix, among rows: Matrix, k: Int, threads: Int
) -> (indices: [Int32], scores: [Float]) {
  precondition(queries.columns == rows.columns, "queries and rows have the same number of columns")
  let width = min(k, rows.rows)
  guard width > 0, queries.rows > 0 else { return ([], []) }
  let indices = Cells<Int32>(repeating: 0, count: queries.rows * width)
  let scores = Cells<Float>(repeating: 0, count: queries.rows * width)
  let columns = rows.columns
  Parallel.chunks(of: queries.rows, chunk: queriesPerChunk, threads: threads) { range in
    var best = [NearestRows](repeating: NearestRows(capacity: width), count: range.count)
    var block = [Float](repeating: 0, count: range.count * rowsPerBlock)
    queries.storage.withUnsafeBufferPointer { left in
      rows.storage.withUnsafeBufferPointer { right in
        block.withUnsafeMutableBufferPointer { block in
          guard let left = left.baseAddress, let right = right.baseAddress,
            let products = block.baseAddress
          else { return }
          for start in stride(from: 0, to: rows.rows, by: rowsPerBlock) {
            let count = min(rowsPerBlock, rows.rows - start)
            Vectors.products(
              left + range.lowerBound * columns, rows: range.count, right + start * columns,
              rows: count, width: columns, into: products)
            for query in 0..<range.count {
              for row in 0..<count {
                best[query].offer(Int32(start + row), score: products[query * count + row])
              }
            }
          }
        }
      }
    }
    for (query, list) in zip(range, best) {
      for slot in 0..<width {
        indices[query * width + slot] = list.indices[slot]
        scores[query * width + slot] = list.scores[slot]
      }
    }
  }
  return (indices.values, scores.values)
}

/// So many that the rows are read from memory only a few times, and so few that their vectors, with those of a
/// block of rows, stay in a core's cache.
private let queriesPerChunk = 64
private let rowsPerBlock = 128
