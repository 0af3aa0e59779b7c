// Service owns how a running emend is seen by the system around it: the service manager's
// notification protocol and log lines. It knows nothing of files or records.

import Foundation
import Synchronization

/// Tells a service manager how the process is, by the protocol of `sd_notify(3)`, without its library.
///
/// Every message is one datagram to the socket that `NOTIFY_SOCKET` names; without one, every method
/// does nothing. No method blocks, throws or keeps a descriptor open: a manager that does not listen
/// is no reason to stop working. Of the states that a manager waits for (ready, reloading, stopping)
/// the last one that could not be sent goes ahead of the next message; a status and a sign of life
/// are out of date by then and do not.
package final class ServiceNotifier: Sendable {
  /// How often to call `watchdog()`: half of what the manager allows, as `sd_watchdog_enabled(3)`
  /// advises; `nil` where it does not ask this process.
  package let watchdogInterval: Duration?

  private let address: SocketAddress?
  private let monotonicMicroseconds: @Sendable () -> Int64
  private let unsent = Mutex<String?>(nil)

  /// - Parameters:
  ///   - environment: read for `NOTIFY_SOCKET` (a path, or `@` and an abstract name),
  ///     `WATCHDOG_USEC` and `WATCHDOG_PID`; what is malformed counts as not set.
  ///   - process: the identifier that `WATCHDOG_PID` must have.
  ///   - monotonicMicroseconds: time of `CLOCK_MONOTONIC`.
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

  /// Work can begin: what had to be loaded is loaded, or a reload is over.
  package func ready(status: String? = nil) {
    announce("READY=1", status: status)
  }

  /// One line on what goes on, for `systemctl status`.
  package func status(_ text: String) {
    send(Self.statusAssignment(text))
  }

  /// A sign of life, due every `watchdogInterval`.
  package func watchdog() {
    send("WATCHDOG=1")
  }

  /// The configuration is being read again; `ready` says when that is over.
  package func reloading() {
    announce("RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds())", status: nil)
  }

  /// The process is on its way out.
  package func stopping(status: String? = nil) {
    announce("STOPPING=1", status: status)
  }

  /// Asks for so much more time, from now, to start, reload or stop.
  package func extendTimeout(_ duration: Duration) {
    // A year is as good as for ever, and its microseconds fit.
    let (seconds, attoseconds) = max(.zero, min(duration, .seconds(31_536_000))).components
    send("EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)")
  }

  /// Sends a state that the manager waits for, now or ahead of the next message.
  private func announce(_ state: String, status: String?) {
    let message = status.map { "\(state)\n\(Self.statusAssignment($0))" } ?? state
    guard let address else { return }
    unsent.withLock { unsent in
      // An older state that was not sent is no longer true.
      unsent = address.send(message) ? nil : message
    }
  }

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

  /// A status as one assignment, whatever the text holds.
  ///
  /// Lines end an assignment, and a message of more than 4,096 bytes is dropped whole, `READY=1` with
  /// it; so line breaks become spaces, and the text ends in time.
  private static func statusAssignment(_ text: String) -> String {
    var assignment = "STATUS="
    for scalar in text.unicodeScalars {
      guard assignment.utf8.count < longestStatus else { break }
      let isControl = scalar.properties.generalCategory == .control
      assignment.unicodeScalars.append(isControl ? " " : scalar)
    }
    return assignment
  }

  /// Bytes of a status, well within the manager's limit, and more than anybody reads.
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
