import Dispatch
import Synchronization

/// Where threads leave messages for the one that runs the spool. Bounded: when it is full, whoever
/// comes waits.
package final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let filled = DispatchSemaphore(value: 0)
  private let free: DispatchSemaphore
  private let isClosed = Atomic(false)
  private let capacity: Int

  package init(capacity: Int = 4096) {
    self.capacity = capacity
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
    messages.withLock { $0.append(message) }
    filled.signal()
  }

  /// All that has come, at least one, oldest first; nothing where nothing came before the deadline.
  package func take(until deadline: ContinuousClock.Instant) -> [Message] {
    let wait = max(.zero, ContinuousClock.now.duration(to: deadline))
    let nanoseconds = wait / .nanoseconds(1)
    guard filled.wait(timeout: .now() + .nanoseconds(Int(min(nanoseconds, 1e15)))) == .success
    else {
      return []
    }
    let taken = messages.withLock { waiting in
      let all = waiting
      waiting = []
      return all
    }
    // One signal was waited for above; the others belong to messages that are taken now.
    for _ in 1..<max(1, taken.count) { filled.wait() }
    for _ in taken { free.signal() }
    return taken
  }
}
