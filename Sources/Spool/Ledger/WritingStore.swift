import GRDB
import Synchronization

/// Reads and writes a ledger, and makes another if its file is deleted, replaced or damaged.
final class WritingStore: Store {
  private struct State {
    var ledger: OpenLedger?
    var recovery: String?
  }

  private let file: LedgerFile
  private let settings: Ledger.Settings
  private let state: Mutex<State>

  init(_ file: LedgerFile, _ settings: Ledger.Settings) throws(LedgerError) {
    self.file = file
    self.settings = settings
    let (ledger, recovery) = try OpenLedger.open(file, settings)
    state = Mutex(State(ledger: ledger, recovery: recovery))
  }

  var recovery: String? { state.withLock { $0.recovery } }

  func read<Value: Sendable>(
    ifMissing fallback: Value, _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value {
    try write(body)
  }

  func write<Value: Sendable>(
    _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value {
    try state.withLock { state throws(LedgerError) in
      var failures = 0
      var distrusted = false
      while true {
        let ledger = try connected(&state, distrusted: distrusted)
        do {
          return try ledger.queue.writeWithoutTransaction(body)
        } catch {
          failures += 1
          guard let fault = error as? DatabaseError,
            fault.isDamage || fault.extendedResultCode == .SQLITE_READONLY_DBMOVED
              || fault.resultCode == .SQLITE_IOERR
          else { throw LedgerError(error, path: file.path) }
          // Opening the ledger again checks every page; the next try shows damage that the check
          // misses.
          disconnect(&state)
          let isLost = fault.resultCode != .SQLITE_IOERR
          guard isLost, failures < 3 else { throw LedgerError(error, path: file.path) }
          distrusted = failures == 2 && fault.isDamage
        }
      }
    }
  }

  /// The open ledger. It is opened again if the file at the path is no longer the one that is open,
  /// because somebody has deleted or replaced it.
  private func connected(
    _ state: inout State, distrusted: Bool
  ) throws(LedgerError) -> OpenLedger {
    if let ledger = state.ledger {
      if ledger.identity == file.identity { return ledger }
      disconnect(&state)
    }
    let (ledger, recovery) = try OpenLedger.open(file, settings, distrusted: distrusted)
    state.ledger = ledger
    if let recovery { state.recovery = recovery }
    return ledger
  }

  private func disconnect(_ state: inout State) {
    // If this fails, the connection is closed with the last reference to it.
    try? state.ledger?.queue.close()
    state.ledger = nil
  }
}
