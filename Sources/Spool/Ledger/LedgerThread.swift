import Dispatch
import Foundation
import Synchronization

/// Runs calls of a ledger one after the other on a thread of its own, so that a caller need not wait
/// for a disk that hangs or for a process that holds the ledger.
final class LedgerThread: Sendable {
  /// What a call gave.
  enum Answer<Value: Sendable>: Sendable {
    case value(Value)
    case failed(LedgerError)
    /// The time was over before the call had ended, or calls before it have not ended yet.
    case late
  }

  /// How many calls may wait for the thread; each further one is dropped.
  static let longestQueue = 10_000
  /// After a call that failed as slowly as this, calls fail at once for `rest`: each of them would
  /// wait as long for the same cause.
  private static let slow: Duration = .milliseconds(200)
  private static let rest: Duration = .seconds(5)

  private struct State {
    /// How many calls wait or run.
    var queued = 0
    /// Set when a call was late, until all calls have ended.
    var isBehind = false
    var dropped = 0
    /// The error of the last slow call, and until when calls fail with it.
    var resting: (error: LedgerError, until: ContinuousClock.Instant)?
    var recovery: String?
    var size = 0
  }

  private let folder: String
  private let settings: Ledger.Settings
  private let queue = DispatchQueue(label: "emend ledger")
  private let state = Mutex(State())
  /// Used on the queue alone.
  private let ledger = Mutex<Ledger?>(nil)

  init(folder: String, settings: Ledger.Settings) {
    self.folder = folder
    self.settings = settings
  }

  /// Bytes of the ledger's files after the last call.
  var sizeInBytes: Int { state.withLock { $0.size } }

  /// Whether a call was late, and calls still wait.
  var isBehind: Bool { state.withLock { $0.isBehind } }

  /// A sentence about a ledger that was moved aside, once; nil if there is none that is new.
  func takeRecovery() -> String? {
    state.withLock { state in
      defer { state.recovery = nil }
      return state.recovery
    }
  }

  /// Runs a call, and waits for it no longer than `limit`; not at all while the thread is behind.
  ///
  /// - Parameters:
  ///   - isNeededLate: whether to run it even if nobody waits for its value any more.
  ///   - undo: run with the value of a call that was late.
  func run<Value: Sendable>(
    within limit: Duration, isNeededLate: Bool,
    undo: (@Sendable (Ledger, Value) -> Void)? = nil,
    _ body: @escaping @Sendable (Ledger) throws(LedgerError) -> Value
  ) -> Answer<Value> {
    let wasBehind = state.withLock { state -> Bool? in
      if state.isBehind, !isNeededLate { return nil }
      if state.queued >= Self.longestQueue {
        state.dropped += 1
        return nil
      }
      state.queued += 1
      return state.isBehind
    }
    guard let wasBehind else { return .late }
    let call = Call<Value>(isAwaited: !wasBehind)
    queue.async { [self] in
      if isNeededLate || call.isAwaited {
        let answer = perform(body)
        if !call.finish(with: answer), case .value(let value) = answer, let undo {
          _ = perform { ledger throws(LedgerError) in undo(ledger, value) }
        }
      }
      let size = ledger.withLock { $0?.sizeInBytes ?? 0 }
      state.withLock { state in
        state.size = size
        state.queued -= 1
        if state.queued == 0 { state.isBehind = false }
      }
    }
    if wasBehind { return .late }
    let answer = call.wait(limit)
    if case .late = answer { state.withLock { $0.isBehind = $0.queued > 0 } }
    return answer
  }

  private func perform<Value>(
    _ body: (Ledger) throws(LedgerError) -> Value
  ) -> Answer<Value> {
    if let resting = state.withLock({ $0.resting }), resting.until > .now {
      return .failed(resting.error)
    }
    let start = ContinuousClock.now
    do throws(LedgerError) {
      let value = try body(try opened())
      state.withLock { $0.resting = nil }
      return .value(value)
    } catch {
      let isSlow = start.duration(to: .now) >= Self.slow
      state.withLock { $0.resting = isSlow ? (error, .now + Self.rest) : nil }
      return .failed(error)
    }
  }

  private func opened() throws(LedgerError) -> Ledger {
    if let ledger = ledger.withLock({ $0 }) { return ledger }
    let fresh = try Ledger.open(folder: folder, settings: settings)
    state.withLock { $0.recovery = fresh.recovery }
    ledger.withLock { $0 = fresh }
    return fresh
  }
}

/// One call, which its caller may give up.
private final class Call<Value: Sendable>: Sendable {
  private struct State {
    var answer: LedgerThread.Answer<Value>?
    var isAwaited: Bool
  }

  private let state: Mutex<State>
  private let ended = DispatchSemaphore(value: 0)

  init(isAwaited: Bool) { state = Mutex(State(isAwaited: isAwaited)) }

  var isAwaited: Bool { state.withLock { $0.isAwaited } }

  /// - Returns: whether the caller gets the answer.
  func finish(with answer: LedgerThread.Answer<Value>) -> Bool {
    let isAwaited = state.withLock { state in
      state.answer = answer
      return state.isAwaited
    }
    ended.signal()
    return isAwaited
  }

  func wait(_ limit: Duration) -> LedgerThread.Answer<Value> {
    _ = ended.wait(timeout: .now() + limit / .seconds(1))
    return state.withLock { state in
      state.isAwaited = false
      return state.answer ?? .late
    }
  }
}
