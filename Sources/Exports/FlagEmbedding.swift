import Foundation
import Records

/// Lines of a query with its positives and negatives, as FlagEmbedding trains embedders and rerankers: `query`, `pos`, `neg`,
/// `pos_scores`, `neg_scores`.
enum FlagEmbedding {
  /// The scores are log-odds of the utility: FlagEmbedding takes the softmax of a teacher's scores (with
  /// `knowledge_distillation`), and the exponential of log-odds is the odds.
  ///
  /// Utilities count as at least `smallestUtility` and at most 1 minus that, since the log-odds of 0 and 1 are infinite.
  static let smallestUtility = 0.001

  /// Writes one line per query with a positive and a negative: FlagEmbedding draws from both lists, and fails on an empty
  /// one.
  static func export(_ queries: [ExportedQuery]) -> Export {
    var output: [UInt8] = []
    var lines = 0
    var (hard, negatives) = (0, 0)
    let (rows, dropped) = TrainingRow.withBoth(queries)
    for row in rows {
      var line = JSONLine()
      line.member("query", row.query.retrieval.query)
      line.member("pos", row.positives.map(row.text))
      line.member("neg", row.negatives.map(row.text))
      line.member("pos_scores", units: row.positives.map { score($0, of: row.query) })
      line.member("neg_scores", units: row.negatives.map { score($0, of: row.query) })
      output += line.ended()
      lines += 1
      hard += row.hardNegatives
      negatives += row.negatives.count
    }
    return Export(
      files: [.init(file: .flagEmbedding, bytes: output, lines: lines)], dropped: dropped,
      remarks: Export.hardness(.flagEmbedding, hard: hard, of: negatives))
  }

  private static func score(_ place: Int, of query: ExportedQuery) -> Int {
    let utility = min(
      max(query.result.passages[place].utility, smallestUtility), 1 - smallestUtility)
    return Int((log(utility / (1 - utility)) * Double(JSONText.scale)).rounded())
  }
}
