import Foundation
package import Logging

/// What is remembered beyond the folders. A ledger that is missing, full or broken is said, once
/// until it works again, and never stops the work: the folders alone are enough to go on.
package final class SpoolMemory {
  private let folder: String
  private let log: Logger
  private var ledger: Ledger?
  private var failureReason: String?

  /// - Parameter folder: where the ledger lies; made where it is not there.
  package init(folder: String, log: Logger) {
    self.folder = folder
    self.log = log
    _ = opened()
  }

  package var sizeInBytes: Int { ledger?.sizeInBytes ?? 0 }

  /// What a person should know; nil while all is well.
  package var complaint: String? { failureReason }

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

  /// The new count; nil where nothing can be remembered.
  func countCrash(ofContent identity: String) -> Int? {
    attempt(nil) { ledger throws(LedgerError) in try ledger.countCrash(ofContent: identity) }
  }

  func clearCrashes(ofContent identity: String) {
    attempt(()) { ledger throws(LedgerError) in try ledger.clearCrashes(ofContent: identity) }
  }

  func release(ofOwner owner: String) {
    attempt(()) { ledger throws(LedgerError) in _ = try ledger.release(ofOwner: owner) }
  }

  /// Forgets what is too old to matter.
  package func prune() {
    attempt(()) { ledger throws(LedgerError) in
      _ = try ledger.prune(keeping: SpoolOptions.ledgerRows)
    }
  }

  private func opened() -> Ledger? {
    if let ledger { return ledger }
    do throws(LedgerError) {
      let fresh = try Ledger.open(folder: folder)
      if let recovery = fresh.recovery { log.warning("\(recovery)") }
      ledger = fresh
      return fresh
    } catch {
      complain(error)
      return nil
    }
  }

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
      complain(error)
      return fallback
    }
  }

  private func complain(_ error: LedgerError) {
    guard failureReason != error.reason else { return }
    failureReason = error.reason
    log.warning(
      "the ledger cannot be used; work goes on without it",
      metadata: [
        "path": "\(error.path)", "reason": "\(error.reason)", "remedy": "\(error.remedy)",
      ])
  }
}
