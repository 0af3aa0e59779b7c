package import Records

/// Reads files of documents and of queries: JSON lines and lists, tables with a header, and MS MARCO's lines of
/// cells between tabs.
package struct CollectionReader: Sendable {
  private let fields: CollectionFields

  package init(fields: CollectionFields = CollectionFields()) { self.fields = fields }

  /// How a file holds the parts of its entries.
  private enum Layout {
    /// By the names of members or columns; nil for a part that no entry has.
    case named([String?])
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
          reason: "another query has the id \(error.id)",
          remedy: "Give each query an id of its own; judgements could mean either.")
      }
    }
    return list
  }

  /// Whether a file has MS MARCO's lines of query id, passage id, query and passage (top1000).
  package static func hasQueriesWithPassages(_ source: Source) -> Bool {
    let cells = TextLines(source: source).first.split(
      separator: "\t", omittingEmptySubsequences: false)
    return !isJSON(source) && cells.count == 4 && !cells[3].contains(where: \.isNewline)
      && Double(cells[2].trimmingSpaces) == nil && Double(cells[3].trimmingSpaces) == nil
      && !cells[1].hasPrefix("http")
  }

  /// Reads MS MARCO's lines of query id, passage id, query and passage. The passages go into the corpus.
  package func queriesWithPassages(
    _ source: Source, into corpus: inout Corpus
  ) throws(InputError) -> QueryList {
    var list = QueryList()
    try TextLines(source: source).forEach { line, text throws(InputError) in
      let cells = text.split(separator: "\t", omittingEmptySubsequences: false).map {
        String($0).trimmed
      }
      guard cells.count == 4 else { throw Self.columns(cells.count, 4, line, source) }
      do throws(QueryList.RepeatedID) {
        _ = try list.add(SoughtQuery(id: cells[0], text: cells[2]))
      } catch {
        throw InputError(
          file: source.file, line: line, reason: "another query has the id \(error.id)",
          remedy: "Give each query an id of its own.")
      }
      corpus.add(id: cells[1], title: nil, text: cells[3])
    }
    return list
  }

  // MARK: - Layout

  private static func isJSON(_ source: Source) -> Bool {
    let start = source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let first = source.bytes[start...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

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
    if Self.isJSON(source) { return try named(source, roles, text: text) }
    let first = lines.first
    let separators: [Character] = ["\t", ",", ";", "|"]
    let known = Set(roles[text].usual + [roles[text].named].compactMap(\.self))
    let hasHeader = separators.contains { separator in
      let cells = first.split(separator: separator).map {
        $0.trimmingSpaces.trimmingCharacters(in: "\"").lowercased()
      }
      return cells.count > 1 && cells.contains { known.contains($0) }
    }
    if hasHeader { return try named(source, roles, text: text) }
    let cells = first.split(separator: "\t", omittingEmptySubsequences: false).map {
      String($0).trimmed
    }
    if let places = columns(cells.count, cells) { return .columns(places, count: cells.count) }
    if cells.count == 1, Self.isPlainText(source.file) { return .texts }
    throw InputError(
      file: source.file, line: 1, reason: Self.unknown(cells, roles[text].words),
      remedy: Self.isJudgement(cells)
        ? "Name it with --qrels, or with --run where it is another retriever's list."
        : "Put a header above it, such as id<TAB>text or id<TAB>title<TAB>text, or write JSON lines "
          + "such as {\"id\": \"…\", \"text\": \"…\"}.")
  }

  private static func unknown(_ cells: [String], _ words: String) -> String {
    if isJudgement(cells) { return "the lines are judgements or a run, and have no text" }
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
    let sample = RecordSample(source)
    let names = roles.map { $0.name(in: sample) }
    // Of a path, no sample tells whether it leads anywhere.
    if let name = names[text],
      sample.share(of: name) > 0 || name.contains(where: { ".[*".contains($0) })
    {
      return .named(names)
    }
    let members = sample.documents.first.flatMap { PlainReader.value(of: $0.text) }?.names ?? []
    let shown = members.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ")
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
      let places = names.indices.filter { names[$0] != nil }
      let paths = try places.map { place throws(InputError) in
        do throws(FieldPath.Problem) {
          return try FieldPath(names[place] ?? "")
        } catch {
          throw InputError(file: source.file, reason: error.reason, remedy: error.remedy)
        }
      }
      var reader = PlainReader()
      try reader.read(source, fields: paths) { line, values throws(InputError) in
        var parts = [PlainValue?](repeating: nil, count: names.count)
        for (place, value) in zip(places, values) { parts[place] = value }
        try body(Entry(line: line, parts: parts))
      }
    case .columns(let places, let count):
      try TextLines(source: source).forEach { line, text throws(InputError) in
        let cells = text.split(separator: "\t", omittingEmptySubsequences: false)
        guard cells.count == count else { throw Self.columns(cells.count, count, line, source) }
        try body(
          Entry(
            line: line,
            parts: places.map { place in place.map { .string(String(cells[$0]).trimmed) } }))
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
    switch entry.parts[place] {
    case .string(let id) where !id.isEmpty: return id
    case .number(_, let text): return text
    default: break
    }
    if case .named(let names) = layout, let name = names[place] {
      throw InputError(
        file: source.file, line: entry.line,
        reason: "there is no \"\(name)\", \(roles[place].words)",
        remedy: "Give it one, or name another member: \(roles[place].flag) NAME.")
    }
    return String(entry.line)
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

extension PlainValue {
  /// The names of an object's members.
  fileprivate var names: [String] {
    if case .object(let members) = self { members.map(\.name) } else { [] }
  }
}

extension [UInt8] {
  fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

extension Substring {
  fileprivate var trimmingSpaces: String { String(self).trimmed }
}

extension String {
  fileprivate func trimmingCharacters(in quote: Character) -> String {
    var text = self[...]
    while text.first == quote { text.removeFirst() }
    while text.last == quote { text.removeLast() }
    return String(text)
  }
}
