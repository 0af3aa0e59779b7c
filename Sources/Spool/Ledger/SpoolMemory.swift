import Foundation
package import Logging

/// The state machine's access to the ledger. If the ledger cannot be used, that is logged once
/// until it works again, and the work goes on without it: the folders alone are enough.
package final class SpoolMemory {
  private let folder: String
  private let log: Logger
  private var ledger: Ledger?
  /// Why the ledger cannot be used, as it was logged; nil while it works.
  private var failureReason: String?

  /// - Parameter folder: the ledger's folder, which is made if it is missing.
  package init(folder: String, log: Logger) {
    self.folder = folder
    self.log = log
    _ = opened()
  }

  package var sizeInBytes: Int { ledger?.sizeInBytes ?? 0 }

  func begin(_ run: FileRun) -> FileRun {
    attempt(run) { ledger throws(LedgerError) in try ledger.begin(run) }
  }

  func update(_ run: FileRun) {
    attempt(()) { ledger throws(LedgerError) in try ledger.update(run) }
  }

  func outcome(forKey key: String) -> FileRun? {
    attempt(nil) { ledger throws(LedgerError) in try ledger.outcome(forKey: key) }
  }

  func crashes(ofContent identity: String) -> Int {
    attempt(0) { ledger throws(LedgerError) in try ledger.crashes(ofContent: identity) }
  }

  /// Counts one more death over a content.
  ///
  /// - Returns: the new count; nil if the ledger cannot be used.
  func countCrash(ofContent identity: String) -> Int? {
    attempt(nil) { ledger throws(LedgerError) in try ledger.countCrash(ofContent: identity) }
  }

  func clearCrashes(ofContent identity: String) {
    attempt(()) { ledger throws(LedgerError) in try ledger.clearCrashes(ofContent: identity) }
  }

  func release(ofOwner owner: String) {
    attempt(()) { ledger throws(LedgerError) in _ = try ledger.release(ofOwner: owner) }
  }

  /// Removes file runs beyond `SpoolOptions.ledgerRows`, the oldest first.
  package func prune() {
    attempt(()) { ledger throws(LedgerError) in
      _ = try ledger.prune(keeping: SpoolOptions.ledgerRows)
    }
  }

  /// The ledger, opened if it is not open yet; nil if it cannot be opened.
  private func opened() -> Ledger? {
    if let ledger { return ledger }
    do throws(LedgerError) {
      let fresh = try Ledger.open(folder: folder)
      if let recovery = fresh.recovery { log.warning("\(recovery)") }
      ledger = fresh
      return fresh
    } catch {
      logOnce(error)
      return nil
    }
  }

  /// Runs `body` on the ledger; returns `fallback` if the ledger cannot be used.
  private func attempt<Value>(
    _ fallback: Value, _ body: (Ledger) throws(LedgerError) -> Value
  ) -> Value {
    guard let ledger = opened() else { return fallback }
    do throws(LedgerError) {
      let value = try body(ledger)
      if failureReason != nil {
        log.info("the ledger works again")
        failureReason = nil
      }
      return value
    } catch {
      logOnce(error)
      return fallback
    }
  }

  /// Logs why the ledger cannot be used, unless it is the reason that was logged last.
  private func logOnce(_ error: LedgerError) {
    guard failureReason != error.reason else { return }
    failureReason = error.reason
    log.warning(
      "the ledger cannot be used; work goes on without it",
      metadata: [
        "path": "\(error.path)", "reason": "\(error.reason)", "remedy": "\(error.remedy)",
      ])
  }
}
