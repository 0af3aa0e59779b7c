import Foundation

/// The ledger's file and those that SQLite keeps beside it.
///
/// No method opens the file: closing a descriptor of it would release the locks that SQLite holds in
/// this process. Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
struct LedgerFile: Sendable {
  /// Tells a file from another one that has its name later.
  struct Identity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  /// What `stat` reports of a file without opening it.
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

  /// The identity of the file at the path; nil if there is none or it has no bytes. A ledger that
  /// was emptied while it was open has no bytes.
  var identity: Identity? {
    guard let facts = Facts(path), facts.bytes > 0 else { return nil }
    return facts.identity
  }

  /// Bytes of all four files.
  var sizeInBytes: Int {
    [path, log, logIndex, rollback].reduce(0) { $0 + (Facts($1)?.bytes ?? 0) }
  }

  /// Makes the folder if it is missing. The folder above it must exist: if a disk is not mounted,
  /// the ledger must not be made on the empty mount point.
  func makeFolder() throws(LedgerError) {
    guard mkdir(folder, 0o700) != 0, errno != EEXIST else { return }
    let code = errno
    // Some file systems give another error than EEXIST for a folder that exists.
    if Facts(folder)?.isFolder == true { return }
    throw LedgerError(path: folder, operation: "make folder", code: code)
  }

  /// Removes what is left of a ledger that was deleted. SQLite would replay its log into the next
  /// ledger, and would share the log's index with processes that still have the deleted one open.
  func removeRemains() {
    for path in [path, log, logIndex, rollback] { unlink(path) }
  }

  /// Renames the ledger to `….KIND-N`, and returns the new path.
  ///
  /// The log is renamed first: a crash in between leaves a ledger without its latest writes, but
  /// never a log that belongs to another ledger.
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
