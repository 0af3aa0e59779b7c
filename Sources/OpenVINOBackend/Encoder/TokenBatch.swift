/// Texts with the same number of tokens, which run together.
struct TokenBatch: Sendable, Equatable {
  /// The number of tokens of each text.
  let length: Int
  /// Indices of the texts, ascending.
  let rows: [Int32]

  /// Groups texts by length, the shortest first. A batch has at most `tokenBudget` tokens, or one text
  /// where that alone has more.
  static func plan(lengths: [Int], tokenBudget: Int) -> [TokenBatch] {
    var groups: [Int: [Int32]] = [:]
    for (row, length) in lengths.enumerated() { groups[length, default: []].append(Int32(row)) }
    var batches: [TokenBatch] = []
    for (length, rows) in groups.sorted(by: { $0.key < $1.key }) {
      let size = max(1, tokenBudget / max(1, length))
      // The batches of one length are of equal size where possible: a full batch and a small one would
      // have two shapes instead of one.
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
