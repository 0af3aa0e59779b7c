import Foundation
import GRDB

/// Passages, written and found.
extension Ledger {
  /// Remembers a new passage.
  ///
  /// - Returns: the passage with its id, as it will be read: times to a quarter of a microsecond.
  package func begin(_ run: FileRun) throws(LedgerError) -> FileRun {
    var run = run
    run.id = nil
    run.id = try store.write { [run] database in
      try Self.upsert(run, database)
      return database.lastInsertedRowID
    }
    run.roundTimes()
    return run
  }

  /// Replaces what is remembered of the passage. Where it is gone, because the ledger was deleted
  /// or pruned, it is remembered again under its id.
  package func update(_ run: FileRun) throws(LedgerError) {
    try store.write { try Self.upsert(run, $0) }
  }

  /// The latest passage that ended with a verdict on work with this key.
  package func outcome(forKey key: String) throws(LedgerError) -> FileRun? {
    try select(
      "WHERE key = ? AND state IN (\(Self.list(FileRun.State.outcomes)))"
        + " ORDER BY finishedAt DESC, id DESC LIMIT 1", [key]
    ).first
  }

  /// The passages changed last, latest first.
  package func recent(_ limit: Int) throws(LedgerError) -> [FileRun] {
    try select("ORDER BY changed DESC, id DESC LIMIT ?", [max(0, limit)])
  }

  /// Passages of files with this name, latest change first.
  package func runs(named name: [UInt8]) throws(LedgerError) -> [FileRun] {
    try select("WHERE name = ? ORDER BY changed DESC, id DESC", [Data(name)])
  }

  /// Passages in any of these states, latest change first.
  package func runs(in states: Set<FileRun.State>) throws(LedgerError) -> [FileRun] {
    let list = Self.list(FileRun.State.allCases.filter(states.contains))
    return try select("WHERE state IN (\(list)) ORDER BY changed DESC, id DESC", [])
  }

  /// How many passages there are in each state; states without any are absent.
  package func counts() throws(LedgerError) -> [FileRun.State: Int] {
    try store.read(orWhereThereIsNone: [:]) { database in
      var counts: [FileRun.State: Int] = [:]
      let sql = "SELECT state, count(*) FROM passages GROUP BY state"
      for row in try Row.fetchAll(database.cachedStatement(sql: sql)) {
        guard let name: String = String.fromDatabaseValue(row[0]),
          let state = FileRun.State(rawValue: name)
        else { continue }
        counts[state] = row[1]
      }
      return counts
    }
  }

  /// States between commas, quoted.
  static func list(_ states: [FileRun.State]) -> String {
    states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
  }

  private static func upsert(_ run: FileRun, _ database: Database) throws {
    try database.cachedStatement(sql: FileRun.upsert).execute(arguments: run.arguments)
  }

  private func select(
    _ condition: String, _ arguments: StatementArguments
  ) throws(LedgerError) -> [FileRun] {
    let sql = "SELECT \(FileRun.columns) FROM passages \(condition)"
    return try store.read(orWhereThereIsNone: []) { database in
      let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
      var runs: [FileRun] = []
      while let row = try rows.next() {
        if let run = FileRun(row) { runs.append(run) }
      }
      return runs
    }
  }
}

extension FileRun {
  /// Times as the ledger keeps them, counted from 1970.
  fileprivate mutating func roundTimes() {
    func rounded(_ date: Date) -> Date {
      Date(timeIntervalSince1970: date.timeIntervalSince1970)
    }
    seenAt = rounded(seenAt)
    claimedAt = rounded(claimedAt)
    finishedAt = finishedAt.map(rounded)
    nextAttemptAt = nextAttemptAt.map(rounded)
  }
}
