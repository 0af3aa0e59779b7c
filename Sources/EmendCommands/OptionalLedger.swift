import Foundation
import Spool
import AtomicFiles

/// The ledger of a watched folder if there is one, for the commands that make it forget outcomes.
struct OptionalLedger {
  /// Nil if there is no ledger, and so nothing to forget.
  private let ledger: Ledger?

  init(state: String) throws {
    let isThere = FileManager.default.fileExists(atPath: "\(state)/\(Ledger.fileName)")
    ledger = isThere ? try Ledger.open(folder: state) : nil
  }

  /// Forgets the outcomes of files with this name; returns how many.
  func forget(_ name: FileName) throws -> Int { try ledger?.forget(named: name.bytes) ?? 0 }

  /// Forgets all outcomes; returns how many.
  func forgetAll() throws -> Int { try ledger?.forgetAll() ?? 0 }
}
