import Foundation

/// Waiting for another process to let go of a file, which no event tells of: a little at a time, on the
/// thread that has nothing else to do, and no longer than it may.
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

  /// Waits for the next try; false, at once, where there is no time left.
  func wait() -> Bool {
    guard ContinuousClock.now < end else { return false }
    Self.wait(pause)
    return true
  }

  static func wait(_ pause: Duration) { Thread.sleep(forTimeInterval: pause / .seconds(1)) }
}
