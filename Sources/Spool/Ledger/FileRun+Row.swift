import Foundation
import GRDB

/// Translates between a file run and its row in the table `passages`.
extension FileRun {
  /// The columns, in the order in which `upsert` writes and `init(_:)` reads them.
  static let columns = """
    id, name, size, state, digest, key, owner, attempts, seenAt, claimedAt, finishedAt, \
    nextAttemptAt, outputs, records, rejected, seconds, trouble, sameAs
    """

  /// Inserts the file run or replaces its row; takes the values of `arguments`.
  ///
  /// `changed` orders the writes of all processes. It and new ids start from the clock and only
  /// grow. So if this ledger is deleted and another one made, an id or a `changed` of the old
  /// ledger means nothing else in the new one.
  static let upsert = """
    INSERT INTO passages (\(columns), changed) VALUES (
      coalesce(?1, max(?2, (SELECT coalesce(max(id), 0) FROM passages) + 1)),
      ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      \(nextChange("?2")))
    ON CONFLICT (id) DO UPDATE SET
      (name, size, state, digest, key, owner, attempts, seenAt, claimedAt, finishedAt,
       nextAttemptAt, outputs, records, rejected, seconds, trouble, sameAs, changed)
      = (excluded.name, excluded.size, excluded.state, excluded.digest, excluded.key,
         excluded.owner, excluded.attempts, excluded.seenAt, excluded.claimedAt,
         excluded.finishedAt, excluded.nextAttemptAt, excluded.outputs, excluded.records,
         excluded.rejected, excluded.seconds, excluded.trouble, excluded.sameAs, excluded.changed)
    """

  /// SQL for the next value of `changed`.
  ///
  /// - Parameter now: SQL for the time in microseconds since 1970.
  static func nextChange(_ now: String) -> String {
    "max(\(now), (SELECT coalesce(max(changed), 0) FROM passages) + 1)"
  }

  /// The time, in microseconds since 1970.
  static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e6) }

  /// The arguments of `upsert`: the id, the time, then the other columns in order.
  var arguments: StatementArguments {
    let values: [(any DatabaseValueConvertible)?] = [
      id, Self.now, Data(name), size, state.rawValue, digest, key, owner, attempts,
      seenAt.timeIntervalSince1970, claimedAt.timeIntervalSince1970,
      finishedAt?.timeIntervalSince1970, nextAttemptAt?.timeIntervalSince1970,
      outputs.isEmpty ? nil : Self.text(outputs), records, rejected,
      seconds.isEmpty ? nil : Self.text(seconds), failureReason.flatMap(Self.text), sameAs,
    ]
    return StatementArguments(values)
  }

  /// Reads a row; nil if no version of emend can have written it, so that the caller leaves it out.
  init?(_ row: Row) {
    guard let id = Int64.at(0, row), let name = Data.at(1, row), let size = Int.at(2, row),
      let state = String.at(3, row).flatMap(State.init), let owner = String.at(6, row),
      let attempts = Int.at(7, row), let seenAt = Self.date(8, row),
      let claimedAt = Self.date(9, row), let records = Int.at(13, row),
      let rejected = Int.at(14, row)
    else { return nil }
    self.init(
      name: Array(name), size: size, state: state, digest: String.at(4, row),
      key: String.at(5, row), owner: owner, attempts: attempts, seenAt: seenAt,
      claimedAt: claimedAt, finishedAt: Self.date(10, row), nextAttemptAt: Self.date(11, row),
      outputs: Self.value(12, row) ?? [], records: records, rejected: rejected,
      seconds: Self.value(15, row) ?? [:], failureReason: Self.value(16, row),
      sameAs: Int64.at(17, row))
    self.id = id
  }

  private static func date(_ column: Int, _ row: Row) -> Date? {
    Double.at(column, row).map(Date.init(timeIntervalSince1970:))
  }

  private static func value<Value: Decodable>(_ column: Int, _ row: Row) -> Value? {
    guard let text = String.at(column, row) else { return nil }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try? decoder.decode(Value.self, from: Data(text.utf8))
  }

  private static func text(_ value: some Encodable) -> String? {
    let encoder = JSONEncoder()
    // JSON has no infinity or NaN; a stage's wrong time must not make the whole write fail.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else { return nil }
    return String(decoding: data, as: UTF8.self)
  }
}

extension DatabaseValueConvertible {
  /// The value in a column; nil if it has another type, for which GRDB's own subscript would end
  /// the process.
  fileprivate static func at(_ column: Int, _ row: Row) -> Self? {
    let value: DatabaseValue = row[column]
    return fromDatabaseValue(value)
  }
}
