// Records whose values stand in columns: objects of columns, and tables. Each becomes a JSON text of its own in
// memory, which the parser reads; what the parser says of places in it is translated to places in the file.

extension Reader {
  func read(
    _ columns: JSONColumns, into reading: inout Reading, with parser: inout LineParser,
    _ remarks: inout Remarks
  ) throws(InputError) {
    var columns = columns
    let source = reading.source
    var bytes = source.bytes
    if columns.own != nil {
      // The results of an earlier run are taken out first.
      let restored = try columns.restored(source)
      bytes = restored.bytes
      for row in restored.editedRows { remarks.add(.editedLabel, row + 1) }
      let before = try Source(file: source.file, content: bytes)
      guard case .columns(let found) = try Container(before, options: options) else {
        throw InputError(
          file: source.file, reason: "the columns are damaged",
          remedy: "Take the output from the outbox again.")
      }
      columns = found
      reading = Reading(source: source, container: .columns(columns), options: options)
      reading.undone = [bytes]
      reading.format.undoneLines = columns.count
    }
    for row in 0..<columns.count {
      let document = columns.document(row, in: bytes)
      let anchor = document.values.first?.inFile ?? 0..<0
      do throws(Fault) {
        let place = RecordPlace(line: row + 1)
        var parsed = try parse(document, place, with: &parser)
        guard parsed.kind != .retrieval else {
          throw Fault(
            offset: anchor.lowerBound, reason: "queries with passages cannot be read from columns",
            remedy: "Write one JSON object a line.")
        }
        parsed.splice = document.splice(parsed.splice)
        parsed.splice.insertion = columns.contentEnd
        let value = document.value(around: parsed.splice.label)
        parsed.splice.labelKey = value.map { columns.columns[$0.column].key }
        parsed.splice.label = document.range(at: parsed.splice.label)
        reading.append(parsed, anchor, undone: nil)
        for remark in parsed.remarks { remarks.add(remark, place.line) }
      } catch {
        reading.reject(anchor, rejection(error, in: bytes, record: row + 1))
      }
    }
  }

  func read(
    _ table: Table, into reading: inout Reading, with parser: inout LineParser,
    _ remarks: inout Remarks
  ) throws(InputError) {
    let source = reading.source
    let bytes = source.bytes
    try checkHasContent(table, source, parser.parts)
    reading.replaceable = table.columns(named: parser.parts.label.lazy.map { $0 }).prefix(1)
      .map { $0 }
    var headerLine = Reading.Line(range: table.header, kind: .header)
    if table.hasOwnColumns {
      headerLine.undone = Int32(reading.undone.count)
      reading.undone.append(table.restoredHeader(bytes))
    }
    reading.lines.append(headerLine)
    var counter = LineCounter(bytes)
    var start = table.header.upperBound
    while start < bytes.count {
      let lineEnd = lineEnd(in: bytes, from: start)
      if Table.isEmptyLine(bytes, start..<lineEnd) {
        reading.format.blankLines += 1
        reading.lines.append(Reading.Line(range: start..<lineEnd, kind: .blank))
        start = lineEnd
        continue
      }
      let line = counter.move(to: start)
      var end = lineEnd
      do throws(Fault) {
        let row = try table.wholeRow(bytes, from: start)
        end = row.end
        try read(
          row, start..<end, RecordPlace(line: line), of: table, into: &reading, with: &parser,
          &remarks)
      } catch {
        let byte = max(error.offset, start)
        reading.reject(
          start..<end,
          Rejection(
            line: line, byte: byte, column: byte - start + 1, reason: error.reason,
            remedy: error.remedy, record: reading.lines.count, code: error.code))
      }
      start = end
    }
    guard reading.lines.count > 1 + reading.format.blankLines else {
      throw InputError(
        file: source.file, line: counter.line, reason: "the table has a header and no rows",
        remedy: "Put the records below the header, one a row.")
    }
  }

