import Foundation
import Synchronization

/// Tells a service manager the state of the process, with the protocol of `sd_notify(3)` but
/// without its library.
///
/// Every message is one datagram to the socket that `NOTIFY_SOCKET` names; without such a name
/// every method does nothing. No method blocks, throws or keeps a descriptor open, so the work goes
/// on if the manager does not listen. The manager waits for the states ready, reloading and
/// stopping: if one cannot be sent, it is sent before the next message, unless a newer state has
/// replaced it. A status or a watchdog message that cannot be sent is dropped, as it would be out
/// of date later.
package final class ServiceNotifier: Sendable {
  /// How often to call `watchdog()`: half of the time that the manager allows, as
  /// `sd_watchdog_enabled(3)` advises; `nil` if the manager does not expect it of this process.
  package let watchdogInterval: Duration?

  private let address: SocketAddress?
  private let monotonicMicroseconds: @Sendable () -> Int64
  private let unsent = Mutex<String?>(nil)

  /// - Parameters:
  ///   - environment: the variables `NOTIFY_SOCKET` (a path, or `@` and an abstract name),
  ///     `WATCHDOG_USEC` and `WATCHDOG_PID`; a malformed one counts as not set.
  ///   - process: this process's identifier, which `WATCHDOG_PID` must have if it is set.
  ///   - monotonicMicroseconds: the time of `CLOCK_MONOTONIC`.
  package init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    process: Int32 = getpid(),
    monotonicMicroseconds: @escaping @Sendable () -> Int64 = {
      SystemTime.monotonicMicroseconds
    }
  ) {
    address = environment["NOTIFY_SOCKET"].flatMap { SocketAddress(name: $0) }
    watchdogInterval = Self.watchdogInterval(environment, process: process)
    self.monotonicMicroseconds = monotonicMicroseconds
  }

  /// Tells that the process is ready: it has started, or a reload is finished.
  package func ready(status: String? = nil) {
    announce("READY=1", status: status)
  }

  /// Sends one line on the present work, which `systemctl status` shows.
  package func status(_ text: String) {
    send(Self.statusAssignment(text))
  }

  /// Tells that the process still works; to be called every `watchdogInterval`.
  package func watchdog() {
    send("WATCHDOG=1")
  }

  /// Tells that the configuration is being read again; call `ready` when that is finished.
  package func reloading() {
    announce("RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds())", status: nil)
  }

  /// Tells that the process is about to end.
  package func stopping(status: String? = nil) {
    announce("STOPPING=1", status: status)
  }

  /// Asks for `duration` more, from now, to start, reload or stop. At most a year is asked for.
  package func extendTimeout(_ duration: Duration) {
    // The microseconds of a year fit into an integer, and nobody waits longer.
    let (seconds, attoseconds) = max(.zero, min(duration, .seconds(31_536_000))).components
    send("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)")
  }

  /// Sends a state that the manager waits for, now or before the next message.
  private func announce(_ state: String, status: String?) {
    let message = status.map { "\(state)\n\(Self.statusAssignment($0))" } ?? state
    guard let address else { return }
    unsent.withLock { unsent in
      // This state replaces an older one that could not be sent.
      unsent = address.send(message) ? nil : message
    }
  }

  /// Sends a message, after a state that could not be sent before. If that fails again, the message
  /// is dropped.
  private func send(_ message: String) {
    guard let address else { return }
    unsent.withLock { unsent in
      if let state = unsent {
        guard address.send(state) else { return }
        unsent = nil
      }
      _ = address.send(message)
    }
  }

  /// The assignment of a status, safe for any text.
  ///
  /// A line break would end the assignment, so control characters become spaces. The manager drops
  /// a message of more than 4,096 bytes as a whole, with any `READY=1` in it, so the text is cut.
  private static func statusAssignment(_ text: String) -> String {
    var assignment = "STATUS="
    for scalar in text.unicodeScalars {
      guard assignment.utf8.count < longestStatus else { break }
      let isControl = scalar.properties.generalCategory == .control
      assignment.unicodeScalars.append(isControl ? " " : scalar)
    }
    return assignment
  }

  /// How many bytes a status has at most, give or take a character: well below the manager's limit,
  /// and longer than any useful status.
  private static let longestStatus = 1_000

  private static func watchdogInterval(
    _ environment: [String: String], process: Int32
  ) -> Duration? {
    guard let limit = environment["WATCHDOG_USEC"].flatMap({ UInt64($0) }),
      limit > 1, limit < .max
    else { return nil }
    if let owner = environment["WATCHDOG_PID"], Int32(owner) != process { return nil }
    return .microseconds(limit / 2)
  }
}
