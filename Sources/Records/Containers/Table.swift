/// A table with a header: CSV (RFC 4180), TSV and their relatives.
struct Table: Sendable {
  /// How cells are separated and quoted.
  struct Dialect: Sendable, Equatable {
    var separator: UInt8
    /// How a cell can contain the separator, a quote or a line break.
    var quoting: Quoting
    /// Whether spaces after a separator belong to no cell.
    var skipsSpaces = false
  }

  enum Quoting: Sendable, Equatable {
    /// In double quotes, in which a quote is written twice.
    case doubled
    /// In double quotes, in which a quote has a backslash before it.
    case backslash
    /// Not at all: a quote is a character like others.
    case none
  }

  /// One cell: its bytes in the file, with its quotes.
  struct Cell: Sendable, Equatable {
    var range: Range<Int>
    var isQuoted: Bool
  }

  let dialect: Dialect
  /// The names of the columns, in order, without blanks around them. A column may have no name.
  let names: [String]
  /// The header's line with its terminator.
  let header: Range<Int>
  /// The number of columns of the user's; columns behind them are ours, of an earlier run.
  let width: Int
  /// Whether each row ends with one separator more than the header, behind which is no cell.
  let rowsEndWithSeparator: Bool

  /// The names of our columns, without those for original values.
  static let ownNames = [
    "emend_credibility", "emend_flagged", "emend_action", "emend_label", "emend_proposal",
    "emend_weight", "emend_soft_label", "emend_reason", "emend_review_rank", "emend_outlier",
    "emend_steps",
  ]
  /// How many of them versions 0.6.0 and 0.9.0 wrote.
  private static let earlierCounts = [8, 9]
  /// What the name of a column with original values begins with; the name of the user's column follows.
  static let originalPrefix = "emend_original_"

  /// Whether the last columns are those of an earlier run.
  var hasOwnColumns: Bool { width < names.count }

  /// Finds the header and the dialect of a table.
  ///
  /// - Returns: nil where the content is no table.
  /// - Throws: where it is one whose header cannot be used.
  init?(_ source: Source, from start: Int) throws(InputError) {
    let bytes = source.bytes
    let (at, named) = Self.beginning(of: bytes, from: start)
    guard let found = Self.sniff(bytes, from: at, separator: named) else { return nil }
    let (dialect, header) = (found.dialect, found.header)
    var names: [String] = []
    for cell in header.cells {
      guard let name = Self.text(of: cell, in: bytes, dialect) else {
        throw LineCounter.error(
          source, at: cell.range.lowerBound, "bytes that are not UTF-8 in the header",
          "Convert the file to UTF-8, for instance iconv -f WINDOWS-1252 -t UTF-8.")
      }
      names.append(name.trimmed)
    }
    self.dialect = dialect
    rowsEndWithSeparator = found.rowsEndWithSeparator
    self.names = names
    self.header = at..<header.end
    width = Self.userWidth(of: names)
    if let repeated = Self.repetition(in: names) {
      throw LineCounter.error(
        source, at: header.cells[repeated].range.lowerBound,
        "the column \"\(names[repeated])\" appears twice in the header",
        "Remove or rename one of the two; emend does not guess which one counts.")
    }
    if let own = names[..<width].firstIndex(where: { $0.hasPrefix("emend_") }) {
      throw LineCounter.error(
        source, at: header.cells[own].range.lowerBound,
        "the table has a column \"\(names[own])\" that emend did not write, or not all of them",
        "Remove the columns that begin with emend_, or give them other names.")
    }
  }

  /// Where the header is to be sought, and the separator where the file names one.
  private static func beginning(
    of bytes: [UInt8], from start: Int
  ) -> (at: Int, separator: UInt8?) {
    var at = start
    // A blank line may stand before the header.
    while at < bytes.count, isBlank(bytes.span.extracting(at..<lineEnd(in: bytes, from: at))) {
      at = lineEnd(in: bytes, from: at)
    }
    // Excel reads and writes a first line that names the separator.
    let firstEnd = lineEnd(in: bytes, from: at)
    let first = bytes[at..<firstEnd].filter { $0 != 13 && $0 != 10 }
    guard first.count == 5, first.starts(with: "sep=".utf8) else { return (at, nil) }
    return (firstEnd, first[4])
  }

