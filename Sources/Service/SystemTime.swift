import Foundation

/// Reads the system's clocks.
package enum SystemTime {
  /// Milliseconds since 1970, UTC.
  package static var now: Int64 { nanoseconds(CLOCK_REALTIME) / 1_000_000 }

  /// Microseconds of `CLOCK_MONOTONIC`, which never goes back.
  package static var monotonicMicroseconds: Int64 { nanoseconds(CLOCK_MONOTONIC) / 1_000 }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// A time as in RFC 3339, such as `2026-11-23T20:31:52.123Z`.
  ///
  /// - Parameter milliseconds: since 1970, UTC; may be negative.
  static func text(_ milliseconds: Int64) -> String {
    let (seconds, rest) = milliseconds.quotientAndRemainderDown(by: 1_000)
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    let date = [
      digits(Int(parts.tm_year) + 1900, 4), digits(Int(parts.tm_mon) + 1, 2),
      digits(Int(parts.tm_mday), 2),
    ].joined(separator: "-")
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { digits(Int($0), 2) }
      .joined(separator: ":")
    return "\(date)T\(clock).\(digits(Int(rest), 3))Z"
  }

  /// A number with zeros before it, so that it has `count` digits at least.
  private static func digits(_ number: Int, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}

extension Int64 {
  /// Division that rounds down, so that the remainder is never negative.
  fileprivate func quotientAndRemainderDown(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
