import PassageUtility
import Records
import Report

extension QueryTranslation {
  /// The queries with the most suspect labels, then with the most hard negatives; of equal ones the first.
  var perQuery: [RetrievalFacts.QueryRow] {
    let rows = queries.indices.map { index in
      let assessments = assessed.assessments[index]
      return RetrievalFacts.QueryRow(
        line: records[index].line, id: records[index].id, query: Excerpt.of(queries[index].text),
        passages: assessments.isUseful.count, useful: assessments.isUseful.count { $0 },
        flagged: assessments.isFlagged.count { $0 },
        hardNegatives: assessments.isHardNegative.count { $0 })
    }
    let order = rows.indices.sorted {
      (rows[$0].flagged, rows[$0].hardNegatives, $1)
        > (rows[$1].flagged, rows[$1].hardNegatives, $0)
    }
    return order.prefix(RetrievalFacts.mostQueries).map { rows[$0] }
  }

  /// The passages by relevance and utility: at most `RecordMap.mostPoints`, evenly over the file, and of
  /// those with suspect labels as many as that again.
  var scatter: [PointGroup] {
    var groups = [[(x: Double, y: Double)]](repeating: [], count: 4)
    for (index, assessments) in assessed.assessments.enumerated() {
      let scores = assessed.scores[index]
      for place in assessments.isUseful.indices {
        let group =
          assessments.isFlagged[place]
          ? 3 : assessments.isUseful[place] ? 0 : assessments.negatives[place] == .hard ? 1 : 2
        groups[group].append((scores.relevance[place], scores.utility[place]))
      }
    }
    let unflagged = groups.prefix(3).reduce(0) { $0 + $1.count }
    let names = ["chosen as useful", "hard negative", "other", "suspect label"]
    return groups.enumerated().compactMap { place, points in
      let isFlagged = place == 3
      let count = isFlagged ? points.count : unflagged
      let step = max(1, (count + RecordMap.mostPoints - 1) / RecordMap.mostPoints)
      let kept = stride(from: 0, to: points.count, by: step).map { points[$0] }
      return kept.isEmpty ? nil : PointGroup(name: names[place], flagged: isFlagged, points: kept)
    }
  }
}
