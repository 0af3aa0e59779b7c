import Foundation
import GRDB

/// Forgets outcomes, releases claims and removes old file runs.
extension Ledger {
  /// Forgets the outcomes of files with this name: their content is worked on again when it is
  /// dropped again, under whatever name. The file runs stay, without their keys; those under way do
  /// not change. The counts of deaths over the content are removed.
  ///
  /// - Returns: how many outcomes were forgotten, including those of other names with the same
  ///   content.
  package func forget(named name: [UInt8]) throws(LedgerError) -> Int {
    // The outcome of the same content may come from a file with another name, or from other rules.
    func own(_ column: String) -> String {
      "SELECT \(column) FROM passages WHERE name = ?1 AND \(column) IS NOT NULL"
    }
    return try forget(
      where: """
        (name = ?1 OR key IN (\(own("key"))) OR digest IN (\(own("digest")))
          OR id IN (\(own("sameAs"))))
        """,
      crashes: "identity IN (\(own("key"))) OR identity IN (\(own("digest")))",
      [Data(name)])
  }

  /// Forgets the outcomes of all files.
  ///
  /// - Returns: how many outcomes were forgotten.
  package func forgetAll() throws(LedgerError) -> Int {
    try forget(where: "TRUE", crashes: "TRUE", [])
  }

  /// Removes one file run.
  func remove(_ id: Int64) throws(LedgerError) {
    try store.write { try $0.execute(sql: "DELETE FROM passages WHERE id = ?", arguments: [id]) }
  }

  private func forget(
    where condition: String, crashes: String, _ arguments: StatementArguments
  ) throws(LedgerError) -> Int {
    let outcomes = Self.list(FileRun.State.outcomes)
    let underWay = Self.list(FileRun.State.underWay)
    return try store.write { database in
      var count = 0
      try database.inTransaction(.immediate) {
        try database.execute(sql: "DELETE FROM crashes WHERE \(crashes)", arguments: arguments)
        count =
          try Int.fetchOne(
            database,
            sql: """
              SELECT count(*) FROM passages
              WHERE key IS NOT NULL AND state IN (\(outcomes)) AND \(condition)
              """, arguments: arguments) ?? 0
        try database.execute(
          sql: """
            UPDATE passages SET key = NULL
            WHERE key IS NOT NULL AND state NOT IN (\(underWay)) AND \(condition)
            """, arguments: arguments)
        return .commit
      }
      return count
    }
  }

  /// Marks as released all file runs that were under way in a daemon that died.
  ///
  /// - Returns: how many there were.
  package func release(ofOwner owner: String) throws(LedgerError) -> Int {
    try store.write { database in
      try database.execute(
        sql: """
          UPDATE passages SET state = '\(FileRun.State.released.rawValue)',
            changed = \(FileRun.nextChange("?1"))
          WHERE owner = ?2 AND state IN (\(Self.list(FileRun.State.underWay)))
          """, arguments: [FileRun.now, owner])
      return database.changesCount
    }
  }

  /// Removes the file runs that changed longest ago, so that `keeping` stay; the same for the
  /// counts of crashes. These stay in any case: file runs under way, and those whose outcome
  /// applies to another file run that stays.
  ///
  /// - Returns: how many file runs were removed.
  package func prune(keeping: Int) throws(LedgerError) -> Int {
    let keeping = max(0, keeping)
    return try store.write { database in
      var count = 0
      try database.inTransaction(.immediate) {
        try database.execute(
          sql: """
            WITH kept AS MATERIALIZED (
              SELECT id, sameAs FROM passages ORDER BY changed DESC, id DESC LIMIT ?)
            DELETE FROM passages
            WHERE id NOT IN (SELECT id FROM kept)
              AND id NOT IN (SELECT sameAs FROM kept WHERE sameAs IS NOT NULL)
              AND state NOT IN (\(Self.list(FileRun.State.underWay)))
            """, arguments: [keeping])
        count = database.changesCount
        try database.execute(
          sql: """
            DELETE FROM crashes WHERE identity NOT IN (
              SELECT identity FROM crashes ORDER BY changed DESC, identity LIMIT ?)
            """, arguments: [keeping])
        return .commit
      }
      return count
    }
  }
}
