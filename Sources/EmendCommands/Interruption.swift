import Dispatch
import Foundation
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
  /// Kept for as long as the process runs. `nonisolated(unsafe)` is safe, since nothing changes the
  /// list after `init`.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  private init() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    let handled = [SIGINT, SIGTERM, SIGHUP].filter { !Self.isIgnored($0) }
    sources = handled.map { number in
      DispatchSource.makeSignalSource(
        signal: number, queue: DispatchQueue(label: "emend.signals"))
    }
  }

  /// Starts to handle signals. From here on a signal never interrupts a publication half-way.
  func listen() {
    for source in sources {
      source.setEventHandler { [self] in
        publishing.withLock { _ in
          Terminal.say(
            Terminal.emptyLine
              + "emend: interrupted; files already named are complete, no other was written")
          _exit(ExitStatus.interrupted.rawValue)
        }
      }
      source.resume()
    }
  }

  /// Runs `body`; a signal that comes meanwhile ends the process only after it.
  func whilePublishing<Result>(_ body: () throws -> Result) rethrows -> Result {
    try publishing.withLock { _ in try body() }
  }
}
