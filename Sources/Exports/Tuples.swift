import Records

/// Lines of `anchor`, `positive`, `negative_1`, `negative_2`, …: n-tuples, which sentence-transformers' losses take where every
/// line has the same columns.
enum Tuples {
  /// The most negatives of a line. More cost memory in every batch and are less and less hard.
  static let maximumNegatives = 8
  /// The most lines of one query, one for each of its most useful positives.
  static let maximumPerQuery = 4

  /// Writes a line for each positive, with the query's hardest negatives.
  ///
  /// All lines have as many negatives as give the most in all; queries with fewer have no line.
  static func export(_ queries: [ExportedQuery]) -> Export {
    let (rows, dropped) = TrainingRow.withBoth(queries)
    let width = width(rows.map(\.negatives.count))
    var output: [UInt8] = []
    var lines = 0
    var (hard, negatives, fewer) = (0, 0, 0)
    for row in rows {
      guard row.negatives.count >= width else {
        fewer += 1
        continue
      }
      hard += min(width, row.hardNegatives)
      negatives += width
      for positive in row.positives.prefix(maximumPerQuery) {
        var line = JSONLine()
        line.member("anchor", row.query.retrieval.query)
        line.member("positive", row.text(positive))
        for (place, negative) in row.negatives.prefix(width).enumerated() {
          line.member("negative_\(place + 1)", row.text(negative))
        }
        output += line.ended()
        lines += 1
      }
    }
    var remarks = Export.hardness(.tuples, hard: hard, of: negatives)
    if width > 0 {
      remarks.append(
        "*\(ExportFile.tuples.suffix): each line has \(width) negative\(width == 1 ? "" : "s")"
          + (fewer > 0 ? "; \(Export.queries(fewer)) with fewer left out" : ""))
    }
    return Export(
      files: [.init(file: .tuples, bytes: output, lines: lines)], dropped: dropped,
      remarks: remarks)
  }

  /// The number of negatives of all lines with which the queries that have so many give the most in all; of equal ones the
  /// larger.
  static func width(_ counts: [Int]) -> Int {
    (1...maximumNegatives).filter { width in counts.contains { $0 >= width } }
      .max { left, right in
        func total(_ width: Int) -> Int { width * counts.count { $0 >= width } }
        return (total(left), left) < (total(right), right)
      } ?? 0
  }
}
