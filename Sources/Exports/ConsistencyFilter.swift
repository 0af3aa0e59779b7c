import Records

/// Measures how many of the positives a similarity search alone would also find.
///
/// CoRNStack's filter keeps a pair of query and positive if and only if the passage is among the
/// nearest of its query and near enough. Here it removes nothing; the rate is for the report.
package struct ConsistencyFilter: Sendable {
  /// The last rank among the query's own passages that a positive may have, where the nearest passage
  /// has rank 1; the value of CoRNStack.
  package static let usualRanks = 2
  /// The least cosine that a positive may have; the value of CoRNStack, for its encoder. Similarities
  /// of other encoders are spread differently, so rates of two files can be compared, and rates of two
  /// encoders cannot.
  package static let usualThreshold = 0.7

  package let ranks: Int
  package let threshold: Double

  package init(ranks: Int = usualRanks, threshold: Double = usualThreshold) {
    self.ranks = ranks
    self.threshold = threshold
  }

  package struct Statistic: Sendable, Equatable {
    /// Number of positives after the run whose similarity is known.
    package let pairs: Int
    /// Number of these that the filter would keep.
    package let kept: Int
    /// `kept` of `pairs`, 0…1, higher is more consistent; nil where there are no pairs.
    package var keepRate: Double? { pairs > 0 ? Double(kept) / Double(pairs) : nil }
  }

  /// Counts the positives of all queries that the filter would keep.
  ///
  /// A passage's rank is one more than the number of passages of its query that are nearer, so equally
  /// near passages share the better rank.
  ///
  /// - Complexity: O(n log n) in the passages.
  package func statistic(_ queries: [ExportedQuery]) -> Statistic {
    var (pairs, kept) = (0, 0)
    for query in queries {
      let results = query.result.passages
      let similarities = query.similarities
      let descending = similarities.compactMap { $0 }.sorted(by: >)
      guard !descending.isEmpty else { continue }
      // A passage that is at least as near as this one has the same rank or a better one.
      let nearest = descending[min(ranks, descending.count) - 1]
      for index in results.indices {
        guard let similarity = similarities[index],
          LabelSource.run.role(of: index, in: query) == .positive
        else { continue }
        pairs += 1
        if similarity >= nearest, similarity >= threshold { kept += 1 }
      }
    }
    return Statistic(pairs: pairs, kept: kept)
  }
}
