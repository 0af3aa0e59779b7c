import Foundation
import Ledger
package import Logging

/// What is remembered beyond the folders. A ledger that is missing, full or broken is said, once
/// until it works again, and never stops the work: the folders alone are enough to go on.
package final class SpoolMemory {
  private let folder: String
  private let log: Logger
  private var ledger: Ledger?
  private var trouble: String?

  /// - Parameter folder: where the ledger lies; made where it is not there.
  package init(folder: String, log: Logger) {
    self.folder = folder
    self.log = log
    _ = opened()
  }

  package var sizeInBytes: Int { ledger?.sizeInBytes ?? 0 }

  /// What a person should know; nil while all is well.
  package var complaint: String? { trouble }

  func begin(_ passage: Passage) -> Passage {
    attempt(passage) { ledger throws(LedgerError) in try ledger.begin(passage) }
  }

  func update(_ passage: Passage) {
    attempt(()) { ledger throws(LedgerError) in try ledger.update(passage) }
  }

  func verdict(forKey key: String) -> Passage? {
    attempt(nil) { ledger throws(LedgerError) in try ledger.verdict(forKey: key) }
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
      if trouble != nil {
        log.info("the ledger works again")
        trouble = nil
      }
      return value
    } catch {
      complain(error)
      return fallback
    }
  }

  private func complain(_ error: LedgerError) {
    guard trouble != error.reason else { return }
    trouble = error.reason
    log.warning(
      "the ledger cannot be used; work goes on without it",
      metadata: [
        "path": "\(error.path)", "reason": "\(error.reason)", "remedy": "\(error.remedy)",
      ])
  }
}
