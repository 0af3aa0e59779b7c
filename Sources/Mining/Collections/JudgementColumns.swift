/// Which columns or members of a file of judgements hold the query, the document and the grade, by their names.
struct JudgementColumns {
  let query: Int
  let document: Int
  let grade: Int

  /// Why names do not tell.
  struct Problem: Error { let reason: String }

  /// The names that programs give to a part; those of a later list count where none of an earlier one is there.
  private static let roles: [(words: String, names: [[String]])] = [
    (
      "the query's id",
      [
        ["query-id", "query_id", "queryid", "qid", "q_id", "topic_id", "topic-id", "topicid"],
        ["query", "topic"],
      ]
    ),
    (
      "the document's id",
      [
        [
          "corpus-id", "corpus_id", "docid", "doc_id", "doc-id", "pid", "passage_id", "passage-id",
          "document_id", "document-id", "docno",
        ], ["document", "doc", "passage"],
      ]
    ),
    (
      "the grade",
      [["score", "relevance", "rel", "label", "grade", "judgment", "judgement", "qrel"]]
    ),
  ]

  /// Finds the three parts among names; upper and lower case do not count.
  ///
  /// - Throws: where one of them is missing, or several names could be it.
  init(names: [String]) throws(Problem) {
    let names = names.map { $0.lowercased() }
    var found: [Int] = []
    for role in Self.roles {
      let places =
        role.names.lazy.map { known in names.indices.filter { known.contains(names[$0]) } }
        .first { !$0.isEmpty } ?? []
      guard let place = places.first else {
        throw Problem(
          reason: "these are no judgements: no name in \(Self.list(names)) is \(role.words)")
      }
      guard places.count == 1 else {
        throw Problem(reason: "\(Self.list(places.map { names[$0] })) could each be \(role.words)")
      }
      found.append(place)
    }
    (query, document, grade) = (found[0], found[1], found[2])
  }

  /// The columns of a file without a header: BEIR's three, or TREC's four.
  init(width: Int) { (query, document, grade) = (0, width - 2, width - 1) }

  /// Whether the cells of a first line are names of columns: a line with a judgement has a number.
  static func isHeader(_ cells: [String]) -> Bool {
    let known = Set(roles.flatMap { $0.names.flatMap(\.self) })
    return cells.contains { known.contains($0.lowercased()) }
      && !cells.contains { Double($0) != nil }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(8).map(\.shown).joined(separator: ", ")
  }
}