  /// What is wrong with the quotes of a file that is no table but would be one without them; nil where its quotes
  /// are not the reason. The offset counts from the start of `bytes`.
  static func quotingFault(in bytes: [UInt8], from start: Int) -> Fault? {
    var (at, named) = beginning(of: bytes, from: start)
    let first = bytes[at..<lineEnd(in: bytes, from: at)]
    func count(_ separator: UInt8) -> Int { first.count { $0 == separator } }
    let separators = named.map { [$0] } ?? Array(",\t;|".utf8)
    guard let separator = separators.max(by: { count($0) < count($1) }), count(separator) > 0 else {
      return nil
    }
    let dialect = Dialect(separator: separator, quoting: .doubled)
    for _ in 0..<sampleRows where at < bytes.count {
      do throws(Fault) {
        at = try row(bytes, from: at, dialect).end
      } catch {
        return bytes[error.offset] == UInt8(ascii: "\"") ? error : nil
      }
    }
    return nil
  }

  /// The number of columns before ours.
  private static func userWidth(of names: [String]) -> Int {
    guard let start = names.firstIndex(of: ownNames[0]), start > 0,
      case let fixed = fixedColumns(of: names[start...]), fixed > 0,
      names[(start + fixed)...].allSatisfy({ name in
        name.hasPrefix(originalPrefix)
          && names[..<start].contains(String(name.dropFirst(originalPrefix.count)))
      })
    else { return names.count }
    return start
  }

  /// How many of the first names are ours, without those for original values: all, as many as an earlier version
  /// wrote, or 0.
  static func fixedColumns(of names: ArraySlice<String>) -> Int {
    let counts = [ownNames.count] + earlierCounts.reversed()
    return counts.first { names.starts(with: ownNames.prefix($0)) } ?? 0
  }

  private static func repetition(in names: [String]) -> Int? {
    var seen: Set<String> = []
    return names.firstIndex { !$0.isEmpty && !seen.insert($0).inserted }
  }

  // MARK: - Rows

  /// The row that starts at an offset.
  ///
  /// - Throws: where it has more or fewer cells than the header.
  func wholeRow(_ bytes: [UInt8], from start: Int) throws(Fault) -> Row {
    let row = try row(bytes, from: start, count: names.count)
    guard row.cells.count == names.count else {
      throw Fault(
        offset: start,
        reason: "the row has \(row.cells.count) cells where the header has \(names.count)",
        remedy: "Put a cell that contains the separator or a line break into double quotes.")
    }
    return row
  }

  /// The row that starts at an offset, without the cell that a separator at its end seems to begin.
  ///
  /// - Parameter count: how many cells it should have.
  func row(_ bytes: [UInt8], from start: Int, count: Int) throws(Fault) -> Row {
    var row = try Self.row(bytes, from: start, dialect)
    if rowsEndWithSeparator, row.endsWithSeparator(after: count) {
      row.cells.removeLast()
      row.contentEnd = row.cells[count - 1].range.upperBound
    }
    return row
  }

  /// A row of cells, which ends after its terminator.
  struct Row: Sendable {
    var cells: [Cell]
    /// The end of the last cell.
    var contentEnd: Int
    /// The end of the terminator.
    var end: Int

    /// Whether there is one cell more than `count`, of which nothing but its separator is there.
    func endsWithSeparator(after count: Int) -> Bool {
      cells.count == count + 1 && count > 0 && cells[count].range.isEmpty
    }
  }

  /// Reads the row that starts at an offset.
  ///
  /// - Throws: where a quoted cell does not end, or goes on after its end; the offset counts from the start of
  ///   `bytes`.
  /// - Complexity: linear in the row's bytes.
  static func row(
    _ bytes: [UInt8], from start: Int, _ dialect: Dialect
  ) throws(Fault) -> Row {
    var cells: [Cell] = []
    var at = start
    let quote = UInt8(ascii: "\"")
    while true {
      if dialect.skipsSpaces, !cells.isEmpty {
        while at < bytes.count, bytes[at] == 0x20 { at += 1 }
      }
      let cellStart = at
      var isQuoted = false
      if dialect.quoting != .none, at < bytes.count, bytes[at] == quote {
        isQuoted = true
        at += 1
        while true {
          guard at < bytes.count else {
            throw Fault(
              offset: cellStart, reason: "a cell in double quotes does not end",
              remedy: "Close it with \"; a quote inside it is written twice (\"\").")
          }
          if dialect.quoting == .backslash, bytes[at] == UInt8(ascii: "\\") {
            at += 2
          } else if bytes[at] == quote {
            if dialect.quoting == .doubled, at + 1 < bytes.count, bytes[at + 1] == quote {
              at += 2
            } else {
              at += 1
              break
            }
          } else {
            at += 1
          }
        }
        at = min(at, bytes.count)
      } else {
        while at < bytes.count, bytes[at] != dialect.separator, bytes[at] != 10,
          !isReturn(bytes, at)
        {
          // At the end of a cell it would be taken for a part of the line's end once the cell is the last.
          guard bytes[at] != 13 else {
            throw Fault(
              offset: at, reason: "a carriage return in the middle of a line",
              remedy: "End lines with LF or CR LF, or put the cell in double quotes.")
          }
          at += 1
        }
      }
      cells.append(Cell(range: cellStart..<at, isQuoted: isQuoted))
      let contentEnd = at
      guard at < bytes.count else { return Row(cells: cells, contentEnd: contentEnd, end: at) }
      if bytes[at] == dialect.separator {
        at += 1
        continue
      }
      if bytes[at] == 10 { return Row(cells: cells, contentEnd: contentEnd, end: at + 1) }
      if isReturn(bytes, at) {
        return Row(cells: cells, contentEnd: contentEnd, end: min(at + 2, bytes.count))
      }
      throw Fault(
        offset: cellStart, reason: "a cell in double quotes goes on after its last quote",
        remedy: "Write a quote inside such a cell twice (\"\").")
    }
  }

