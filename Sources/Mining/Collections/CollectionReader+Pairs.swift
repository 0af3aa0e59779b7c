package import Records

extension CollectionReader {
  /// Queries that bring one passage on each line, perhaps with a label.
  package struct Pairs: Sendable {
    package let queries: QueryList
    package let judgements: Judgements
    /// How many different texts the lines brought that the corpus did not have.
    package let newDocuments: Int
  }

  /// Reads entries with a query and one passage each, such as the lines of a reranker's training set: JSON or a table
  /// with a header. Lines with the same query are joined, and the passages go into the corpus.
  ///
  /// - Returns: nil where the entries are of another kind.
  /// - Throws: at the first entry that cannot be read.
  package func pairs(_ source: Source, into corpus: inout Corpus) throws(InputError) -> Pairs? {
    let sample = RecordSample(source)
    func name(_ usual: [String], _ kinds: Set<RecordSample.Kind>) -> String? {
      // A member that only a few have is no part of the layout.
      usual.first { sample.share(of: $0, kinds: kinds) >= 0.5 }
    }
    guard let query = name(["query", "question", "anchor", "query_text"], [.string]),
      let passage = name(["passage", "document", "doc", "passage_text", "context"], [.string])
    else { return nil }
    let names = [
      query, passage, name(["qid", "query_id", "query-id"], [.any]),
      name(["pid", "docid", "doc_id", "passage_id", "corpus-id"], [.any]),
      name(["label", "relevance", "grade", "is_selected"], [.number, .boolean, .string]),
    ]
    let places = names.indices.filter { names[$0] != nil }
    let before = corpus.documents.count
    var found = corpus
    var list = QueryList()
    var judgements = Judgements()
    var reader = PlainReader()
    try reader.read(source, paths: places.map { [names[$0] ?? ""] }) {
      line, values throws(InputError) in
      var parts = [PlainValue?](repeating: nil, count: names.count)
      for (place, value) in zip(places, values) { parts[place] = value }
      guard case .string(let question)? = parts[0], !question.trimmed.isEmpty,
        case .string(let text)? = parts[1]
      else {
        throw InputError(
          file: source.file, line: line,
          reason: "the line has no \"\(query)\" or no \"\(passage)\" that is a text",
          remedy: "Write both as strings, or remove the line.")
      }
      let place = list.join(SoughtQuery(id: parts[2]?.name ?? String(line), text: question))
      guard
        let document = found.add(id: parts[3]?.name ?? "\(line)/\(passage)", title: nil, text: text)
      else { return }
      guard let given = parts[4], !given.isNull else { return }
      guard let grade = given.number, grade == grade.rounded(), abs(grade) < 1000 else {
        throw InputError(
          file: source.file, line: line, reason: "\"\(names[4] ?? "")\" is no whole number",
          remedy:
            "Write 0 for a passage that is not relevant, 1 or more for one that is, and null where nobody knows."
        )
      }
      guard grade >= 0 else {
        judgements.unjudgedCount += 1
        return
      }
      judgements.add(
        query: place, document: document, id: found.documents[document].id, grade: Int(grade))
    }
    corpus = found
    return Pairs(
      queries: list, judgements: judgements, newDocuments: corpus.documents.count - before)
  }
}

extension PlainValue {
  /// An id: a text, or a number as it is written.
  fileprivate var name: String? {
    switch self {
    case .string(let text): text.isEmpty ? nil : text
    case .number(_, let text): text
    default: nil
    }
  }
}
