import Foundation

/// A source of time and waits, which tests replace so that they do not wait.
package struct ServerClock: Sendable {
  /// The time since a fixed moment; it never goes back.
  package let now: @Sendable () -> Duration
  /// Waits for the given duration.
  package let wait: @Sendable (Duration) -> Void

  package init(
    now: @escaping @Sendable () -> Duration, wait: @escaping @Sendable (Duration) -> Void
  ) {
    self.now = now
    self.wait = wait
  }

  package static var system: ServerClock {
    let start = ContinuousClock.now
    return ServerClock(
      now: { ContinuousClock.now - start },
      // Servers do not signal when they are ready again, and the conversation's thread has no other work.
      wait: { Thread.sleep(forTimeInterval: $0 / .seconds(1)) })
  }
}
