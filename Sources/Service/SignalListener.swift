import Dispatch
import Foundation

/// Calls a function when the process receives a signal, in place of the signal's default action.
///
/// The function runs on a queue of its own, not in a signal handler, so it may do anything.
package final class SignalListener: Sendable {
  /// Kept for as long as the listener lives. `nonisolated(unsafe)` is safe, since nothing changes the
  /// list after `init`.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  /// Starts to listen.
  ///
  /// - Parameter handler: gets the number of each signal, one at a time.
  package init(to numbers: [Int32], handler: @escaping @Sendable (_ number: Int32) -> Void) {
    let queue = DispatchQueue(label: "emend.signals")
    sources = numbers.map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handler(number) }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }

  /// Ignores signals from now on. A call that meets such a condition, for instance a pipe without a
  /// reader, then fails like any other.
  package static func ignore(_ numbers: [Int32]) {
    for number in numbers { signal(number, SIG_IGN) }
  }
}
