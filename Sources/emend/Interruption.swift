import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: what is being published is finished, everything else is dropped, and the
/// process says that it was interrupted.
final class Interruption: Sendable {
  static let shared = Interruption()

  private let publishing = Mutex(())
  /// Kept alive for as long as the process; never touched again after `init`.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  private init() {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(
        signal: number, queue: DispatchQueue(label: "emend.signals"))
    }
  }

  /// Starts to listen. From here on a signal never leaves a hidden file behind.
  func listen() {
    for source in sources {
      source.setEventHandler { [self] in
        publishing.withLock { _ in
          Terminal.say(
            "emend: interrupted; files already named are complete, no other was written")
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
