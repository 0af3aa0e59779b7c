import Foundation
import GRDB

/// Verdicts that no longer stand, and passages that go.
extension Ledger {
  /// Makes the content of files with this name run again when it turns up again, whatever its
  /// name is then. The passages stay, without their keys; those under way are left alone.
  ///
  /// - Returns: the verdicts that no longer stand, under other names too.
  package func forget(named name: [UInt8]) throws(LedgerError) -> Int {
    // The same content may have its verdict from a file with another name, or from other rules.
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

  /// Does so for every file.
  ///
  /// - Returns: the verdicts that no longer stand.
  package func forgetAll() throws(LedgerError) -> Int {
    try forget(where: "TRUE", crashes: "TRUE", [])
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

  /// Gives back what a daemon that died held.
  ///
  /// - Returns: the passages released.
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

  /// Removes the passages, and the counts of crashes, that were changed longest ago, but for
  /// `keeping` of either. Passages under way stay too, and those whose verdicts stand for others
  /// that stay.
  ///
  /// - Returns: the passages removed.
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
