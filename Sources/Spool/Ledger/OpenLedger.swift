import Foundation
import GRDB

/// A ledger that is open for writing.
struct OpenLedger {
  /// After so many pages of log SQLite copies them into the file: 8 MB, some hundred writes. Each
  /// time it waits for the disk, so twice SQLite's default is cheaper.
  private static let logPages = 2000
  /// SQLite cuts the log to this size when it starts the log anew.
  private static let logBytes = 8 << 20
  private static let pause: Duration = .milliseconds(5)

  let queue: DatabaseQueue
  let identity: LedgerFile.Identity

  /// Opens or makes the ledger. A damaged one, or one of a newer version, is moved aside first.
  ///
  /// - Parameter distrusted: whether to move the existing file aside although the check finds no
  ///   damage.
  /// - Returns: the ledger, and a sentence if another one was moved aside.
  static func open(
    _ file: LedgerFile, _ settings: Ledger.Settings, distrusted: Bool = false
  ) throws(LedgerError) -> (ledger: OpenLedger, recovery: String?) {
    try file.makeFolder()
    let lock = FolderLock(file.folder, timeout: settings.busyTimeout)
    defer { withExtendedLifetime(lock) {} }
    if LedgerFile.Facts(file.path)?.isFolder == true {
      throw LedgerError(
        path: file.path, reason: "it is a folder", remedy: "move it away", isTransient: false)
    }
    if file.identity == nil { file.removeRemains() }
    do {
      if distrusted { throw Schema.Unusable.damaged("it is malformed") }
      return (try connect(file, settings), nil)
    } catch {
      let kind: String
      let fault: String
      switch error {
      case Schema.Unusable.newer(let version):
        kind = "newer"
        fault = "comes from a newer emend (version \(version); this one knows \(Schema.version))"
      case Schema.Unusable.damaged(let finding):
        kind = "damaged"
        fault = "was damaged (\(finding))"
      case let error as DatabaseError where error.isDamage:
        kind = "damaged"
        fault = "was damaged (\(error.message ?? "\(error.resultCode)"))"
      default:
        throw LedgerError(error, path: file.path)
      }
      let aside = try file.moveAside(as: kind)
      let recovery = "\(file.path) \(fault); it is now \(aside), and a fresh one was made"
      do {
        return (try connect(file, settings), recovery)
      } catch {
        throw LedgerError(error, path: file.path)
      }
    }
  }

  private static func connect(
    _ file: LedgerFile, _ settings: Ledger.Settings
  ) throws -> OpenLedger {
    var configuration = Configuration()
    configuration.busyMode = .timeout(settings.busyTimeout / .seconds(1))
    configuration.label = "emend.ledger"
    let queue = try DatabaseQueue(path: file.path, configuration: configuration)
    // On an error the caller may move the file aside, so it must be closed.
    var isOpen = false
    defer { if !isOpen { try? queue.close() } }
    try queue.writeWithoutTransaction { database in
      if try Schema.isThere(in: database) { try Schema.check(database) }
      let mode = settings.journalMode ?? JournalMode.suited(to: file.folder)
      try setJournalMode(mode, timeout: settings.busyTimeout, in: database)
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
      try database.execute(sql: "PRAGMA wal_autocheckpoint = \(logPages)")
      try database.execute(sql: "PRAGMA journal_size_limit = \(logBytes)")
      if let pages = settings.pageLimit {
        try database.execute(sql: "PRAGMA max_page_count = \(pages)")
      }
      try Schema.make(in: database)
    }
    guard let identity = file.identity else {
      // Deleted again meanwhile; the caller opens the ledger again.
      throw DatabaseError(resultCode: .SQLITE_READONLY_DBMOVED)
    }
    isOpen = true
    return OpenLedger(queue: queue, identity: identity)
  }

  /// Sets the mode unless the file has it, and uses `truncate` if a write-ahead log is not
  /// possible.
  ///
  /// SQLite itself does not wait for other processes here, whatever the busy time-out.
  private static func setJournalMode(
    _ mode: JournalMode, timeout: Duration, in database: Database
  ) throws {
    let deadline = Deadline(timeout, pause: pause)
    while true {
      do {
        let now = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        if now == mode.rawValue { return }
        let got = try String.fetchOne(database, sql: "PRAGMA journal_mode = \(mode.rawValue)")
        if got == mode.rawValue || mode == .truncate { return }
      } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
        if deadline.wait() { continue }
        // Another daemon uses the other mode; the file keeps it until all processes have closed it.
        if mode == .truncate { return }
        throw error
      } catch let error as DatabaseError where mode == .truncate || error.isDamage {
        throw error
      } catch {
        // The file system cannot have a log; the next line sets the other mode.
      }
      return try setJournalMode(.truncate, timeout: timeout, in: database)
    }
  }
}