  private func read(
    _ row: Table.Row, _ range: Range<Int>, _ place: RecordPlace, of table: Table,
    into reading: inout Reading, with parser: inout LineParser, _ remarks: inout Remarks
  ) throws(Fault) {
    let bytes = reading.source.bytes
    var (row, base, shift) = (row, bytes, range.lowerBound)
    var undone: [UInt8]?
    if table.hasOwnColumns {
      let restored = table.restored(row, in: bytes)
      if restored.wasEdited { remarks.add(.editedLabel, place.line) }
      undone = restored.bytes
      (base, shift) = (restored.bytes, 0)
      row = try table.row(base, from: 0, count: table.width)
      guard row.cells.count == table.width, row.end == base.count else {
        throw Fault(
          offset: range.lowerBound, reason: "the row's columns of an earlier run are damaged",
          remedy: "Take the output from the outbox again.")
      }
    }
    let document: Document
    var parsed: ParsedLine
    do throws(Fault) {
      document = try table.document(row, in: base)
      parsed = try parse(document, place, with: &parser)
    } catch {
      // The offsets of a restored row are near those of the row, and never beyond it.
      var fault = error
      if undone != nil { fault.offset = min(range.lowerBound + error.offset, range.upperBound - 1) }
      throw fault
    }
    guard parsed.kind != .retrieval else {
      throw Fault(
        offset: range.lowerBound, reason: "queries with passages cannot be read from tables",
        remedy: "Write one JSON object a line.")
    }
    let value = document.value(at: parsed.splice.label)
    parsed.splice = document.splice(parsed.splice)
    parsed.splice.insertion = row.contentEnd - shift
    parsed.splice.label = value.map {
      ($0.inFile.lowerBound - shift)..<($0.inFile.upperBound - shift)
    }
    reading.append(parsed, range, undone: undone)
    for remark in parsed.remarks { remarks.add(remark, place.line) }
  }

  /// Reads a document; the offset of a fault is a place in the file.
  private func parse(
    _ document: Document, _ place: RecordPlace, with parser: inout LineParser
  ) throws(Fault) -> ParsedLine {
    do throws(Fault) {
      try parser.scanObject(document.json.span)
      return try parser.parseScanned(document.json.span, at: place)
    } catch {
      var fault = error
      fault.offset = document.place(of: error.offset)
      throw fault
    }
  }

  private func rejection(_ fault: Fault, in bytes: [UInt8], record: Int) -> Rejection {
    var counter = LineCounter(bytes)
    let line = counter.move(to: fault.offset)
    return Rejection(
      line: line, byte: fault.offset, column: fault.offset - counter.lineStart + 1,
      reason: fault.reason, remedy: fault.remedy, record: record, code: fault.code)
  }

  /// Throws where no column of a table can be what the labels are about.
  private func checkHasContent(
    _ table: Table, _ source: Source, _ parts: FieldNames
  ) throws(InputError) {
    let single = [parts.text, parts.tokens, parts.vector, parts.query].joined()
    let isThere =
      !table.columns(named: single).isEmpty
      || parts.pairs.contains { table.columns(named: [$0.first, $0.second]).count == 2 }
    guard !isThere else { return }
    let names = table.names.filter { !$0.isEmpty }.map { "\"\($0)\"" }
    let wanted = String(decoding: parts.text.first ?? [], as: UTF8.self)
    // MS MARCO's collection and queries have a number and a text on each line, and no header.
    let isCollection =
      table.dialect.separator == 9 && table.names.count == 2 && Int(table.names[0]) != nil
    throw InputError(
      file: source.file, line: LineCounter.error(source, at: table.header.lowerBound, "", "").line,
      reason: "the table has no column \"\(wanted)\"; its header names "
        + names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : ""),
      remedy:
        "Name the column that holds the text (--text NAME, or fields: in rules); where the first "
        + "line is a record, put a header above it, such as text,label."
        + (isCollection
          ? " Documents or queries without labels go to emend mine --corpus FILE --queries FILE."
          : ""))
  }
}

extension Document {
  /// A splice without the places that only the document has.
  fileprivate func splice(_ splice: Splice) -> Splice {
    var splice = splice
    splice.foreign = nil
    splice.isEmpty = false
    return splice
  }
}

extension Table {
  /// The columns with these names, in the order of the names, from 0.
  func columns(named names: some Sequence<[UInt8]>) -> [Int] {
    names.compactMap { name in self.names[..<width].firstIndex { $0.utf8.elementsEqual(name) } }
  }
}
