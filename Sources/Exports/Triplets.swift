import Records

/// Lines of `anchor`, `positive`, `negative`: the columns, in this order, that sentence-transformers'
/// `MultipleNegativesRankingLoss` and `TripletLoss` take.
package enum Triplets {
  /// The most lines of one query, which is four positives with four negatives each. Without a limit,
  /// the lines of a query would grow with the square of its passages, and a few long lists would make
  /// up most of an epoch.
  package static let maximumPerQuery = 16

  /// Writes each negative, the hardest first, with every positive, the most useful first, up to the
  /// limit. So the limit omits easy negatives, and hardly ever a positive.
  ///
  /// Queries without a positive or without a negative have no line.
  static func export(_ queries: [ExportedQuery]) -> Export {
    var output: [UInt8] = []
    var lines = 0
    var (hard, negatives) = (0, 0)
    let (rows, dropped) = TrainingRow.withBoth(queries)
    for row in rows {
      var left = maximumPerQuery
      for (rank, negative) in row.negatives.enumerated() {
        negatives += 1
        if rank < row.hardNegatives { hard += 1 }
        for positive in row.positives.prefix(left) {
          var line = JSONLine()
          line.member("anchor", row.query.retrieval.query)
          line.member("positive", row.text(positive))
          line.member("negative", row.text(negative))
          output += line.ended()
          left -= 1
          lines += 1
        }
        if left == 0 { break }
      }
    }
    return Export(
      files: [.init(file: .triplets, bytes: output, lines: lines)], dropped: dropped,
      remarks: Export.hardness(.triplets, hard: hard, of: negatives))
  }
}
