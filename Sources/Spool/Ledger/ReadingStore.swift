import Foundation
import GRDB

/// Reads a ledger that another process may be writing.
///
/// Every read opens the file and closes it again. So a deleted file needs no special treatment, and
/// no open reader keeps SQLite from copying the log into the file.
struct ReadingStore: Store {
  /// How often to try: a read fails if another process opens, closes or moves the ledger meanwhile.
  private static let attempts = 10
  private static let pause: Duration = .milliseconds(20)

  let file: LedgerFile
  let settings: Ledger.Settings
  var recovery: String? { nil }

  /// The characters that a path in a URI may have unescaped.
  /// Source: https://www.sqlite.org/uri.html, section 3.1.
  private static let pathCharacters = CharacterSet(
    charactersIn: "/-_.~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

  /// Whether SQLite was built to accept URIs as file names, as distributions build it.
  private static let takesURIs: Bool = {
    let used = try? DatabaseQueue().read {
      try Bool.fetchOne($0, sql: "SELECT sqlite_compileoption_used('USE_URI')")
    }
    return used == true
  }()

  func write<Value: Sendable>(
    _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value {
    throw LedgerError(
      path: file.path, reason: "it was opened for reading", remedy: "open it for writing",
      isTransient: false)
  }

  func read<Value: Sendable>(
    ifMissing fallback: Value, _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value {
    var last: LedgerError?
    for attempt in 0..<Self.attempts {
      if attempt > 0 { Deadline.wait(Self.pause) }
      let before = seen
      guard let main = before[0], main.bytes > 0 else { return fallback }
      if main.isFolder {
        throw LedgerError(
          path: file.path, reason: "it is a folder", remedy: "move it away", isTransient: false)
      }
      let options = self.options(given: before)
      do {
        let value = try connect(options) { database in
          guard try Schema.isThere(in: database) else { return fallback }
          return try body(database)
        }
        // Such a read takes no locks: it is valid only if no file changed meanwhile.
        if options != Self.immutable || before == seen { return value }
        last = LedgerError(DatabaseError(resultCode: .SQLITE_BUSY), path: file.path)
      } catch Schema.Unusable.newer(let version) {
        throw LedgerError(
          path: file.path, reason: "its version is \(version), this emend knows \(Schema.version)",
          remedy: "use the newer emend", isTransient: false)
      } catch Schema.Unusable.damaged(let finding) {
        last = LedgerError(
          path: file.path, reason: finding,
          remedy: "the daemon moves it aside when it starts", isTransient: false)
      } catch {
        last = LedgerError(error, path: file.path)
      }
    }
    throw last ?? LedgerError(DatabaseError(resultCode: .SQLITE_BUSY), path: file.path)
  }

  private static let immutable = "immutable=1"

  /// The option with which SQLite reads the file without making another one beside it. By default
  /// it makes a log and a log's index if there are none, as after the end of a daemon.
  private func options(given seen: [LedgerFile.Facts?]) -> String {
    if seen[1] != nil, seen[2] != nil { return "readonly_shm=1" }
    let mode = settings.journalMode ?? JournalMode.suited(to: file.folder)
    return mode == .truncate ? "mode=ro" : Self.immutable
  }

  private var seen: [LedgerFile.Facts?] {
    [file.path, file.log, file.logIndex, file.rollback].map { LedgerFile.Facts($0) }
  }

  private func connect<Value>(
    _ options: String, _ body: (Database) throws -> Value
  ) throws -> Value {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(settings.busyTimeout / .seconds(1))
    configuration.label = "emend.ledger.reading"
    var path = file.path
    if Self.takesURIs,
      let escaped = path.addingPercentEncoding(withAllowedCharacters: Self.pathCharacters)
    {
      // SQLite takes what follows `file://` for a host's name. A path that begins with `//` gets
      // an empty host's name, any other path gets none.
      path = "file:\(escaped.hasPrefix("//") ? "//" : "")\(escaped)?\(options)"
    }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? queue.close() }
    return try queue.read(body)
  }
}
