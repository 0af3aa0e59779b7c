import ModelCatalogue
import Synchronization
package import Vectors
import Concurrency

/// Finds exact neighbours by matrix products over blocks of rows.
///
/// The similarity of two rows is the same in both directions, so only half of the blocks are computed. A
/// product in OpenVINO differs from `Matrix.dotProduct` only by rounding, which has a known bound. Every
/// row that could be among the nearest within that bound is kept and measured again with
/// `Matrix.dotProduct`. The result is therefore that of `ExactNeighbourSearch`, byte for byte, whatever
/// the number of threads. A row with more near ties than its list has room for is compared with every
/// other row. Equal rows are searched for once.
///
/// - Complexity: O(rows² × columns / 2) in the processor's matrix products.
package struct OpenVINONeighbourSearch: NeighbourSearch {
  /// With fewer rows than this, compiling a graph costs more than the plain search.
  static let smallestFastCount = 1500
  /// Rows per block. A block of similarities takes 4 MB and stays in a core's caches, and products of
  /// this size run at full speed.
  static let blockRows = 1024

  private let runtime: OpenVINORuntime
  private let threads: Int
  private var progress: SearchProgress?

  /// - Parameter threads: the number of threads, at least one; it changes only the time taken.
  package init(runtime: OpenVINORuntime, threads: Int) {
    precondition(threads > 0, "a search needs a thread")
    self.runtime = runtime
    self.threads = threads
  }

  package func reporting(_ progress: @escaping SearchProgress) -> any NeighbourSearch {
    var search = self
    search.progress = progress
    return search
  }

  package func neighbours(of rows: any VectorRows, k: Int) throws -> NeighbourGraph {
    let vectors = rows.matrix
    guard vectors.rows >= Self.smallestFastCount, k > 0, k < vectors.rows / 4 else {
      return try ExactNeighbourSearch(threads: threads).neighbours(of: vectors, k: k)
    }
    let distinct = DistinctRows(vectors)
    let limit = min(k, distinct.vectors.rows - 1)
    let graph =
      distinct.vectors.rows < Self.smallestFastCount
      ? try ExactNeighbourSearch(threads: threads).neighbours(of: distinct.vectors, k: limit)
      : try search(distinct.vectors, k: limit)
    return distinct.expand(graph, k: k)
  }

  private func search(_ vectors: Matrix, k: Int) throws -> NeighbourGraph {
    let products = try runtime.compile(
      .text(Self.productGraph(columns: vectors.columns)),
      options: GraphOptions(precision: .fp32, streams: threads, threads: threads))
    let rows = vectors.rows
    let columns = vectors.columns
    let blocks = (rows + Self.blockRows - 1) / Self.blockRows
    // Ordered by distance from the diagonal, so that pairs that run at the same time rarely share a block.
    var pairs: [(Int, Int)] = []
    for distance in 0..<blocks {
      for first in 0..<blocks - distance { pairs.append((first, first + distance)) }
    }
    let candidates = Candidates(rows: rows, k: k, margin: 2 * roundingBound(vectors))
    let locks = BlockLocks(count: blocks)
    let next = Atomic(0)
    let finished = Atomic(0)
    let plan = pairs
    @Sendable func range(_ block: Int) -> Range<Int> {
      block * Self.blockRows..<min(rows, (block + 1) * Self.blockRows)
    }
    try vectors.storage.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let base = SharedBuffer(UnsafeMutablePointer(mutating: start))
      try onThreads(threads) { _ in
        let request = try products.request()
        while true {
          let claim = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard claim < plan.count else { return }
          let (first, second) = plan[claim]
          let left = range(first)
          let right = range(second)
          try request.run(
            [
              .float32(base.base + left.lowerBound * columns, shape: [left.count, columns]),
              .float32(base.base + right.lowerBound * columns, shape: [right.count, columns]),
            ], count: left.count * right.count
          ) { scores in
            locks.withBoth(first, second) {
              candidates.take(scores, left: left, right: right)
            }
          }
          progress?(finished.wrappingAdd(1, ordering: .relaxed).newValue, plan.count)
        }
      }
    }
    return try NeighbourGraph.filled(count: rows, k: k) { indices, similarities in
      let nextRow = Atomic(0)
      try onThreads(threads) { _ in
        var best = NearestRows(capacity: k)
        while true {
          let start = nextRow.wrappingAdd(Self.rowsPerClaim, ordering: .relaxed).oldValue
          guard start < rows else { return }
          for row in start..<min(start + Self.rowsPerClaim, rows) {
            if candidates.hasOverflowed(row) {
              best.scan(row, in: vectors)
            } else {
              best.removeAll()
              candidates.forEach(of: row) { other in
                best.offer(other, score: vectors.dotProduct(row, Int(other)))
              }
            }
            best.store(row, indices, similarities)
          }
        }
      }
    }
  }

  private static let rowsPerClaim = 64

  /// The graph that computes `left × rightᵀ` for any number of rows, as text.
  private static func productGraph(columns: Int) -> String {
    var graph = GraphWriter(name: "products")
    let left = graph.parameter("left", .f32, shape: "?,\(columns)")
    let right = graph.parameter("right", .f32, shape: "?,\(columns)")
    graph.result(graph.multiplyTransposed(left, right))
    return graph.xml
  }
}
