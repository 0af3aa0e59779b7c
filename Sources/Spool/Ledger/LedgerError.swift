import Foundation
import GRDB

/// A ledger that could not be opened, read or written.
package struct LedgerError: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let reason: String
  /// What the user can do about it.
  package let remedy: String
  /// Whether the same call may succeed later: the disk is full, cannot be reached or written, or
  /// another process has locked the file.
  package let isTransient: Bool

  package var description: String { "\(path): \(reason); \(remedy)" }
}

extension LedgerError {
  /// Translates an error of SQLite or of GRDB.
  init(_ error: any Error, path: String) {
    self.path = path
    guard let error = error as? DatabaseError else {
      reason = "\(error)"
      remedy = "delete it; the folders alone are enough to go on"
      isTransient = false
      return
    }
    switch error.resultCode {
    case .SQLITE_FULL:
      reason = "no space is left for it"
      remedy = "free some space"
      isTransient = true
    case .SQLITE_IOERR:
      reason = "the disk failed (\(error.extendedResultCode))"
      remedy = "free some space, or see whether the disk can be reached"
      isTransient = true
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
      reason = "another process holds it"
      remedy = "try again, or end what holds it"
      isTransient = true
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      reason = "it cannot be opened or written (\(error.extendedResultCode))"
      remedy = "make the file and its folder readable and writable"
      isTransient = true
    default:
      reason = error.message ?? "\(error.resultCode)"
      remedy = "delete it; the folders alone are enough to go on"
      isTransient = false
    }
  }

  /// Describes a system call that failed.
  init(path: String, operation: String, code: Int32) {
    self.path = path
    reason = "\(operation): \(String(cString: strerror(code)))"
    remedy =
      switch code {
      case ENOSPC, EDQUOT: "free some space"
      case ENOENT, ENOTDIR: "create the folder, or name another"
      default: "make the folder readable and writable"
      }
    isTransient = true
  }
}

extension DatabaseError {
  /// Whether the file is no database at all, or a damaged one.
  var isDamage: Bool {
    [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT].contains(resultCode)
  }
}
