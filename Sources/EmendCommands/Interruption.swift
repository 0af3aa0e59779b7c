import Dispatch
import Foundation
import Synchronization

/// A command that says itself what signals do to it.
protocol HandlesSignals {}

/// Ctrl-C, SIGTERM and a terminal that closes: what is being published is finished, everything else
/// is dropped, and the process says that it was interrupted. A pipe without a reader and a file that
/// may not grow are errors like any other.
final class Interruption: Sendable {
  static let shared = Interruption()

  private let publishing = Mutex(())
  /// Kept alive for as long as the process; never touched again after `init`.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  private init() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    sources = [SIGINT, SIGTERM, SIGHUP].filter(Self.isHeeded).map { number in
      DispatchSource.makeSignalSource(
        signal: number, queue: DispatchQueue(label: "emend.signals"))
    }
  }

  /// Starts to listen. From here on a signal never leaves a hidden file behind.
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

  /// Runs `body`, which a signal will not cut in two.
  func whilePublishing<Result>(_ body: () throws -> Result) rethrows -> Result {
    try publishing.withLock { _ in try body() }
  }
}
