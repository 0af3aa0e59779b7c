package import Records

/// A query with its passages and their results.
package struct ExportedQuery: Sendable {
  /// The record's id, as `Record.id` has it. Two queries may share one.
  package let id: String
  /// The query and its passages as the record has them.
  package let retrieval: Retrieval
  /// What the run writes about the query and its passages.
  package let result: QueryResult
  /// Cosine of the query and each passage, −1…1, higher is nearer; nil where it is not known.
  package let similarities: [Double?]
  /// The lowest grade that means that a passage is useful.
  package let positiveFrom: Int

  /// - Precondition: `result` and `similarities` have one entry per passage, in the same order.
  package init(
    id: String, retrieval: Retrieval, result: QueryResult, similarities: [Double?],
    positiveFrom: Int = 1
  ) {
    let count = retrieval.passages.count
    precondition(result.passages.count == count, "one result per passage")
    precondition(similarities.count == count, "one similarity per passage")
    self.id = id
    self.retrieval = retrieval
    self.result = result
    self.similarities = similarities
    self.positiveFrom = positiveFrom
  }

  /// Whether each passage counts where a text must have one grade: of passages with the same text, only the
  /// one with the most credible label does, else the first.
  var isCounted: [Bool] {
    var isCounted = [Bool](repeating: true, count: retrieval.passages.count)
    let groups = Dictionary(grouping: retrieval.passages.indices, by: identity)
    for group in groups.values where group.count > 1 {
      func rank(_ place: Int) -> (Double, Int) {
        (result.passages[place].credibility ?? -1, -place)
      }
      let kept = group.max { rank($0) < rank($1) }
      for place in group where place != kept { isCounted[place] = false }
    }
    return isCounted
  }

  /// What a passage has in common with those that are the same one: its text; where that is blank, the id that it
  /// has in the file.
  private func identity(_ place: Int) -> [String] {
    let passage = retrieval.passages[place]
    if let text = passage.comparedText { return ["text", text] }
    let mark = "#\(place + 1)"
    let given = passage.id.hasSuffix(mark) ? String(passage.id.dropLast(mark.count)) : passage.id
    return ["id", given]
  }

  /// Places of the passages, the most useful first: by utility, then relevance, then the order in the
  /// record. So the order of equal scores never depends on the sorting algorithm.
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
