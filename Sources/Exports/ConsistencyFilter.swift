import Records

/// How many of the positives a plain similarity would also have found: CoRNStack's filter, which
/// keeps a pair of query and positive iff the passage is among the nearest of its query and near
/// enough. Here it takes nothing away; the rate is for the report.
package struct ConsistencyFilter: Sendable {
  /// How far down the query's own passages a positive may be; CoRNStack's.
  package static let usualRanks = 2
  /// The least cosine; CoRNStack's, for its encoder. Others spread their similarities otherwise, so
  /// rates compare between files, not between encoders.
  package static let usualThreshold = 0.7

  package let ranks: Int
  package let threshold: Double

  package init(ranks: Int = usualRanks, threshold: Double = usualThreshold) {
    self.ranks = ranks
    self.threshold = threshold
  }

  package struct Statistic: Sendable, Equatable {
    /// Positives after the run whose similarity is known.
    package let pairs: Int
    /// Those that the filter would keep.
    package let kept: Int
    /// `kept` of `pairs`, 0…1, higher is more consistent; nil where there are no pairs.
    package var keepRate: Double? { pairs > 0 ? Double(kept) / Double(pairs) : nil }
  }

  /// A passage's rank is one more than the number of passages of its query that are nearer, so
  /// equals share the better one.
  ///
  /// - Complexity: O(n log n) in the passages.
  package func statistic(_ queries: [ExportedQuery]) -> Statistic {
    var (pairs, kept) = (0, 0)
    for query in queries {
      let results = query.result.passages
      let similarities = query.similarities
      let descending = similarities.compactMap { $0 }.sorted(by: >)
      guard !descending.isEmpty else { continue }
      // What is as near as the last that may be kept has the same rank or a better one.
      let nearest = descending[min(ranks, descending.count) - 1]
      for index in results.indices {
        guard let similarity = similarities[index],
          LabelSource.run.standing(of: index, in: query) == .positive
        else { continue }
        pairs += 1
        if similarity >= nearest, similarity >= threshold { kept += 1 }
      }
    }
    return Statistic(pairs: pairs, kept: kept)
  }
}
