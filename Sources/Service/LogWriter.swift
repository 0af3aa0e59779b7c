import Foundation
import Synchronization

/// Writes log lines on a thread of its own, so that whoever logs never waits: standard error may be a
/// pipe that nobody reads, or a disk that hangs.
///
/// Lines wait in a queue of bounded size. A line that does not fit is dropped and counted; the count is
/// written as a line of its own as soon as lines are accepted again.
package final class LogWriter: Sendable {
  private struct Queue {
    var lines: [String] = []
    var byteCount = 0
    var droppedCount = 0
    /// Whether the thread has lines in hand that are not written yet.
    var isWriting = false
    /// Signalled once nothing waits to be written.
    var flushes: [DispatchSemaphore] = []
  }

  private let queue = Mutex(Queue())
  private let hasLines = DispatchSemaphore(value: 0)
  private let notice: @Sendable (Int) -> String
  private let write: @Sendable (String) -> Void

  /// The most bytes that wait: some ten thousand lines, which a reader that stalls for seconds does not
  /// lose, and little beside the memory of a worker.
  private static let byteLimit = 2 << 20

  /// - Parameters:
  ///   - notice: makes the line that says how many lines were dropped.
  ///   - write: writes a whole line; may block.
  package init(
    notice: @escaping @Sendable (_ dropped: Int) -> String,
    write: @escaping @Sendable (String) -> Void = { StandardError.write($0) }
  ) {
    self.notice = notice
    self.write = write
    let thread = Thread { [self] in
      while true {
        hasLines.wait()
        writeQueued()
      }
    }
    thread.name = "emend log"
    thread.start()
  }

  /// Puts a line into the queue; returns at once.
  package func put(_ line: String) {
    let isFirst = queue.withLock { queue in
      guard queue.byteCount + line.utf8.count <= Self.byteLimit else {
        queue.droppedCount += 1
        return false
      }
      queue.lines.append(line)
      queue.byteCount += line.utf8.count
      return queue.lines.count == 1
    }
    if isFirst { hasLines.signal() }
  }

  /// Waits until all lines are written, but not longer than `limit`.
  ///
  /// - Returns: whether they are.
  @discardableResult
  package func flush(atMost limit: Duration) -> Bool {
    let isEmptied = DispatchSemaphore(value: 0)
    let isEmpty = queue.withLock { queue in
      guard queue.isWriting || !queue.lines.isEmpty else { return true }
      queue.flushes.append(isEmptied)
      return false
    }
    return isEmpty || isEmptied.wait(timeout: .now() + limit / .seconds(1)) == .success
  }

  private func writeQueued() {
    let lines = queue.withLock { queue in
      defer {
        queue.lines = []
        queue.isWriting = true
      }
      return queue.lines
    }
    for line in lines {
      write(line)
      queue.withLock { $0.byteCount -= line.utf8.count }
    }
    // All lines that were lost so far were lost after these, and before those that are accepted from now on.
    let dropped = queue.withLock { queue in
      defer { queue.droppedCount = 0 }
      return queue.droppedCount
    }
    if dropped > 0 { write(notice(dropped)) }
    let flushes = queue.withLock { queue -> [DispatchSemaphore] in
      queue.isWriting = false
      // Lines that came meanwhile are written next.
      guard queue.lines.isEmpty else { return [] }
      defer { queue.flushes = [] }
      return queue.flushes
    }
    for flush in flushes { flush.signal() }
  }
}