  /// Whether a CR at `at` belongs to the end of a line.
  private static func isReturn(_ bytes: [UInt8], _ at: Int) -> Bool {
    bytes[at] == 13 && (at + 1 == bytes.count || bytes[at + 1] == 10)
  }

  /// The text of a cell; nil where it is not UTF-8.
  static func text(of cell: Cell, in bytes: [UInt8], _ dialect: Dialect) -> String? {
    guard cell.isQuoted else { return String(validating: bytes[cell.range], as: UTF8.self) }
    let inner = bytes[
      (cell.range.lowerBound + 1)..<max(cell.range.lowerBound + 1, cell.range.upperBound - 1)]
    var content: [UInt8] = []
    content.reserveCapacity(inner.count)
    var at = inner.startIndex
    while at < inner.endIndex {
      let byte = inner[at]
      let next = at + 1 < inner.endIndex ? inner[at + 1] : nil
      if dialect.quoting == .doubled, byte == UInt8(ascii: "\""), next == byte {
        at += 1
      } else if dialect.quoting == .backslash, byte == UInt8(ascii: "\\"),
        next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\")
      {
        at += 1
      }
      content.append(inner[at])
      at += 1
    }
    return String(validating: content, as: UTF8.self)
  }

  // MARK: - Recognition

  /// The number of rows by which the dialect is chosen.
  private static let sampleRows = 200
  /// The most bytes of these rows.
  private static let sampleBytes = 1 << 20
  /// From this share of rows on, 0…1, a separator at the end of each is no accident. In fewer of them it may as
  /// well stand before an empty label, behind a text with a separator in it.
  private static let nearlyAll = 0.95
  /// With fewer rows, nothing shows that all of them end so.
  private static let fewestRows = 2

  /// The way in which a table is written.
  private struct Sniffed {
    var dialect: Dialect
    var header: Row
    var fit: Fit
    var rowsEndWithSeparator: Bool { fit.endWithSeparator }
  }

  /// How the rows of a sample fit a header.
  private struct Fit {
    /// Rows with as many cells as the header.
    var matches = 0
    /// Rows with a separator more, and nothing behind it.
    var closed = 0
    var rows = 0

    var endWithSeparator: Bool {
      rows >= Table.fewestRows && Double(closed) >= Table.nearlyAll * Double(rows)
    }
    /// The rows that can be read.
    var usable: Int { endWithSeparator ? matches + closed : matches }
  }

