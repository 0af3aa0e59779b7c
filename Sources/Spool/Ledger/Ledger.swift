/// What a daemon remembers of the files it saw, in `FOLDER/ledger.sqlite`.
///
/// Several processes may write one ledger, and others read it meanwhile. It may be deleted at any
/// time: the next call makes another. One that is damaged, or comes from a newer emend, is moved
/// aside for a fresh one.
///
/// Calls block: by a tenth of a millisecond, without a log by the disk, and by `Settings.busyTimeout`
/// at most while another process writes. A write survives the process; the last ones may be lost
/// with the machine's power.
package final class Ledger: Sendable {
  package static let fileName = "ledger.sqlite"

  package struct Settings: Sendable {
    /// Nil chooses by the file system.
    package var journalMode: JournalMode?
    /// How long to wait for another process. Removing 19,000 passages takes 0.13 s.
    package var busyTimeout: Duration = .seconds(5)
    /// Pages of 4 kB that the file may have; nil is SQLite's limit.
    package var pageLimit: Int?

    package init() {}
  }

  let store: any Store
  private let file: LedgerFile

  private init(_ file: LedgerFile, _ store: any Store) {
    self.file = file
    self.store = store
  }

  /// Opens or makes the ledger of `folder`, which is made where only it is missing.
  package static func open(
    folder: String, settings: Settings = Settings()
  ) throws(LedgerError) -> Ledger {
    let file = LedgerFile(folder: folder)
    return Ledger(file, try WritingStore(file, settings))
  }

  /// Opens the ledger of `folder` for looking; nil where there is none.
  ///
  /// Nothing is made or changed, and writers never wait for it. Should the ledger be deleted later,
  /// the answers are those of an empty one.
  package static func openReadOnly(
    folder: String, settings: Settings = Settings()
  ) throws(LedgerError) -> Ledger? {
    let file = LedgerFile(folder: folder)
    let store = ReadingStore(file: file, settings: settings)
    let isThere = try store.read(orWhereThereIsNone: false) { _ in true }
    return isThere ? Ledger(file, store) : nil
  }

  /// A sentence where a ledger was moved aside, when it was opened or since.
  package var recovery: String? { store.recovery }

  /// Bytes of all files: the ledger, its log and the log's index.
  package var sizeInBytes: Int { file.sizeInBytes }
}
