import Dispatch
import Synchronization

/// Shares work among threads in chunks of a fixed size.
///
/// The chunks do not depend on the number of threads, and each chunk writes only to its own places.
/// So the number of threads changes the time taken and never a byte of the result.
package enum Parallel {
  /// Runs `body` once for every chunk of `0..<count`, on at most `threads` threads.
  ///
  /// - Parameters:
  ///   - chunk: rows per chunk, above 0; must not depend on `threads`.
  ///   - body: gets the rows of a chunk, and must write only what belongs to these rows.
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

  /// The sum of what `body` returns for every chunk of `0..<count`, added in the order of the chunks.
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
