import Records

/// Two files for two stages of training, one after the other and never mixed: all queries with the
/// model's labels, then some with a person's. After arXiv 2504.05220, where model labels and then
/// 20 % of the human ones gave an MRR@10 of 38.2 on MS MARCO, and all the human ones 38.6.
package struct Curriculum: Sendable, Equatable {
  /// The share of the paper's second stage.
  package static let usualShare = 0.2
  /// In the order in which ``export(_:)`` returns them.
  package static let files: [ExportFile] = [.firstStage, .secondStage]

  /// Of the queries that a person labelled, how many are in the second stage, above 0 and up to 1.
  package let share: Double

  /// Nil where `share` is not above 0 and at most 1.
  package init?(share: Double) {
    guard share > 0, share <= 1 else { return nil }
    self.share = share
  }

  /// Both files have the lines of ``ExportKind/multiPositive``. What is dropped counts for the first
  /// stage; a remark says how many queries the second has, and of how many.
  package func export(_ queries: [ExportedQuery]) -> Export {
    var first: [UInt8] = []
    var firstLines = 0
    for query in queries {
      let row = TrainingRow(query, labels: .model)
      firstLines += MultiPositive.append(row, to: &first) ? 1 : 0
    }
    let labelled = queries.count { query in query.retrieval.passages.contains { $0.grade != nil } }
    var second: [UInt8] = []
    var secondLines = 0
    for row in chosen(queries, ofLabelled: labelled) {
      secondLines += MultiPositive.append(row, to: &second) ? 1 : 0
    }
    let name = "*\(ExportFile.secondStage.suffix)"
    return Export(
      files: [
        .init(file: .firstStage, bytes: first, lines: firstLines),
        .init(file: .secondStage, bytes: second, lines: secondLines),
      ],
      dropped: .init(withoutPositive: queries.count - firstLines),
      remarks: [
        "\(name): the human labels of \(secondLines) out of \(Export.queries(labelled)) that have any"
      ])
  }

  /// The rows of the second stage, in the order of the queries.
  ///
  /// Only queries with a positive label that is not flagged can be in it. They are put in the order of
  /// how hard they are and cut into as many groups of neighbours, equal in size, as are wanted; from
  /// each the one with the most credible labels goes in. By credibility alone the second stage
  /// would be of queries on which person and model agree anyway and teach nothing new; at random it
  /// would be of wrong labels too.
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
    /// Probability that the least sure of its positive labels is right, 0…1: a row is as good as
    /// that. Negatives have been judged already, by leaving out what is probably an omission.
    let credibility: Double
    /// How much more relevant the most relevant negative looks than the most relevant positive,
    /// −1…1, higher is harder. Relevance and not utility, with which credibility goes along.
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
