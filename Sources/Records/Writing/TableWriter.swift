import Assessments

/// Writes the rows of a table with their results: the same bytes, but the label's cell where it was corrected,
/// and our columns behind the last one.
struct TableWriter {
  let table: Table
  /// The columns whose cells may be replaced; each has a column of ours with the original cell.
  let replaceable: [Int]
  private let decoder = TextDecoder()

  init(table: Table, replaceable: [Int]) {
    self.table = table
    self.replaceable = replaceable
  }

  /// Appends the header, which ends with its terminator, with the names of our columns.
  func appendHeader(_ header: [UInt8], to output: inout [UInt8]) {
    let end = contentEnd(of: header)
    output += header[..<end]
    for name in Table.ownNames { append(name, to: &output) }
    for column in replaceable { append(Table.originalPrefix + table.names[column], to: &output) }
    output += header[end...]
  }

  /// Appends a row, which ends with its terminator.
  ///
  /// - Precondition: the places of `splice` count from the start of the row.
  func append(
    _ row: Span<UInt8>, _ splice: Splice, _ record: Record, _ result: AnnotationResult,
    to output: inout [UInt8]
  ) {
    let replaced = result.action == .corrected ? splice.label : nil
    var at = 0
    if let replaced {
      output.append(row, 0..<replaced.lowerBound)
      let isQuoted = !replaced.isEmpty && row[replaced.lowerBound] == UInt8(ascii: "\"")
      table.append(text(of: result.labels, record), isQuoted: isQuoted, to: &output)
      at = replaced.upperBound
    }
    output.append(row, at..<splice.insertion)
    appendResult(record, result, to: &output)
    for column in replaceable {
      appendSeparator(to: &output)
      // The cell as it was, with its quotes, so that undoing gives the same bytes.
      if let replaced, column == replaceable.first { output.append(row, replaced) }
    }
    output.append(row, splice.insertion..<row.count)
  }

  private func appendResult(
    _ record: Record, _ result: AnnotationResult, to output: inout [UInt8]
  ) {
    let isProposed = result.action == .proposed && result.labels.isEmpty
    append(
      json { result.credibility == nil ? () : JSONText.append(rank: result.credibility, to: &$0) },
      to: &output)
    append(result.flagged ? "true" : "false", to: &output)
    append(result.action.rawValue, to: &output)
    append(text(of: isProposed ? result.proposal : result.labels, record), to: &output)
    append(text(of: result.proposal, record), to: &output)
    append(json { JSONText.append(result.weight, to: &$0) }, to: &output)
    append(
      json {
        AnnotationWriter.appendSoftLabelValue(result, isMultiLabel: record.isMultiLabel, to: &$0)
      },
      to: &output)
    append(result.reason ?? "", to: &output)
    append(result.reviewRank.map(String.init) ?? "", to: &output)
    append(result.outlier ? "true" : "false", to: &output)
    append(json { if let steps = result.steps { JSONText.append(steps, to: &$0) } }, to: &output)
  }

  private func appendSeparator(to output: inout [UInt8]) {
    output.append(table.dialect.separator)
    if table.dialect.skipsSpaces { output.append(UInt8(ascii: " ")) }
  }

  private func append(_ cell: String, to output: inout [UInt8]) {
    appendSeparator(to: &output)
    table.append(cell, to: &output)
  }

  private func json(_ write: (inout [UInt8]) -> Void) -> String {
    var bytes: [UInt8] = []
    write(&bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Labels as the text of a cell, in the form that the file uses: the one label, or a JSON list.
  func text(of labels: [Label], _ record: Record) -> String {
    switch record.labelForm {
    case .one: labels.first.map(text) ?? ""
    case .delimited(let separator): labels.map(\.name).joined(separator: separator)
    case .list, .singleItem, .positions, .flags, .columns:
      json { AnnotationWriter.append(labels, as: record.labelForm, to: &$0) }
    }
  }

  /// A label as the text of a cell: the content of a string, or the characters of another value.
  private func text(of label: Label) -> String {
    guard label.token.hasPrefix("\"") else { return label.token }
    return decoder.string(Array(label.token.utf8).span) ?? label.name
  }

  private func contentEnd(of header: [UInt8]) -> Int {
    var end = header.count
    if end > 0, header[end - 1] == 10 { end -= 1 }
    if end > 0, header[end - 1] == 13 { end -= 1 }
    return end
  }
}

extension Table {
  /// The header as it was before an earlier run.
  func restoredHeader(_ bytes: [UInt8]) -> [UInt8] {
    guard let row = try? Self.row(bytes, from: header.lowerBound, dialect) else {
      return Array(bytes[header])
    }
    return Array(bytes[header.lowerBound..<row.cells[width - 1].range.upperBound])
      + bytes[row.contentEnd..<row.end]
  }

  /// A row as it was before an earlier run, and whether its label was edited after that; the edit is kept.
  func restored(_ row: Row, in bytes: [UInt8]) -> (bytes: [UInt8], wasEdited: Bool) {
    var output: [UInt8] = []
    var at = row.cells[0].range.lowerBound
    var wasEdited = false
    let own = row.cells[width...]
    func text(_ cell: Cell) -> String { Self.text(of: cell, in: bytes, dialect) ?? "" }
    let fixed = Self.fixedColumns(of: self.names[width...])
    let originals = own.dropFirst(fixed)
    let names = names[(width + fixed)...]
    if text(own[width + 2]) == LabelAction.corrected.rawValue {
      var edits: [(cell: Range<Int>, original: Range<Int>)] = []
      for (name, original) in zip(names, originals) where !original.range.isEmpty {
        guard
          let column = self.names[..<width].firstIndex(
            of: String(name.dropFirst(Self.originalPrefix.count)))
        else { continue }
        edits.append((row.cells[column].range, original.range))
      }
      if let label = edits.first,
        let cell = row.cells.first(where: { $0.range == label.cell }),
        text(cell) != text(own[width + 3])
      {
        wasEdited = true
        edits = []
      }
      edits.sort { $0.cell.lowerBound < $1.cell.lowerBound }
      for edit in edits {
        output += bytes[at..<edit.cell.lowerBound]
        output += bytes[edit.original]
        at = edit.cell.upperBound
      }
    }
    output += bytes[at..<row.cells[width - 1].range.upperBound]
    output += bytes[row.contentEnd..<row.end]
    return (output, wasEdited)
  }
}
