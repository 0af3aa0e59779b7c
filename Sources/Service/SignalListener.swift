import Dispatch
import Foundation

/// Calls a function when the process receives a signal, in place of the signal's default action.
///
/// The function runs on a queue of its own, not in a signal handler, so it may do anything.
package final class SignalListener: Sendable {
  /// Kept for as long as the listener lives. `nonisolated(unsafe)` is safe, since nothing changes the
  /// list after `init`.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  /// Starts to listen; when this returns, the signals no longer have their default action.
  ///
  /// - Parameter handler: gets the number of each signal, one at a time.
  package init(to numbers: [Int32], handler: @escaping @Sendable (_ number: Int32) -> Void) {
    let queue = DispatchQueue(label: "emend.signals")
    // Dispatch replaces the default action on the queue, some time after `resume`.
    let registered = DispatchSemaphore(value: 0)
    sources = numbers.map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handler(number) }
      source.setRegistrationHandler { registered.signal() }
      source.resume()
      return source
    }
    for _ in numbers { registered.wait() }
  }

  deinit { for source in sources { source.cancel() } }

  /// Ignores signals from now on. A call that meets such a condition, for instance a pipe without a
  /// reader, then fails like any other.
  package static func ignore(_ numbers: [Int32]) {
    for number in numbers { signal(number, SIG_IGN) }
  }
}
