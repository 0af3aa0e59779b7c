package import Logging
import Synchronization

/// Limits how often the same kind of event is logged, so that whoever can cause events cannot fill a disk
/// with log lines.
///
/// Events are of the same kind if level and message are equal; what differs between them is metadata. In
/// each minute that begins with an event, so many of its kind are logged; how many more there were is
/// logged once the minute is over.
package final class LogLimiter: Sendable {
  /// Events of one kind that were not logged.
  package struct Omission: Sendable, Equatable {
    package let level: Logger.Level
    package let message: String
    package let count: Int
  }

  private struct Kind: Hashable {
    let level: Logger.Level
    let message: String
  }

  private struct Window {
    let end: Int64
    var count = 0
  }

  private let windows = Mutex<[Kind: Window]>([:])
  private let microseconds: @Sendable () -> Int64

  /// In microseconds.
  private static let windowLength: Int64 = 60_000_000

  /// How many events of a kind are logged in a minute. Every file has a line of level info (`done`), and
  /// a daemon does up to a thousand files a minute; warnings and errors repeat each other far earlier.
  static func limit(_ level: Logger.Level) -> Int { level >= .notice ? 120 : 3_000 }

  /// - Parameter microseconds: the time of a clock that never goes back.
  package init(
    microseconds: @escaping @Sendable () -> Int64 = { SystemTime.monotonicMicroseconds }
  ) {
    self.microseconds = microseconds
  }

  /// Counts an event.
  ///
  /// - Returns: whether it is logged.
  package func admit(level: Logger.Level, message: String) -> Bool {
    let now = microseconds()
    return windows.withLock { windows in
      let kind = Kind(level: level, message: message)
      var window = windows[kind] ?? Window(end: now + Self.windowLength)
      window.count += 1
      windows[kind] = window
      return window.count <= Self.limit(level)
    }
  }

  /// The events that were not logged in the minutes that are over, or in all minutes.
  ///
  /// - Parameter isLast: whether the program is about to end.
  package func takeOmissions(isLast: Bool = false) -> [Omission] {
    let now = microseconds()
    return windows.withLock { windows in
      let over = windows.filter { isLast || $0.value.end <= now }
      for kind in over.keys { windows[kind] = nil }
      return over.filter { $0.value.count > Self.limit($0.key.level) }
        .map {
          Omission(
            level: $0.key.level, message: $0.key.message,
            count: $0.value.count - Self.limit($0.key.level))
        }
        .sorted { ($0.level, $0.message) < ($1.level, $1.message) }
    }
  }
}
