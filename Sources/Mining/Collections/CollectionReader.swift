package import Records

/// Reads files of documents and of queries: JSON lines and lists, tables with a header, and MS MARCO's lines of
/// cells between tabs.
package struct CollectionReader: Sendable {
  let fields: CollectionFields

  package init(fields: CollectionFields = CollectionFields()) { self.fields = fields }

  /// How a file holds the parts of its entries.
  private enum Layout {
    /// By the names of members or columns: for each part those that may hold it, of which the first that has a value
    /// counts; none for a part that the first entries lack.
    case named([[String]])
    /// By columns without a header: for each part its column from 0, nil for none; and how many there are.
    case columns([Int?], count: Int)
    /// One text on each line, and nothing else.
    case texts
  }

  /// One entry of a file: its line, and its parts in the order of the roles.
  private struct Entry {
    let line: Int
    let parts: [PlainValue?]
  }

  // MARK: - Documents

  /// Adds the documents of a file to a corpus.
  ///
  /// A document without an id, in a file without ids, is called by its line.
  /// - Throws: where the layout is not one that is known, or at the first entry that cannot be read.
  /// - Complexity: linear in bytes.
  package func read(_ source: Source, into corpus: inout Corpus) throws(InputError) {
    let roles = [
      FieldRole.documentID(fields.documentID), .documentTitle(fields.documentTitle),
      .documentText(fields.documentText),
    ]
    let layout = try layout(of: source, roles, text: 2) { count, line in
      switch count {
      case 2: [0, nil, 1]
      // MS MARCO's documents: id, address, title, body.
      case 4 where line[1].hasPrefix("http"): [0, 2, 3]
      default: nil
      }
    }
    try forEach(source, layout, roles) { entry throws(InputError) in
      let id = try name(entry, 0, roles, layout, source)
      let title = try text(entry, 1, roles, source)
      let body = try text(entry, 2, roles, source)
      corpus.add(id: id, title: title, text: body ?? "")
    }
  }

  // MARK: - Queries

  /// Reads the queries of a file.
  ///
  /// - Throws: as for documents, and where two queries have one id.
  /// - Complexity: linear in bytes.
  package func queries(_ source: Source) throws(InputError) -> QueryList {
    let roles = [
      FieldRole.queryID(fields.queryID), .queryText(fields.queryText), .answers,
    ]
    let layout = try layout(of: source, roles, text: 1) { count, _ in
      count == 2 ? [0, 1, nil] : nil
    }
    var list = QueryList()
    try forEach(source, layout, roles) { entry throws(InputError) in
      let id = try name(entry, 0, roles, layout, source)
      let text = try text(entry, 1, roles, source)
      let query = SoughtQuery(id: id, text: text ?? "", answers: answers(entry.parts[2]))
      do throws(QueryList.RepeatedID) {
        _ = try list.add(query)
      } catch {
        throw InputError(
          file: source.file, line: entry.line,
          reason: "another query has the id \(error.id.shown)",
          remedy: "Give each query an id of its own; judgements could mean either.")
      }
    }
    return list
  }

  /// Whether a file has MS MARCO's lines of query id, passage id, query and passage (top1000). The ids are numbers; a
  /// table with four other columns needs a header that names them.
  package static func hasQueriesWithPassages(_ source: Source) -> Bool {
    let lines = TextLines(source: source)
    let cells = TextLines.tabbed(lines.first)
    return !lines.isJSON && cells.count == 4 && cells[..<2].allSatisfy(isNumber)
      && cells[2...].allSatisfy { Double($0) == nil && !$0.isEmpty } && !cells[2].hasPrefix("http")
  }

  /// Whether a file begins otherwise than JSON does.
  package static func mayBeTable(_ source: Source) -> Bool { !TextLines(source: source).isJSON }

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Reads MS MARCO's lines of query id, passage id, query and passage. The passages go into the corpus.
  package func queriesWithPassages(
    _ source: Source, into corpus: inout Corpus
  ) throws(InputError) -> QueryList {
    let roles = [
      FieldRole.queryID(fields.queryID), .documentID(fields.documentID),
      .queryText(fields.queryText), .documentText(fields.documentText),
    ]
    // Beside a corpus, the names of documents' members are the corpus's.
    try Self.checkNothingIsNamed(
      corpus.addedCount > 0 ? [roles[0], roles[2]] : roles, source)
    var list = QueryList()
    try TextLines(source: source).forEach { line, text throws(InputError) in
      let cells = TextLines.tabbed(text)
      guard cells.count == 4 else { throw Self.columns(cells.count, 4, line, source) }
      for place in 0..<2 where !Self.isNumber(cells[place]) {
        throw InputError(
          file: source.file, line: line,
          reason:
            "\(cells[place].shown) stands where \(roles[place].words) is a number in the first line",
          remedy: "Write query id, passage id, query and passage, or put a header above the file.")
      }
      do throws(QueryList.RepeatedID) {
        _ = try list.add(SoughtQuery(id: cells[0], text: cells[2]))
      } catch {
        throw InputError(
          file: source.file, line: line, reason: "another query has the id \(error.id.shown)",
          remedy: "Give each query an id of its own.")
      }
      corpus.add(id: cells[1], title: nil, text: cells[3])
    }
    return list
  }

  // MARK: - Layout

  /// - Parameters:
  ///   - text: the place of the role that every file must have.
  ///   - columns: the column of each role in a file without a header, by the number of columns and the first
  ///     line's cells; nil where that is no layout that is known.
  private func layout(
    of source: Source, _ roles: [FieldRole], text: Int,
    columns: (Int, [String]) -> [Int?]?
  ) throws(InputError) -> Layout {
    try source.checkIsText()
    let lines = TextLines(source: source)
    let first = lines.first
    let isPlainText = Self.isPlainText(source.file)
    if lines.isJSON || Self.hasHeader(first, roles, isPlainText: isPlainText) {
      return try named(source, roles, text: text)
    }
    let cells = TextLines.tabbed(first)
    if let places = columns(cells.count, cells) {
      try Self.checkNothingIsNamed(roles, source)
      return .columns(places, count: cells.count)
    }
    if cells.count == 1, isPlainText {
      try Self.checkNothingIsNamed(roles, source)
      return .texts
    }
    throw InputError(
      file: source.file, line: 1, reason: Self.unknown(cells, roles[text].words),
      remedy: Self.isJudgement(cells)
        ? Self.judgementsRemedy
        : "Put a header above it, such as id<TAB>text or id<TAB>title<TAB>text, or write JSON lines "
          + "such as {\"id\": \"…\", \"text\": \"…\"}.")
  }

  /// Whether the first line names columns: it has a name of one of the parts and no number.
  private static func hasHeader(_ first: String, _ roles: [FieldRole], isPlainText: Bool) -> Bool {
    let known = Set(
      roles.flatMap { $0.usual + [$0.named].compactMap(\.self) }.map { $0.lowercased() })
    // Where there are tabs, commas belong to the texts.
    let separators: [Character] = first.contains("\t") ? ["\t"] : [",", ";", "|"]
    return separators.contains { separator in
      let cells = first.split(separator: separator, omittingEmptySubsequences: false).map {
        String($0).trimmed.trimmingCharacters(in: "\"").lowercased()
      }
      guard cells.count > 1, cells.contains(where: known.contains) else { return false }
      // A sentence may have such a word between commas.
      return !cells.contains { Double($0) != nil }
        && !(isPlainText && cells.contains(where: \.hasBlanks))
    }
  }

  /// Throws where a flag names a member of a file whose columns have no names.
  private static func checkNothingIsNamed(
    _ roles: [FieldRole], _ source: Source
  ) throws(InputError) {
    for role in roles {
      guard let name = role.named else { continue }
      throw InputError(
        file: source.file, line: 1,
        reason: "the first line names no columns, so \(role.flag) \(name.shown) names nothing",
        remedy: "Put a header with that name above the file, or leave \(role.flag) out.")
    }
  }

  private static let judgements = "the lines are judgements or a run, and have no text"
  private static let judgementsRemedy =
    "Name it with --qrels, or with --run where it is another retriever's list."

  private static func unknown(_ cells: [String], _ words: String) -> String {
    if isJudgement(cells) { return judgements }
    return cells.count == 1
      ? "the first line is neither JSON nor a header, and has no tab that would part an id from a text"
      : "the first line has \(String(cells.count)) columns and no header that would tell which of them is \(words)"
  }

  /// Whether the cells are those of a judgement or of a line of a run.
  private static func isJudgement(_ cells: [String]) -> Bool {
    let parts = cells.count > 1 ? cells : cells.flatMap { TextLines.cells(of: $0) }
    return (3...6).contains(parts.count)
      && (["0", "Q0"].contains(parts[1]) || Int(parts[parts.count - 1]) != nil
        || ["query-id", "query_id"].contains(parts[0]))
  }

  private static func isPlainText(_ file: String) -> Bool {
    let name = file.lowercased()
    return ["", ".gz", ".zst"].contains { name.hasSuffix(".txt\($0)") }
  }

  private func named(
    _ source: Source, _ roles: [FieldRole], text: Int
  ) throws(InputError) -> Layout {
    let sample = NamedSample(source)
    let names = roles.map { $0.names(in: sample) }
    // Of a path, no sample tells whether it leads anywhere.
    if let name = names[text].first,
      sample.records.share(of: name) > 0 || name.contains(where: { ".[*".contains($0) })
    {
      return .named(names)
    }
    let members = sample.members
    guard (try? JudgementColumns(names: members)) == nil else {
      throw InputError(
        file: source.file, line: 1, reason: Self.judgements, remedy: Self.judgementsRemedy)
    }
    let shown = members.prefix(12).map(\.shown).joined(separator: ", ")
    let role = roles[text]
    throw InputError(
      file: source.file, line: 1,
      reason: role.named.map { "no entry has \"\($0)\" for \(role.words)" }
        ?? "no member is \(role.words), as far as its name tells",
      remedy: (members.isEmpty ? "" : "The first entry has \(shown). ")
        + "Name the member that holds it: \(role.flag) NAME.")
  }

  private static func columns(
    _ count: Int, _ expected: Int, _ line: Int, _ source: Source
  ) -> InputError {
    InputError(
      file: source.file, line: line,
      reason: "the line has \(count) columns between tabs where the first has \(expected)",
      remedy: "Take the tabs out of texts, or write JSON lines.")
  }

  // MARK: - Entries

  private func forEach(
    _ source: Source, _ layout: Layout, _ roles: [FieldRole],
    _ body: (Entry) throws(InputError) -> Void
  ) throws(InputError) {
    switch layout {
    case .named(let names):
      // Where the first entries have no id, each usual name is looked at, so that a later one is not overlooked.
      let read = names.indices.map { names[$0].isEmpty ? roles[$0].usual : names[$0] }
      let places = read.indices.flatMap { place in read[place].map { (place, $0) } }
      let paths = try places.map { _, name throws(InputError) in
        do throws(FieldPath.Problem) {
          return try FieldPath(name)
        } catch {
          throw InputError(file: source.file, reason: error.reason, remedy: error.remedy)
        }
      }
      var reader = PlainReader()
      try reader.read(source, fields: paths) { line, values throws(InputError) in
        var parts = [PlainValue?](repeating: nil, count: names.count)
        for ((place, _), value) in zip(places, values) where parts[place]?.isNull != false {
          parts[place] = value
        }
        try body(Entry(line: line, parts: parts))
      }
    case .columns(let places, let count):
      try TextLines(source: source).forEach { line, text throws(InputError) in
        let cells = TextLines.tabbed(text)
        guard cells.count == count else { throw Self.columns(cells.count, count, line, source) }
        try Self.checkID(cells[0], line, source, roles)
        try body(
          Entry(line: line, parts: places.map { place in place.map { .string(cells[$0]) } }))
      }
    case .texts:
      try TextLines(source: source).forEach { line, text throws(InputError) in
        let parts = roles.map { role -> PlainValue? in
          role.words == FieldRole.documentText(nil).words
            || role.words == FieldRole.queryText(nil).words ? .string(text) : nil
        }
        try body(Entry(line: line, parts: parts))
      }
    }
  }

  /// The id of an entry; the number of its line in a file without ids.
  private func name(
    _ entry: Entry, _ place: Int, _ roles: [FieldRole], _ layout: Layout, _ source: Source
  ) throws(InputError) -> String {
    if case .named(let names) = layout, names[place].isEmpty {
      guard entry.parts[place]?.isNull != false else {
        throw InputError(
          file: source.file, line: entry.line,
          reason: "the entry has \(roles[place].words), and the first entries have none",
          remedy: "Give every entry one, or name the member: \(roles[place].flag) NAME.")
      }
      return String(entry.line)
    }
    switch entry.parts[place] {
    case .string(let id) where !id.isEmpty: return id
    case .number(_, let text): return text
    default: break
    }
    if case .named(let names) = layout {
      throw InputError(
        file: source.file, line: entry.line,
        reason: "there is no \"\(names[place][0])\", \(roles[place].words)",
        remedy: "Give it one, or name another member: \(roles[place].flag) NAME.")
    }
    return String(entry.line)
  }

  /// Throws where the first cell of a line without a header cannot be an id: lines of title and text or of query and
  /// passage look the same.
  private static func checkID(
    _ id: String, _ line: Int, _ source: Source, _ roles: [FieldRole]
  ) throws(InputError) {
    if id.isEmpty {
      throw InputError(
        file: source.file, line: line,
        reason: "the first column is empty, and \(roles[0].words) is missing",
        remedy: "Give each line an id.")
    }
    if id.hasBlanks {
      throw InputError(
        file: source.file, line: line,
        reason: "the first column has \(id.shown), which has blanks and is not \(roles[0].words)",
        remedy:
          "Put a header above the file that names its columns, such as title<TAB>text, query<TAB>positive or "
          + "id<TAB>text.")
    }
  }

  /// The text of a part; nil where it has none.
  private func text(
    _ entry: Entry, _ place: Int, _ roles: [FieldRole], _ source: Source
  ) throws(InputError) -> String? {
    switch entry.parts[place] {
    case nil, .null?: return nil
    case .string(let text)?: return text
    default:
      throw InputError(
        file: source.file, line: entry.line, reason: "\(roles[place].words) is not a text",
        remedy: "Write it as a string, or name another member: \(roles[place].flag) NAME.")
    }
  }

  private func answers(_ value: PlainValue?) -> [String] {
    let texts: [String] =
      switch value {
      case .string(let text)?: [text]
      case .list(let items)?:
        items.compactMap { if case .string(let text) = $0 { text } else { nil } }
      default: []
      }
    return texts.filter { !$0.trimmed.isEmpty && $0.trimmed != "No Answer Present." }
  }
}

extension String {
  fileprivate func trimmingCharacters(in quote: Character) -> String {
    var text = self[...]
    while text.first == quote { text.removeFirst() }
    while text.last == quote { text.removeLast() }
    return String(text)
  }
}
