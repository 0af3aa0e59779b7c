import Foundation
import GRDB

/// Writes and finds file runs.
extension Ledger {
  /// Writes a new file run.
  ///
  /// - Returns: the file run with its id, exactly as it will be read again: times are rounded to a
  ///   quarter of a microsecond.
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

  /// Replaces the file run's row. If there is none any more, because the ledger was deleted or
  /// pruned, the row is written again under the same id.
  package func update(_ run: FileRun) throws(LedgerError) {
    try store.write { try Self.upsert(run, $0) }
  }

  /// Of the file runs with this key that ended with an outcome, the one that ended last.
  package func outcome(forKey key: String) throws(LedgerError) -> FileRun? {
    try select(
      "WHERE key = ? AND state IN (\(Self.list(FileRun.State.outcomes)))"
        + " ORDER BY finishedAt DESC, id DESC LIMIT 1", [key]
    ).first
  }

  /// The file runs that changed last, latest change first.
  package func recent(_ limit: Int) throws(LedgerError) -> [FileRun] {
    try select("ORDER BY changed DESC, id DESC LIMIT ?", [max(0, limit)])
  }

  /// The runs of files with this name, latest change first.
  package func runs(named name: [UInt8]) throws(LedgerError) -> [FileRun] {
    try select("WHERE name = ? ORDER BY changed DESC, id DESC", [Data(name)])
  }

  /// The file runs in any of these states, latest change first.
  package func runs(in states: Set<FileRun.State>) throws(LedgerError) -> [FileRun] {
    let list = Self.list(FileRun.State.allCases.filter(states.contains))
    return try select("WHERE state IN (\(list)) ORDER BY changed DESC, id DESC", [])
  }

  /// How many file runs are in each state; states without any are absent.
  package func counts() throws(LedgerError) -> [FileRun.State: Int] {
    try store.read(ifMissing: [:]) { database in
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

  /// SQL for a list of states: quoted, with commas between.
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
    return try store.read(ifMissing: []) { database in
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
  /// Rounds the times as the ledger does, which stores them as seconds since 1970.
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
