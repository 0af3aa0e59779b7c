package import Records

/// Reads judgements and runs, whose lines name a query and a document by their ids.
package struct RankingReader: Sendable {
  private let queries: QueryList
  private let corpus: Corpus

  package init(queries: QueryList, corpus: Corpus) {
    self.queries = queries
    self.corpus = corpus
  }

  // MARK: - Judgements

  /// Reads judgements: columns that a header names, such as BEIR's (query, document, grade), TREC's and MS MARCO's
  /// four without a header (query, 0, document, grade), or JSON lines with such names.
  ///
  /// Lines that name something that is not there are counted. A grade below 0 means that nobody has judged the
  /// document.
  /// - Throws: at the first line that is no judgement, and where a header does not tell which column is which.
  package func judgements(_ source: Source) throws(InputError) -> Judgements {
    try source.checkIsText()
    var judgements = Judgements()
    if TextLines(source: source).isJSON {
      try readJSON(source, into: &judgements)
      return judgements
    }
    var width = 0
    var hasHeader = false
    var columns = JudgementColumns(width: 3)
    try TextLines(source: source).forEach { line, text throws(InputError) in
      let cells = TextLines.cells(of: text)
      if width == 0 {
        width = cells.count
        hasHeader = JudgementColumns.isHeader(cells)
        if hasHeader {
          columns = try Self.columns(cells, line, source)
          return
        }
        guard width == 3 || width == 4 else {
          throw InputError(
            file: source.file, line: line,
            reason: "the first line has \(width) columns, and judgements have 3 or 4",
            remedy: Self.judgementLayouts)
        }
        columns = JudgementColumns(width: width)
      }
      guard cells.count == width else {
        throw InputError(
          file: source.file, line: line,
          reason: "the line has \(cells.count) columns where the first has \(width)",
          remedy: Self.judgementLayouts)
      }
      if width == 4, !hasHeader, cells[1].uppercased() != "Q0", Double(cells[1]) == nil {
        throw InputError(
          file: source.file, line: line,
          reason: "the second of four columns is \(cells[1].shown), where TREC's layout has 0",
          remedy: Self.judgementLayouts)
      }
      try add(
        cells[columns.query], cells[columns.document], grade: cells[columns.grade], line, source,
        to: &judgements)
    }
    return judgements
  }

  static let judgementLayouts =
    "Write query, document and grade between tabs below the header query-id, corpus-id, score, or TREC's four "
    + "columns: query, 0, document, grade."

  private static func columns(
    _ names: [String], _ line: Int, _ source: Source
  ) throws(InputError) -> JudgementColumns {
    do throws(JudgementColumns.Problem) {
      return try JudgementColumns(names: names)
    } catch {
      throw InputError(
        file: source.file, line: line, reason: error.reason,
        remedy: "Call the query's id query-id, the document's corpus-id and the grade score.")
    }
  }

  private func readJSON(_ source: Source, into judgements: inout Judgements) throws(InputError) {
    let names = NamedSample(source).members
    let columns = try Self.columns(names, 1, source)
    var reader = PlainReader()
    try reader.read(
      source, paths: [[names[columns.query]], [names[columns.document]], [names[columns.grade]]]
    ) { line, values throws(InputError) in
      let parts = values.map { $0?.plainText ?? "" }
      try add(parts[0], parts[1], grade: parts[2], line, source, to: &judgements)
    }
  }

  private func add(
    _ query: String, _ document: String, grade text: String, _ line: Int, _ source: Source,
    to judgements: inout Judgements
  ) throws(InputError) {
    guard let number = Double(text), number == number.rounded(), abs(number) < 1000 else {
      throw InputError(
        file: source.file, line: line,
        reason:
          "the grade is \(text.isEmpty ? "missing" : text.shown), and no whole number",
        remedy:
          "Write 0 for a document that is not relevant, 1 or more for one that is, and -1 for one that nobody judged."
      )
    }
    let found = corpus.place(ofID: document)
    if case .unknown = found { judgements.unknownDocuments.add(line: line, name: document) }
    if case .ambiguous = found { judgements.ambiguousDocuments.add(line: line, name: document) }
    guard let place = queries.place(ofID: query) else {
      return judgements.unknownQueries.add(line: line, name: query)
    }
    guard case .document(let index) = found else { return }
    guard number >= 0 else {
      judgements.unjudgedCount += 1
      return
    }
    judgements.add(query: place, document: index, id: document, grade: Int(number))
  }

  // MARK: - Runs

  /// Reads a run: TREC's six columns (query, Q0, document, rank, score, name), of which the score counts, as for
  /// trec_eval, or MS MARCO's three (query, document, rank).
  ///
  /// - Throws: at the first line that belongs to neither.
  package func run(_ source: Source) throws(InputError) -> RetrievalRun {
    try source.checkIsText()
    var run = RetrievalRun()
    var ranked: [Int: [(key: Double, document: Int32)]] = [:]
    var width = 0
    try TextLines(source: source).forEach { line, text throws(InputError) in
      let cells = TextLines.cells(of: text)
      if width == 0 { width = cells.count }
      guard cells.count == width, width == 6 || width == 3 else {
        throw InputError(
          file: source.file, line: line,
          reason: "the line has \(cells.count) columns"
            + (width == cells.count ? "" : " where the first has \(width)"),
          remedy:
            "Write TREC's six columns (query, Q0, document, rank, score, name), or MS MARCO's three (query, document, "
            + "rank).")
      }
      let (document, order) = width == 6 ? (cells[2], cells[4]) : (cells[1], cells[2])
      guard let number = Double(order), number.isFinite else {
        throw InputError(
          file: source.file, line: line,
          reason: "the \(width == 6 ? "score" : "rank") is \(order.shown), and no number",
          remedy: "Write a number there, and no header.")
      }
      // Of scores the highest is the best, and of ranks the lowest.
      guard width == 6 || number >= 0 && number == number.rounded() else {
        throw InputError(
          file: source.file, line: line, reason: "the rank is \(order.shown), and no whole number",
          remedy: "Write the rank there; for scores, TREC's six columns.")
      }
      let place = queries.place(ofID: cells[0])
      if place == nil { run.unknownQueries.add(line: line, name: cells[0]) }
      switch corpus.place(ofID: document) {
      case .unknown: run.unknownDocuments.add(line: line, name: document)
      case .ambiguous: run.ambiguousDocuments.add(line: line, name: document)
      case .document(let index):
        // The best first: the highest score, or the lowest rank.
        if let place {
          ranked[place, default: []].append((width == 6 ? -number : number, Int32(index)))
        }
      }
    }
    for (query, list) in ranked {
      // A stable order: of equal scores the first in the file.
      let order = list.indices.sorted {
        list[$0].key != list[$1].key ? list[$0].key < list[$1].key : $0 < $1
      }
      var known: Set<Int32> = []
      run.ofQuery[query] = order.map { list[$0].document }.filter { known.insert($0).inserted }
    }
    return run
  }
}

extension PlainValue {
  /// A string's content or a number as it is written; nil for everything else.
  fileprivate var plainText: String? {
    switch self {
    case .string(let text): text
    case .number(_, let text): text
    default: nil
    }
  }
}
