import GRDB
import Synchronization

/// A daemon's own ledger: it comes back whatever happens to its file.
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
    orWhereThereIsNone nothing: Value, _ body: (Database) throws -> Value
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
          // Opening again looks at every page; what it misses shows in the next try.
          disconnect(&state)
          let isLost = fault.resultCode != .SQLITE_IOERR
          guard isLost, failures < 3 else { throw LedgerError(error, path: file.path) }
          distrusted = failures == 2 && fault.isDamage
        }
      }
    }
  }

  /// The open ledger, which is that at the path: another's deletion or replacement is noticed here.
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
    // It is closed at the latest when the last reference goes.
    try? state.ledger?.queue.close()
    state.ledger = nil
  }
}
