package import AtomicFiles
import Dispatch
import Foundation
import Synchronization

/// Where threads leave messages for the one that runs the spool. Bounded: when it is full, whoever
/// comes waits.
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

  /// Nobody reads any more: messages are dropped, and nobody waits to leave one.
  package func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    for _ in 0..<capacity { free.signal() }
  }

  package func put(_ message: Message) {
    free.wait()
    guard !isClosed.load(ordering: .sequentiallyConsistent) else {
      // Whoever waits behind goes on too.
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
    // Rounded up, or the last fraction of a millisecond would spin.
    let milliseconds = (wait / .milliseconds(1)).rounded(.up)
    var requests = [filled.descriptor, descriptor].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    poll(&requests, nfds_t(requests.count), Int32(min(milliseconds, 1e9)))
    // Before the messages are taken, or the word of one that comes in between would be lost.
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
