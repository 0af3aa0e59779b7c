import Foundation

/// The time and the waiting for it, so that tests need neither.
package struct ServerClock: Sendable {
  /// Time since any fixed moment; never goes back.
  package let now: @Sendable () -> Duration
  /// Returns when that long has passed.
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
      // Nothing tells when a server is ready again, and the conversation's thread has nothing else to do.
      wait: { Thread.sleep(forTimeInterval: $0 / .seconds(1)) })
  }
}
