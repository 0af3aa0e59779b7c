import Foundation

/// The ledger's file and those that SQLite keeps beside it.
///
/// Nothing here opens the file: closing a descriptor of it would drop the locks that SQLite holds
/// in this process. https://www.sqlite.org/howtocorrupt.html, section 2.2
struct LedgerFile: Sendable {
  /// What tells a file from another that took its name.
  struct Identity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  /// What can be seen of a file from outside.
  struct Facts: Equatable, Sendable {
    let identity: Identity
    let bytes: Int
    let changedSeconds: Int
    let changedNanoseconds: Int
    let isFolder: Bool

    init?(_ path: String) {
      var facts = stat()
      guard stat(path, &facts) == 0 else { return nil }
      identity = Identity(device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino))
      bytes = Int(facts.st_size)
      changedSeconds = facts.st_mtim.tv_sec
      changedNanoseconds = facts.st_mtim.tv_nsec
      isFolder = facts.st_mode & S_IFMT == S_IFDIR
    }
  }

  let folder: String
  var path: String { "\(folder)/\(Ledger.fileName)" }
  var log: String { path + "-wal" }
  var logIndex: String { path + "-shm" }
  var rollback: String { path + "-journal" }

  /// Whose file lies at the path; nil where there is none, or one without any bytes, which is what
  /// a ledger becomes that somebody emptied while it was open.
  var identity: Identity? {
    guard let facts = Facts(path), facts.bytes > 0 else { return nil }
    return facts.identity
  }

  /// Bytes of all files.
  var sizeInBytes: Int {
    [path, log, logIndex, rollback].reduce(0) { $0 + (Facts($1)?.bytes ?? 0) }
  }

  /// Makes the folder where only it is missing. What contains it must be there: an empty mount
  /// point is no place for a ledger.
  func makeFolder() throws(LedgerError) {
    guard mkdir(folder, 0o777) != 0, errno != EEXIST else { return }
    let code = errno
    // The error of a folder that is there already depends on where it lies.
    if Facts(folder)?.isFolder == true { return }
    throw LedgerError(path: folder, operation: "make folder", code: code)
  }

  /// Removes what lies beside a ledger that is gone. A log would be replayed into its successor,
  /// and a log's index would be shared with processes that still have the gone one open.
  func removeRemains() {
    for path in [path, log, logIndex, rollback] { unlink(path) }
  }

  /// Gives the ledger another name, `….KIND-N`, and returns its path.
  ///
  /// The log goes first: a crash in between leaves an older ledger, never a foreign log.
  func moveAside(as kind: String) throws(LedgerError) -> String {
    var number = 1
    while Facts("\(path).\(kind)-\(number)") != nil { number += 1 }
    let aside = "\(path).\(kind)-\(number)"
    rename(log, aside + "-wal")
    rename(rollback, aside + "-journal")
    unlink(logIndex)
    guard rename(path, aside) == 0 || errno == ENOENT else {
      throw LedgerError(path: path, operation: "move aside", code: errno)
    }
    return aside
  }
}
