import Synchronization

/// Applies `body` to every item, several at once, for work that waits for a model.
///
/// - Parameters:
///   - workers: number of threads; no more are used than there are items.
///   - progress: called on any thread with the number of items that are done and of all items.
/// - Returns: the results in the order of the items.
/// - Throws: nothing of its own; `body` cannot throw.
package func concurrently<Item: Sendable, Result: Sendable>(
  _ items: [Item], workers: Int, progress: (@Sendable (Int, Int) -> Void)? = nil,
  _ body: @escaping @Sendable (Item) -> Result
) throws -> [Result] {
  let state = Mutex(
    (next: 0, done: 0, results: [Result?](repeating: nil, count: items.count)))
  progress?(0, items.count)
  try onThreads(max(1, min(workers, items.count))) { _ in
    while let index = state.withLock({ state -> Int? in
      guard state.next < items.count else { return nil }
      state.next += 1
      return state.next - 1
    }) {
      let result = body(items[index])
      let done = state.withLock { state in
        state.results[index] = result
        state.done += 1
        return state.done
      }
      progress?(done, items.count)
    }
  }
  return state.withLock { $0.results.compactMap(\.self) }
}
