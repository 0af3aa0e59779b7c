import Dispatch
import Synchronization

/// Work split over a fixed grid of chunks.
///
/// The chunks are the same whatever the number of threads, and each writes only to its own place,
/// so the thread count changes the time and never a byte.
package enum Parallel {
  /// Runs `body` once for every chunk of `0..<count`, on at most `threads` threads.
  ///
  /// - Parameters:
  ///   - chunk: rows per chunk; a constant of the caller's, not a function of `threads`.
  ///   - body: gets the chunk's rows; must write only what belongs to them.
  package static func chunks(
    of count: Int, chunk: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void
  ) {
    precondition(chunk > 0)
    let chunkCount = (count + chunk - 1) / chunk
    guard threads > 1, chunkCount > 1 else {
      for index in 0..<chunkCount {
        body(index * chunk..<min(count, (index + 1) * chunk))
      }
      return
    }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: min(threads, chunkCount)) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < chunkCount else { return }
        body(index * chunk..<min(count, (index + 1) * chunk))
      }
    }
  }

  /// Sums `body` over fixed chunks, in chunk order, in `Double`.
  package static func sum(
    over count: Int, chunk: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Double
  ) -> Double {
    let chunkCount = (count + chunk - 1) / chunk
    let partial = Cells<Double>(repeating: 0, count: chunkCount)
    chunks(of: count, chunk: chunk, threads: threads) { rows in
      partial[rows.lowerBound / chunk] = body(rows)
    }
    return partial.values.reduce(0, +)
  }
}
