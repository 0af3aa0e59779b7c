import GRDB

/// Counts how often workers died over a content, so that no content ends workers for ever.
extension Ledger {
  /// How often workers died over the content with this identity.
  package func crashes(ofContent identity: String) throws(LedgerError) -> Int {
    try store.read(ifMissing: 0) { try Self.crashes(identity, $0) }
  }

  /// Counts one more death.
  ///
  /// - Returns: the new count.
  package func countCrash(ofContent identity: String) throws(LedgerError) -> Int {
    try store.write { database in
      var count = 0
      try database.inTransaction(.immediate) {
        let sql = """
          INSERT INTO crashes (identity, count, changed) VALUES (?, 1, ?)
          ON CONFLICT (identity) DO UPDATE SET count = count + 1, changed = excluded.changed
          """
        try database.execute(sql: sql, arguments: [identity, FileRun.now])
        count = try Self.crashes(identity, database)
        return .commit
      }
      return count
    }
  }

  /// Sets the count to zero: the content was repaired, or is to be tried as if it were new.
  package func clearCrashes(ofContent identity: String) throws(LedgerError) {
    try store.write { database in
      try database.cachedStatement(sql: "DELETE FROM crashes WHERE identity = ?")
        .execute(arguments: [identity])
    }
  }

  private static func crashes(_ identity: String, _ database: Database) throws -> Int {
    let sql = "SELECT count FROM crashes WHERE identity = ?"
    return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [identity]) ?? 0
  }
}
