import Assessments
package import Records

/// Queries that bring passages of their own, such as the pairs and triplets of sentence-transformers.
///
/// Lines with the same query are one query; white space does not count. Their passages join the corpus, and their labels
/// are judgements.
package struct LabelledQueries: Sendable {
  package let queries: QueryList
  package let judgements: Judgements
  /// How many different texts the lines brought that the corpus did not have.
  package let newDocuments: Int
  /// How many records are no queries with passages; they are left out.
  package let otherCount: Int

  /// Takes the queries of records, and adds their passages to the corpus.
  ///
  /// Where an id stands for several texts, as where passages are numbered within their query or called after their
  /// list, documents are called `record/passage`.
  /// - Parameter records: records that are no queries are left out and counted.
  /// - Complexity: O(bytes of the passages).
  package init(_ records: [Record], joining corpus: inout Corpus) {
    var queries = QueryList()
    var judgements = Judgements()
    let retrievals = records.compactMap { record -> (id: String, content: Retrieval)? in
      if case .retrieval(let content) = record.content { (record.id, content) } else { nil }
    }
    let before = corpus.documents.count
    let areQualified = Self.sharesIDs(retrievals.flatMap(\.content.passages), with: corpus)
    for (id, content) in retrievals {
      let query = queries.join(
        SoughtQuery(id: id, text: content.query, answers: content.answers))
      for passage in content.passages {
        let name = areQualified ? "\(id)/\(passage.id)" : passage.id
        guard let place = corpus.add(id: name, title: passage.title, text: passage.text),
          let grade = passage.grade
        else { continue }
        judgements.add(
          query: query, document: place, id: corpus.documents[place].id, grade: grade)
      }
    }
    otherCount = records.count - retrievals.count
    self.queries = queries
    self.judgements = judgements
    newDocuments = corpus.documents.count - before
  }

  /// Whether an id stands for different texts, among the passages or in the corpus.
  static func sharesIDs(_ passages: [Passage], with corpus: Corpus) -> Bool {
    var texts: [ExactText: String] = [:]
    for passage in passages {
      guard let text = passage.comparedText else { continue }
      if let known = texts[ExactText(passage.id)], known != text { return true }
      texts[ExactText(passage.id)] = text
      switch corpus.place(ofID: passage.id) {
      case .unknown: continue
      case .ambiguous: return true
      case .document(let place):
        let document = corpus.documents[place]
        let other = Passage(id: "", text: document.text, title: document.title)
        if other.comparedText != text { return true }
      }
    }
    return false
  }
}
