import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: what is being published is finished, everything else is dropped, and the
/// process says that it was interrupted.
final class Interruption: Sendable {
  static let shared = Interruption()

  private let publishing = Mutex(())
  private let sources = Mutex<[any DispatchSourceSignal]>([])

  /// Starts to listen. From here on a signal never leaves a hidden file behind.
  func listen() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(
        signal: number, queue: DispatchQueue(label: "emend.signals"))
      source.setEventHandler { [self] in
        publishing.withLock { _ in
          Terminal.say("\nemend: interrupted; files already named are complete, no other was written")
          _exit(ExitStatus.interrupted.rawValue)
        }
      }
      source.resume()
      sources.withLock { $0.append(source) }
    }
  }

  /// Runs `body`, which a signal will not cut in two.
  func whilePublishing<Result>(_ body: () throws -> Result) rethrows -> Result {
    try publishing.withLock { _ in try body() }
  }
}
