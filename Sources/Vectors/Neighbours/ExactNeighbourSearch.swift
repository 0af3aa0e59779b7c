package import Concurrency
import Synchronization

/// Compares every row with every other one.
///
/// Faster searches are checked against it, and it is the best choice for a few thousand rows. All
/// numbers must be finite.
///
/// - Complexity: O(rows² × columns); about 45 ns per pair of 384 numbers and thread.
package struct ExactNeighbourSearch: NeighbourSearch {
  private let threads: Int

  /// - Parameter threads: changes the time taken and never the result.
  package init(threads: Int) {
    precondition(threads > 0, "a search needs a thread")
    self.threads = threads
  }

  package func neighbours(of rows: any VectorRows, k: Int) throws -> NeighbourGraph {
    let vectors = rows.matrix
    let limit = max(0, min(k, vectors.rows - 1))
    return try NeighbourGraph.filled(count: vectors.rows, k: limit) { indices, similarities in
      let next = Atomic(0)
      try onThreads(max(1, min(threads, vectors.rows / Self.rowsPerClaim))) { _ in
        var best = NearestRows(capacity: limit)
        while true {
          let start = next.wrappingAdd(Self.rowsPerClaim, ordering: .relaxed).oldValue
          guard start < vectors.rows else { return }
          for row in start..<min(start + Self.rowsPerClaim, vectors.rows) {
            best.scan(row, in: vectors)
            best.store(row, indices, similarities)
          }
        }
      }
    }
  }

  /// Rows that a worker takes at a time: few enough to share the work evenly, and so many that taking
  /// them costs little time.
  private static let rowsPerClaim = 16
}

extension NearestRows {
  /// Fills the list with the nearest of all other rows.
  ///
  /// - Complexity: O(rows × columns).
  package mutating func scan(_ row: Int, in vectors: Matrix) {
    removeAll()
    vectors.storage.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let columns = vectors.columns
      for other in 0..<vectors.rows where other != row {
        offer(
          Int32(other),
          score: dotProduct(base + row * columns, base + other * columns, count: columns))
      }
    }
  }

  /// Writes a full list into the buffers of a graph, as the neighbours of `row`.
  package func store(
    _ row: Int, _ indices: SharedBuffer<Int32>, _ similarities: SharedBuffer<Float>
  ) {
    precondition(scores.count == capacity, "every row has a full list; are all numbers finite?")
    for slot in 0..<capacity {
      indices.base[row * capacity + slot] = self.indices[slot]
      similarities.base[row * capacity + slot] = scores[slot]
    }
  }
}

extension NeighbourGraph {
  /// Makes a graph whose lists `body` writes in place.
  ///
  /// Several workers may write at once, each the lists of its own rows. `body` must return only when
  /// all lists are written.
  /// - Throws: what `body` throws.
  package static func filled(
    count: Int, k: Int,
    _ body: (SharedBuffer<Int32>, SharedBuffer<Float>) throws -> Void
  ) throws -> NeighbourGraph {
    guard count > 0, k > 0 else {
      return NeighbourGraph(count: count, k: 0, indices: [], similarities: [])
    }
    var indices = [Int32](repeating: -1, count: count * k)
    var similarities = [Float](repeating: 0, count: count * k)
    try indices.withUnsafeMutableBufferPointer { indexBuffer in
      try similarities.withUnsafeMutableBufferPointer { similarityBuffer in
        guard let indexBase = indexBuffer.baseAddress,
          let similarityBase = similarityBuffer.baseAddress
        else { return }
        try body(SharedBuffer(indexBase), SharedBuffer(similarityBase))
      }
    }
    return NeighbourGraph(count: count, k: k, indices: indices, similarities: similarities)
  }
}
