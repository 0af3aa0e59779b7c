import Foundation

/// Runs `body` on `count` new threads and waits for all of them.
///
/// Blocking work (inference, long products) must not occupy Swift's cooperative threads, so it gets
/// threads of its own. With one worker, the caller's thread does the work.
/// - Parameter body: called once per worker with its number, `0 ..< count`.
/// - Throws: the error of the lowest-numbered worker that failed.
package func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  guard count > 1 else { return try body(0) }
  let failures = Failures(count: count)
  let group = DispatchGroup()
  for worker in 0..<count {
    group.enter()
    let thread = Thread {
      defer { group.leave() }
      do { try body(worker) } catch { failures.record(error, of: worker) }
    }
    thread.stackSize = workerStackBytes
    thread.start()
  }
  group.wait()
  if let first = failures.first { throw first }
}

/// Enough for OpenVINO's compiler, which recurses over the graph.
private let workerStackBytes = 16 << 20

/// The errors of the workers, protected by a lock.
private final class Failures: @unchecked Sendable {
  private let lock = NSLock()
  private var errors: [(any Error)?]

  init(count: Int) { errors = Array(repeating: nil, count: count) }

  func record(_ error: any Error, of worker: Int) { lock.withLock { errors[worker] = error } }

  var first: (any Error)? { lock.withLock { errors.compactMap(\.self).first } }
}

/// A buffer into which several workers write, each into a part of its own.
///
/// The code that allocates the buffer must keep it alive until the workers are done.
package struct SharedBuffer<Element>: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Element>

  package init(_ base: UnsafeMutablePointer<Element>) { self.base = base }
}
