import Records

/// The positives and negatives of one query, as training needs them.
struct TrainingRow {
  let query: ExportedQuery
  /// Places of the passages, the most useful first. No two have the same text and none is blank.
  let positives: [Int]
  /// Places of the passages: hard negatives first, then the others, each the most useful first. No two
  /// have the same text, none is blank, and none has the text of a positive.
  let negatives: [Int]
  /// How many of `negatives` are hard; these come first.
  let hardNegatives: Int
  /// A share for each positive, 0…1, summing to 1; a higher one gives the positive more weight.
  let weights: [Double]

  /// - Complexity: O(n log n) in the query's passages.
  init(_ query: ExportedQuery, labels: LabelSource) {
    let (passages, results) = (query.retrieval.passages, query.result.passages)
    var positives: [Int] = []
    var hard: [Int] = []
    var others: [Int] = []
    // A text that is in the record twice must not be both a positive and a negative.
    var taken: Set<String> = []
    let ranking = query.ranking.map { place in
      (place, labels.role(of: place, in: query))
    }
    for (place, role) in ranking where role == .positive {
      let text = passages[place].titledText
      if !Self.isBlank(text), taken.insert(text).inserted { positives.append(place) }
    }
    for (place, role) in ranking where role == .excluded {
      taken.insert(passages[place].titledText)
    }
    // Hard negatives before the others, so that of two copies the hard one is kept.
    for isHard in [true, false] {
      for (place, role) in ranking
      where role == .negative && results[place].hardNegative == isHard {
        let text = passages[place].titledText
        guard !Self.isBlank(text), taken.insert(text).inserted else { continue }
        if isHard { hard.append(place) } else { others.append(place) }
      }
    }
    self.query = query
    self.positives = positives
    negatives = hard + others
    hardNegatives = hard.count
    weights = Self.weights(of: positives, query, labels)
  }

  /// The rows of the queries that have a positive and a negative, in order, and how many lack one of them.
  static func withBoth(_ queries: [ExportedQuery]) -> (rows: [TrainingRow], dropped: Export.Dropped)
  {
    var rows: [TrainingRow] = []
    var dropped = Export.Dropped()
    for query in queries {
      let row = TrainingRow(query, labels: .run)
      if row.positives.isEmpty {
        dropped.withoutPositive += 1
      } else if row.negatives.isEmpty {
        dropped.withoutNegative += 1
      } else {
        rows.append(row)
      }
    }
    return (rows, dropped)
  }

  func text(_ place: Int) -> String { query.retrieval.passages[place].titledText }
  func id(_ place: Int) -> String { query.retrieval.passages[place].id }

  /// Shares in proportion to the soft label or, for `LabelSource.person`, to the grade. They are equal
  /// where all of these are 0 or missing.
  private static func weights(
    of positives: [Int], _ query: ExportedQuery, _ labels: LabelSource
  ) -> [Double] {
    var shares: [Double]
    if case .person = labels {
      shares = positives.map { Double(query.retrieval.passages[$0].grade ?? 0) }
    } else {
      let soft = Dictionary(
        query.result.softLabel.map { ($0.id, $0.probability) }, uniquingKeysWith: { $1 })
      shares = positives.map { soft[query.retrieval.passages[$0].id] ?? 0 }
    }
    var total = shares.reduce(0, +)
    if !(total > 0) {
      shares = positives.map { _ in 1 }
      total = Double(positives.count)
    }
    return shares.map { $0 / total }
  }

  private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
}
