import Foundation
package import Logging

/// The state machine's access to the ledger. If the ledger cannot be used, or answers too late, that
/// is logged once until it works again, and the work goes on without it: the folders alone are
/// enough.
package final class SpoolMemory {
  /// How long the state machine waits for an answer. A call takes a tenth of a millisecond, or about 15
  /// where it waits for the disk.
  private static let callTimeout: Duration = .milliseconds(250)
  /// How long the start waits: opening checks every page of the ledger.
  private static let openingTimeout: Duration = .seconds(10)

  private let folder: String
  private let log: Logger
  private let thread: LedgerThread
  /// Why the ledger cannot be used, as it was logged; nil while it works.
  private var failureReason: String?
  /// The file runs that could not be written, by id: they are written once the ledger answers again.
  private var missed: [Int64: FileRun] = [:]
  /// How many file runs are kept so. What exceeds it is missing in the ledger, which is a convenience.
  private static let longestMissed = 10_000

  /// - Parameter folder: the ledger's folder, which is made if it is missing.
  package init(folder: String, log: Logger, settings: Ledger.Settings = Ledger.Settings()) {
    self.folder = folder
    self.log = log
    thread = LedgerThread(folder: folder, settings: settings)
    attempt((), within: Self.openingTimeout) { _ throws(LedgerError) in }
  }

  package var sizeInBytes: Int { thread.sizeInBytes }

  /// Writes a new file run.
  ///
  /// - Returns: the file run with its id. It has an id in any case: without a ledger, one by the clock,
  ///   under which `update` writes it as soon as there is a ledger.
  package func begin(_ run: FileRun) -> FileRun {
    let begun: FileRun? = attempt(
      nil, undo: { ledger, run in if let id = run?.id { try? ledger.remove(id) } }
    ) { ledger throws(LedgerError) in try ledger.begin(run) }
    if let begun { return begun }
    var run = run
    run.id = FileRun.now
    return run
  }

  package func update(_ run: FileRun) {
    guard let id = run.id else { return }
    missed[id] = nil
    let runs = Array(missed.values) + [run]
    let isWritten = attempt(false) { ledger throws(LedgerError) in
      for run in runs { try ledger.update(run) }
      return true
    }
    if isWritten {
      missed = [:]
    } else if missed.count < Self.longestMissed {
      missed[id] = run
    }
  }

  package func outcome(forKey key: String) -> FileRun? {
    attempt(nil) { ledger throws(LedgerError) in try ledger.outcome(forKey: key) }
  }

  func crashes(ofContent identity: String) -> Int {
    attempt(0) { ledger throws(LedgerError) in try ledger.crashes(ofContent: identity) }
  }

  /// Counts one more death over a content.
  ///
  /// - Returns: the new count; nil if the ledger cannot be used.
  func countCrash(ofContent identity: String) -> Int? {
    attempt(nil, isNeededLate: true) { ledger throws(LedgerError) in
      try ledger.countCrash(ofContent: identity)
    }
  }

  func clearCrashes(ofContent identity: String) {
    attempt((), isNeededLate: true) { ledger throws(LedgerError) in
      try ledger.clearCrashes(ofContent: identity)
    }
  }

  func release(ofOwner owner: String) {
    attempt((), isNeededLate: true) { ledger throws(LedgerError) in
      _ = try ledger.release(ofOwner: owner)
    }
  }

  /// Removes file runs beyond `SpoolOptions.ledgerRows`, the oldest first.
  package func prune() {
    attempt((), within: Self.openingTimeout, isNeededLate: true) { ledger throws(LedgerError) in
      _ = try ledger.prune(keeping: SpoolOptions.ledgerRows)
    }
  }

  /// Runs `body` on the ledger; returns `fallback` if the ledger cannot be used or is late.
  @discardableResult
  private func attempt<Value: Sendable>(
    _ fallback: Value, within limit: Duration = callTimeout, isNeededLate: Bool = false,
    undo: (@Sendable (Ledger, Value) -> Void)? = nil,
    _ body: @escaping @Sendable (Ledger) throws(LedgerError) -> Value
  ) -> Value {
    let answer = thread.run(within: limit, isNeededLate: isNeededLate, undo: undo, body)
    if let recovery = thread.takeRecovery() { log.warning("\(recovery)") }
    switch answer {
    case .value(let value):
      if failureReason != nil {
        log.info("the ledger works again")
        failureReason = nil
      }
      return value
    case .failed(let error): logOnce(error.path, error.reason, error.remedy)
    case .late:
      logOnce(
        "\(folder)/\(Ledger.fileName)", "it does not answer in time",
        "look for a process that holds it (fuser), and at the disk")
    }
    return fallback
  }

  /// Logs why the ledger cannot be used, unless it is the reason that was logged last.
  private func logOnce(_ path: String, _ reason: String, _ remedy: String) {
    guard failureReason != reason else { return }
    failureReason = reason
    log.warning(
      "the ledger cannot be used; work goes on without it",
      metadata: ["path": "\(path)", "reason": "\(reason)", "remedy": "\(remedy)"])
  }
}
