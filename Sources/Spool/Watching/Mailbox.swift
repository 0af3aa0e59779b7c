package import AtomicFiles
import Dispatch
import Foundation
import Synchronization

/// A bounded queue of messages to the thread that runs the spool. If it is full, `put` waits.
package final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let filled: WakeUpPipe
  private let free: DispatchSemaphore
  private let isClosed = Atomic(false)
  private let capacity: Int

  /// - Throws: where no descriptors can be had.
  package init(capacity: Int = 4096) throws(FileError) {
    self.capacity = capacity
    filled = try WakeUpPipe()
    free = DispatchSemaphore(value: capacity)
  }

  /// From now on, nothing reads the queue: messages are dropped, and `put` does not wait.
  package func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    for _ in 0..<capacity { free.signal() }
  }

  package func put(_ message: Message) {
    free.wait()
    guard !isClosed.load(ordering: .sequentiallyConsistent) else {
      // The next thread that waits must go on, too.
      free.signal()
      return
    }
    let wasEmpty = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    if wasEmpty { filled.wake() }
  }

  /// All that has come, oldest first; waits for a message, for the deadline, or until something can be
  /// read from the other descriptor, whichever is first.
  ///
  /// - Parameter descriptor: -1 for none.
  package func take(
    until deadline: ContinuousClock.Instant, orInputAt descriptor: Int32 = -1
  ) -> [Message] {
    let wait = max(.zero, ContinuousClock.now.duration(to: deadline))
    // Rounded up: rounded down, a wait of less than a millisecond would be a busy loop.
    let milliseconds = (wait / .milliseconds(1)).rounded(.up)
    var requests = [filled.descriptor, descriptor].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    poll(&requests, nfds_t(requests.count), Int32(min(milliseconds, 1e9)))
    // The pipe is emptied before the messages are taken; otherwise the wake-up for a message that
    // arrives in between would be lost.
    filled.clear()
    let taken = messages.withLock { waiting in
      let all = waiting
      waiting = []
      return all
    }
    for _ in taken { free.signal() }
    return taken
  }
}
