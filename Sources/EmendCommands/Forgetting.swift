import Foundation
import Spool
import AtomicFiles

/// The ledger of a watched folder, for those who take verdicts out of it.
struct Forgetting {
  /// Nil where there is none, and so nothing to forget.
  private let ledger: Ledger?

  init(state: String) throws {
    let isThere = FileManager.default.fileExists(atPath: "\(state)/\(Ledger.fileName)")
    ledger = isThere ? try Ledger.open(folder: state) : nil
  }

  func forget(_ name: FileName) throws -> Int { try ledger?.forget(named: name.bytes) ?? 0 }

  func forgetAll() throws -> Int { try ledger?.forgetAll() ?? 0 }
}
