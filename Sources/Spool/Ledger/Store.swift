import GRDB

/// Runs a ledger's statements.
protocol Store: Sendable {
  /// Runs `body`, which changes nothing, perhaps more than once.
  ///
  /// - Parameter fallback: returned if there is no ledger.
  func read<Value: Sendable>(
    ifMissing fallback: Value, _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value

  /// Runs `body`, perhaps more than once; its changes are kept once at most.
  func write<Value: Sendable>(
    _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value

  /// A sentence about the ledger that was moved aside; nil if none was.
  var recovery: String? { get }
}
