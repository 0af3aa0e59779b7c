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
  /// A `positive` is useful where no label says otherwise, and each `negative`, `negative_1` … beside it is not.
  ///
  /// Beside a corpus, `document` and `context` are passages only where entries have a label, too: many a list of
  /// questions says there what else belongs to one. Where an id of passages stands for several texts, documents are
  /// called `query's id/id`.
  /// - Parameter positiveGrade: the grade of a `positive`.
  /// - Returns: nil where the entries are of another kind.
  /// - Throws: at the first entry that cannot be read.
  package func pairs(
    _ source: Source, into corpus: inout Corpus, positiveGrade: Int = 1
  ) throws(InputError) -> Pairs? {
    guard let layout = PairLayout(source, fields, besideCorpus: corpus.addedCount > 0) else {
      return nil
    }
    let lines = try Self.lines(source, layout, positiveGrade)
    let areQualified = LabelledQueries.sharesIDs(
      lines.compactMap { line in
        line.passageID.map { Passage(id: $0, text: line.text, title: line.title) }
      }, with: corpus)
    let before = corpus.documents.count
    var list = QueryList()
    var judgements = Judgements()
    for line in lines {
      let query = line.queryID ?? String(line.number)
      let place = list.join(SoughtQuery(id: query, text: line.query))
      let name =
        line.passageID.map { areQualified ? "\(query)/\($0)" : $0 }
        ?? "\(line.number)/\(line.member)"
      guard let document = corpus.add(id: name, title: line.title, text: line.text),
        let grade = line.grade
      else { continue }
      if grade < 0 {
        judgements.unjudgedCount += 1
      } else {
        judgements.add(
          query: place, document: document, id: corpus.documents[document].id, grade: grade)
      }
    }
    return Pairs(
      queries: list, judgements: judgements, newDocuments: corpus.documents.count - before)
  }

  /// One entry.
  private struct Line {
    let number: Int
    /// The member that holds the passage.
    let member: String
    let query: String
    let text: String
    let queryID: String?
    let passageID: String?
    let title: String?
    let grade: Int?
  }

  private static func lines(
    _ source: Source, _ layout: PairLayout, _ positiveGrade: Int
  ) throws(InputError) -> [Line] {
    let names = layout.names
    let places = names.indices.flatMap { part in names[part].map { (part, $0) } }
    let paths = try places.map { _, name throws(InputError) in
      do throws(FieldPath.Problem) {
        return try FieldPath(name)
      } catch {
        throw InputError(file: source.file, reason: error.reason, remedy: error.remedy)
      }
    }
    var lines: [Line] = []
    var reader = PlainReader()
    try reader.read(source, fields: paths) { number, values throws(InputError) in
      var parts = [PlainValue?](repeating: nil, count: names.count)
      for ((part, _), value) in zip(places, values) where parts[part]?.isNull != false {
        parts[part] = value
      }
      guard case .string(let question)? = parts[0], !question.trimmed.isEmpty,
        case .string(let text)? = parts[1]
      else {
        throw InputError(
          file: source.file, line: number,
          reason:
            "the line has no \(layout.query.shown) or no \(layout.passage.shown) that is a text",
          remedy: "Write both as strings, or remove the line.")
      }
      var title: String?
      if case .string(let text)? = parts[5] { title = text }
      let given = try grade(parts[4], number, source)
      lines.append(
        Line(
          number: number, member: layout.passage, query: question, text: text,
          queryID: parts[2]?.name, passageID: parts[3]?.name, title: title,
          grade: layout.isPositive ? given ?? positiveGrade : given))
      for (member, value) in zip(layout.negatives, parts[PairLayout.count...]) {
        guard case .string(let text)? = value else { continue }
        lines.append(
          Line(
            number: number, member: member, query: question, text: text, queryID: parts[2]?.name,
            passageID: nil, title: nil, grade: 0))
      }
    }
    return lines
  }

  /// The grade of an entry, below 0 where it says that nobody judged it; nil without one.
  private static func grade(
    _ value: PlainValue?, _ line: Int, _ source: Source
  ) throws(InputError) -> Int? {
    guard let value, !value.isNull else { return nil }
    guard let grade = value.number, grade == grade.rounded(), abs(grade) < 1000 else {
      throw InputError(
        file: source.file, line: line, reason: "the label is no whole number",
        remedy:
          "Write 0 for a passage that is not relevant, 1 or more for one that is, and null where nobody knows."
      )
    }
    return Int(grade)
  }
}

/// Which members of entries with one passage each hold what.
private struct PairLayout {
  let query: String
  let passage: String
  /// Whether the passage is useful where no label says otherwise.
  let isPositive: Bool
  /// The members with passages that are not useful.
  let negatives: [String]
  /// How many parts `names` has before those of the negatives.
  static let count = 6
  /// For query, passage, the query's id, the passage's id, label, title and each negative: the members that may hold it, of which
  /// the first that has a value counts.
  let names: [[String]]

  /// Nil where the first entries are of another kind.
  init?(_ source: Source, _ fields: CollectionFields, besideCorpus: Bool) {
    let sample = NamedSample(source)
    /// Nearly all entries must have a member for it to be part of the layout.
    func name(_ role: FieldRole) -> String? {
      role.names(in: sample, kinds: [.string]).first {
        sample.records.share(of: $0, kinds: [.string]) >= 0.5
      }
    }
    func passage(_ usual: [String]) -> String? {
      name(
        FieldRole(
          words: "the passage", flag: "--corpus-text", usual: usual,
          named: besideCorpus ? nil : fields.documentText))
    }
    let positive = passage(["positive"])
    let grades = FieldRole.grade.names(in: sample)
    let isLabelled = grades.contains { sample.records.share(of: $0) > 0 }
    guard let query = name(.pairQuery(fields.queryText)),
      let text = passage(["passage", "passage_text"]) ?? positive
        ?? (besideCorpus && !isLabelled ? nil : passage(["document", "doc", "context"]))
    else { return nil }
    self.query = query
    self.passage = text
    isPositive = text == positive
    negatives =
      text == positive
      ? sample.members.filter { name in
        let name = name.lowercased()
        return name == "negative" || name.hasPrefix("negative_")
      } : []
    names =
      [
        [query], [text], fields.queryID.map { [$0] } ?? ["qid", "query_id", "query-id"],
        // Beside a corpus, these flags name the corpus's members.
        (besideCorpus ? nil : fields.documentID).map { [$0] }
          ?? ["pid", "docid", "doc_id", "passage_id", "corpus-id"], grades,
        FieldRole.documentTitle(besideCorpus ? nil : fields.documentTitle).names(in: sample),
      ] + negatives.map { [$0] }
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
