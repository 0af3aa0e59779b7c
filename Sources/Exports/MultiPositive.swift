import Records

/// Lines with a query and all its positives and negatives.
///
/// They are for losses that take several uncertain positives at once, such as the disjunctive InfoNCE
/// of arXiv 2504.05220: −log(Σ_{d ∈ positive} e^{s(q, d)} / Σ_{d ∈ positive ∪ negative} e^{s(q, d)}),
/// where s is the trained model's similarity divided by its temperature.
enum MultiPositive {
  /// Writes one line per query.
  ///
  /// Queries without a positive are left out, because the loss is not defined for them. Queries without
  /// a negative stay, because passages of other queries serve as negatives in a batch.
  static func export(_ queries: [ExportedQuery]) -> Export {
    var output: [UInt8] = []
    var lines = 0
    var (hard, negatives) = (0, 0)
    for query in queries {
      let row = TrainingRow(query, labels: .run)
      guard append(row, to: &output) else { continue }
      lines += 1
      hard += row.hardNegatives
      negatives += row.negatives.count
    }
    return Export(
      files: [.init(file: .multiPositive, bytes: output, lines: lines)],
      dropped: .init(withoutPositive: queries.count - lines),
      remarks: Export.hardness(.multiPositive, hard: hard, of: negatives))
  }

  /// Appends the line of a query, if it has a positive.
  ///
  /// - Returns: whether it has one.
  static func append(_ row: TrainingRow, to output: inout [UInt8]) -> Bool {
    guard !row.positives.isEmpty else { return false }
    var line = JSONLine()
    line.member("id", row.query.id)
    line.member("query", row.query.retrieval.query)
    line.member("positive", row.positives.map(row.text))
    line.member("positive_id", row.positives.map(row.id))
    line.member("positive_weight", shares: row.weights)
    line.member("negative", row.negatives.map(row.text))
    line.member("negative_id", row.negatives.map(row.id))
    line.member("hard_negatives", row.hardNegatives)
    output += line.ended()
    return true
  }
}
