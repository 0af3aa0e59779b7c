import Foundation
import Service
import Synchronization

/// A command that handles signals itself, so that `Interruption` does not.
protocol HandlesSignals {}

/// Handles Ctrl-C (SIGINT), SIGTERM and the closing of the terminal (SIGHUP): finishes a
/// publication in progress, drops all other work, and ends the process with a message and the
/// status for an interruption. A pipe without a reader (SIGPIPE) and a file beyond the limit of its
/// size (SIGXFSZ) do not end the process; the call that meets them fails like any other.
final class Interruption: Sendable {
  static let shared = Interruption()

  private let publishing = Mutex(())
  private let listener = Mutex<SignalListener?>(nil)

  private init() { SignalListener.ignore([SIGPIPE, SIGXFSZ]) }

  /// Starts to handle signals. From here on a signal never interrupts a publication half-way.
  func listen() {
    let handled = [SIGINT, SIGTERM, SIGHUP].filter { !SignalListener.isIgnored($0) }
    let started = SignalListener(to: handled) { [self] _ in
      publishing.withLock { _ in
        Terminal.write(Terminal.emptyLine)
        Terminal.say("emend: interrupted; files already named are complete, no other was written")
        _exit(ExitStatus.interrupted.rawValue)
      }
    }
    listener.withLock { $0 = started }
  }

  /// Runs `body`; a signal that comes meanwhile ends the process only after it.
  func whilePublishing<Result>(_ body: () throws -> Result) rethrows -> Result {
    try publishing.withLock { _ in try body() }
  }
}
