/// Texts of one length that run together.
struct TokenBatch: Sendable, Equatable {
  /// Tokens of every text.
  let length: Int
  /// Indices of the texts, ascending.
  let rows: [Int32]

  /// Groups texts by length, shortest first, with at most `tokenBudget` tokens per batch (or one
  /// text, where that alone is longer).
  static func plan(lengths: [Int], tokenBudget: Int) -> [TokenBatch] {
    var groups: [Int: [Int32]] = [:]
    for (row, length) in lengths.enumerated() { groups[length, default: []].append(Int32(row)) }
    var batches: [TokenBatch] = []
    for (length, rows) in groups.sorted(by: { $0.key < $1.key }) {
      let size = max(1, tokenBudget / max(1, length))
      // Even parts: a full batch and a tiny one would compute two shapes instead of one.
      let parts = (rows.count + size - 1) / size
      for part in 0..<parts {
        batches.append(
          TokenBatch(
            length: length,
            rows: Array(rows[rows.count * part / parts..<rows.count * (part + 1) / parts])))
      }
    }
    return batches
  }
}
