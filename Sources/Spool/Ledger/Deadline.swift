import Foundation

/// The end of a wait for another process to release a file. No event reports the release, so the
/// caller tries again and again, with pauses, until the deadline. The thread that calls sleeps in
/// the pauses.
struct Deadline {
  private let end: ContinuousClock.Instant
  private let pause: Duration

  /// - Parameters:
  ///   - limit: how long to wait in all.
  ///   - pause: how long between two tries.
  init(_ limit: Duration, pause: Duration) {
    end = ContinuousClock.now + limit
    self.pause = pause
  }

  /// Sleeps until the next try.
  ///
  /// - Returns: false, without any sleep, once the deadline has passed.
  func wait() -> Bool {
    guard ContinuousClock.now < end else { return false }
    Self.wait(pause)
    return true
  }

  /// Sleeps for the length of a pause, whatever the deadline.
  static func wait(_ pause: Duration) { Thread.sleep(forTimeInterval: pause / .seconds(1)) }
}
