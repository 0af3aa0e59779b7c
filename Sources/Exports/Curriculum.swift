import Records

/// Two files for two stages of training, which follow each other and are never mixed: first all
/// queries with the run's own labels, then some queries with a person's labels.
///
/// After arXiv 2504.05220. There, training on model labels and then on 20 % of the human labels gave
/// an MRR@10 of 38.2 on MS MARCO, and training on all human labels alone gave 38.6.
package struct Curriculum: Sendable, Equatable {
  /// The files of the curriculum, in the order in which ``export(_:)`` returns them.
  package static let files: [ExportFile] = [.firstStage, .secondStage]

  /// The share of the queries with a person's label that are in the second stage, above 0 and up to 1.
  package let share: Double

  /// Nil where `share` is not above 0 and at most 1.
  package init?(share: Double) {
    guard share > 0, share <= 1 else { return nil }
    self.share = share
  }

  /// Makes both files, with lines as those of ``ExportKind/multiPositive``.
  ///
  /// ``Export/dropped`` counts the queries that the first stage leaves out. A remark says how many
  /// queries the second stage has, and how many have a person's label.
  package func export(_ queries: [ExportedQuery]) -> Export {
    var first: [UInt8] = []
    var firstLines = 0
    var firstRows: [TrainingRow] = []
    for query in queries {
      let row = TrainingRow(query, labels: .model)
      guard MultiPositive.append(row, to: &first) else { continue }
      firstLines += 1
      firstRows.append(row)
    }
    let labelled = queries.count { query in query.retrieval.passages.contains { $0.grade != nil } }
    var second: [UInt8] = []
    var secondLines = 0
    let secondRows = chosen(queries, ofLabelled: labelled)
    for row in secondRows {
      secondLines += MultiPositive.append(row, to: &second) ? 1 : 0
    }
    let name = "*\(ExportFile.secondStage.suffix)"
    return Export(
      files: [
        .init(file: .firstStage, bytes: first, lines: firstLines),
        .init(file: .secondStage, bytes: second, lines: secondLines),
      ],
      dropped: .init(withoutPositive: queries.count - firstLines),
      remarks: Self.hardness(.firstStage, firstRows) + Self.hardness(.secondStage, secondRows) + [
        "\(name): the human labels of \(secondLines) out of \(Export.queries(labelled)) that have any"
      ])
  }

  private static func hardness(_ file: ExportFile, _ rows: [TrainingRow]) -> [String] {
    Export.hardness(
      file, hard: rows.reduce(0) { $0 + $1.hardNegatives },
      of: rows.reduce(0) { $0 + $1.negatives.count })
  }

  /// The rows of the second stage, in the order of the queries.
  ///
  /// Only queries with a positive label that is not flagged can be in it. They are sorted by hardness
  /// and cut into consecutive groups of equal size, as many groups as rows are wanted. The query with
  /// the most credible labels of each group is chosen. By credibility alone, the second stage would
  /// consist of queries on which person and model agree, which teach nothing new. At random, it would
  /// contain wrong labels too.
  ///
  /// - Complexity: O(n log n) in the queries.
  private func chosen(_ queries: [ExportedQuery], ofLabelled labelled: Int) -> [TrainingRow] {
    let rows = queries.compactMap { query -> Candidate? in
      Candidate(TrainingRow(query, labels: .person))
    }
    let wanted = min(rows.count, max(1, Int((share * Double(labelled)).rounded())))
    guard wanted > 0 else { return [] }
    let ordered = rows.indices.sorted {
      let (left, right) = (rows[$0].hardness, rows[$1].hardness)
      return left != right ? left < right : $0 < $1
    }
    var places: [Int] = []
    for group in 0..<wanted {
      let members = ordered[
        (group * ordered.count / wanted)..<((group + 1) * ordered.count / wanted)]
      let best = members.max {
        let (left, right) = (rows[$0].credibility, rows[$1].credibility)
        return left != right ? left < right : $0 > $1
      }
      if let best { places.append(best) }
    }
    return places.sorted().map { rows[$0].row }
  }

  private struct Candidate {
    let row: TrainingRow
    /// The lowest credibility among its positives, 0…1, higher is better: a single wrong positive spoils
    /// a row. Negatives do not count, because `LabelSource` has already left out probable omissions.
    let credibility: Double
    /// Relevance of the most relevant negative (0 without one) less that of the most relevant positive,
    /// −1…1, higher is harder. It is not utility, because utility and credibility rise and fall
    /// together.
    let hardness: Double

    /// Nil where there is no positive.
    init?(_ row: TrainingRow) {
      let results = row.query.result.passages
      guard let credibility = row.positives.map({ results[$0].credibility ?? 0 }).min(),
        let positive = row.positives.map({ results[$0].relevance }).max()
      else { return nil }
      self.row = row
      self.credibility = credibility
      hardness = (row.negatives.map { results[$0].relevance }.max() ?? 0) - positive
    }
  }
}
