/// What a daemon remembers of the files that it took, in `FOLDER/ledger.sqlite`: which content was
/// worked on, with which outcome, and how often it was tried. The ledger is a convenience: if it is
/// deleted, the folders alone are enough to go on.
///
/// Several processes may write one ledger while others read it. It may be deleted at any time: the
/// next call makes another. A ledger that is damaged, or comes from a newer emend, is moved aside,
/// and a new one is made.
///
/// Calls block: for a tenth of a millisecond with a write-ahead log, for as long as the disk needs
/// without one, and for `Settings.busyTimeout` at most while another process writes. A write
/// survives the end of the process; the last writes may be lost if the machine loses its power.
package final class Ledger: Sendable {
  package static let fileName = "ledger.sqlite"

  package struct Settings: Sendable {
    /// Nil to choose by the file system, with `JournalMode.suited`.
    package var journalMode: JournalMode?
    /// How long to wait while another process writes. For comparison: the removal of 19,000 file
    /// runs takes 0.13 s.
    package var busyTimeout: Duration = .seconds(5)
    /// How many pages of 4 kB the file may have; nil for SQLite's own limit.
    package var pageLimit: Int?

    package init() {}
  }

  let store: any Store
  private let file: LedgerFile

  private init(_ file: LedgerFile, _ store: any Store) {
    self.file = file
    self.store = store
  }

  /// Opens or makes the ledger of `folder`. The folder is made too, if the folder above it exists.
  package static func open(
    folder: String, settings: Settings = Settings()
  ) throws(LedgerError) -> Ledger {
    let file = LedgerFile(folder: folder)
    return Ledger(file, try WritingStore(file, settings))
  }

  /// Opens the ledger of `folder` for reading; nil if there is none.
  ///
  /// No file is made or changed, and writers never wait for a reader. If the ledger is deleted
  /// later, the answers are those of an empty one.
  package static func openReadOnly(
    folder: String, settings: Settings = Settings()
  ) throws(LedgerError) -> Ledger? {
    let file = LedgerFile(folder: folder)
    let store = ReadingStore(file: file, settings: settings)
    let isThere = try store.read(ifMissing: false) { _ in true }
    return isThere ? Ledger(file, store) : nil
  }

  /// A sentence about the ledger that was moved aside, at the opening or since; nil if none was.
  package var recovery: String? { store.recovery }

  /// Bytes of all files: the ledger, its write-ahead log, the log's index and the rollback journal.
  package var sizeInBytes: Int { file.sizeInBytes }
}
