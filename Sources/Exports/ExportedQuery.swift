// Exports owns the files that retrievers are trained and measured with: which passages are positives
// and negatives of a query after a run, and how that is written for each consumer. It knows nothing of
// models, of where scores come from, or of folders; docs/RETRIEVAL.md says what users are promised.

package import Records

/// A query with its passages and what became of them.
package struct ExportedQuery: Sendable {
  /// The record's id, as `Record.id` has it. Two queries may share one.
  package let id: String
  package let retrieval: Retrieval
  package let result: QueryResult
  /// Cosine of query and passage, −1…1, higher is nearer; nil where it is not known.
  package let similarities: [Double?]
  /// The least grade that means useful.
  package let positiveFrom: Int

  /// - Precondition: one passage verdict and one similarity per passage, in the same order.
  package init(
    id: String, retrieval: Retrieval, result: QueryResult, similarities: [Double?],
    positiveFrom: Int = 1
  ) {
    let count = retrieval.passages.count
    precondition(result.passages.count == count, "one verdict per passage")
    precondition(similarities.count == count, "one similarity per passage")
    self.id = id
    self.retrieval = retrieval
    self.result = result
    self.similarities = similarities
    self.positiveFrom = positiveFrom
  }

  /// Places of the passages, the most useful first: by utility, then relevance, then the record's
  /// own order, so that equal scores never depend on how the sort goes about it.
  var ranking: [Int] {
    let results = result.passages
    return results.indices.sorted { left, right in
      let (first, second) = (results[left], results[right])
      if first.utility != second.utility { return first.utility > second.utility }
      if first.relevance != second.relevance { return first.relevance > second.relevance }
      return left < right
    }
  }
}
