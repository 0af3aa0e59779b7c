import GRDB

/// Where a ledger's statements run.
protocol Store: Sendable {
  /// Runs `body`, which changes nothing, perhaps more than once.
  ///
  /// - Parameter nothing: the answer of a ledger that is not there.
  func read<Value: Sendable>(
    orWhereThereIsNone nothing: Value, _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value

  /// Runs `body`, perhaps more than once: what it changes is kept once at most.
  func write<Value: Sendable>(
    _ body: (Database) throws -> Value
  ) throws(LedgerError) -> Value

  var recovery: String? { get }
}