  /// Finds how the cells are separated and quoted: the way in which most rows have as many cells as the
  /// header. A table has two columns or more, and at least a quarter of its rows fit.
  private static func sniff(
    _ bytes: [UInt8], from start: Int, separator named: UInt8?
  ) -> Sniffed? {
    // Lines of JSON whose first line is damaged are no table.
    var lines: [Range<Int>] = []
    var at = start
    while at < bytes.count, lines.count < 10 {
      let end = lineEnd(in: bytes, from: at)
      if !isBlank(bytes.span.extracting(at..<end)) { lines.append(at..<end) }
      at = end
    }
    let objects = lines.count { range in
      bytes[range].first { !isSpace($0) } == UInt8(ascii: "{")
    }
    guard !lines.isEmpty, objects * 2 < lines.count else { return nil }
    var best: Sniffed?
    for separator in named.map({ [$0] }) ?? Array(",\t;|".utf8) {
      // Programs that quote nothing separate by what is rare in texts.
      let quotings: [Quoting] =
        separator == 9 || separator == 0x7C
        ? [.doubled, .backslash, .none] : [.doubled, .backslash]
      for quoting in quotings {
        var dialect = Dialect(separator: separator, quoting: quoting)
        guard let plain = try? row(bytes, from: start, dialect), plain.cells.count > 1 else {
          continue
        }
        dialect.skipsSpaces = plain.cells.dropFirst().allSatisfy { cell in
          cell.range.count > 1 && bytes[cell.range.lowerBound] == 0x20
        }
        guard let header = try? row(bytes, from: start, dialect),
          isHeader(header, in: bytes, dialect)
        else { continue }
        let fit = fit(bytes, header, dialect)
        guard fit.rows == 0 || fit.usable * 4 >= fit.rows else { continue }
        let isBetter =
          best.map { known in
            let (own, other) = (fit.usable * known.fit.rows, known.fit.usable * fit.rows)
            return own != other
              ? own > other
              : header.cells.count > known.header.cells.count && quoting == .doubled
          } ?? true
        if isBetter { best = Sniffed(dialect: dialect, header: header, fit: fit) }
      }
    }
    return best
  }

  /// Whether a first row can be a header: its cells are short, and at least two have a name, or all but one, as
  /// an index is. Spreadsheets write empty columns behind the others.
  private static func isHeader(_ row: Row, in bytes: [UInt8], _ dialect: Dialect) -> Bool {
    var empty = 0
    for cell in row.cells {
      let text = text(of: cell, in: bytes, dialect)?.trimmed
      if text?.isEmpty == true { empty += 1 }
      if text?.utf8.count ?? 0 > 200 || text?.contains("\n") == true { return false }
    }
    return empty <= 1 || row.cells.count - empty >= 2
  }

  private static func fit(_ bytes: [UInt8], _ header: Row, _ dialect: Dialect) -> Fit {
    var at = header.end
    var fit = Fit()
    while at < bytes.count, fit.rows < sampleRows, at - header.end < sampleBytes {
      let end = lineEnd(in: bytes, from: at)
      if isEmptyLine(bytes, at..<end) {
        at = end
        continue
      }
      fit.rows += 1
      if let row = try? row(bytes, from: at, dialect) {
        if row.cells.count == header.cells.count { fit.matches += 1 }
        if row.endsWithSeparator(after: header.cells.count) { fit.closed += 1 }
        at = row.end
      } else {
        at = end
      }
    }
    return fit
  }

  /// Whether a line of a table has nothing but spaces. Tabs may separate empty cells.
  static func isEmptyLine(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    bytes[range].allSatisfy { $0 == 0x20 || $0 == 13 || $0 == 10 }
  }
}

extension String {
  /// The text without white space at either end.
  package var trimmed: String {
    var scalars = Substring(self).unicodeScalars
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
  }
}

extension Table {
  /// The record of a row as JSON: every cell is a string, and an empty cell is null.
  ///
  /// - Parameters:
  ///   - bytes: holds the row; the places of cells count from its start.
  /// - Throws: where a cell is not UTF-8.
  func document(_ row: Row, in bytes: [UInt8]) throws(Fault) -> Document {
    var json: [UInt8] = [UInt8(ascii: "{")]
    var values: [Document.Value] = []
    for (column, name) in names[..<width].enumerated() where !name.isEmpty {
      let cell = row.cells[column]
      guard let text = Self.text(of: cell, in: bytes, dialect) else {
        throw Syntax.invalidUTF8(at: cell.range.lowerBound)
      }
      if !values.isEmpty { json += ", ".utf8 }
      let start = json.count + 1
      JSONText.append(name, to: &json)
      let key = start..<(json.count - 1)
      json += ": ".utf8
      let valueStart = json.count
      if text.isEmpty { json += "null".utf8 } else { JSONText.append(text, to: &json) }
      values.append(
        Document.Value(
          inDocument: valueStart..<json.count, inFile: cell.range, keyInDocument: key,
          column: column))
    }
    json.append(UInt8(ascii: "}"))
    return Document(json: json, values: values)
  }

  /// Appends a text as a cell, in quotes where it needs them or `isQuoted` asks for them.
  func append(_ text: String, isQuoted: Bool = false, to output: inout [UInt8]) {
    dialect.append(text, isQuoted: isQuoted, to: &output)
  }
}
