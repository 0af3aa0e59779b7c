/// Reads a dataset. Every line becomes a record or a rejection, or is blank and kept as it is.
package struct Reader: Sendable {
  package let options: ReadingOptions

  package init(options: ReadingOptions = ReadingOptions()) { self.options = options }

  /// Reads a whole file.
  ///
  /// - Throws: only where the whole file is not JSON lines. A bad line never prevents the others from being
  ///   read, and a file with only bad lines gives a reading without records.
  /// - Complexity: linear in bytes.
  package func read(_ source: Source) throws(InputError) -> Reading {
    try checkBeginning(of: source)
    var reading = Reading(source: source)
    var parser = LineParser(options: options)
    var remarks = Remarks()
    let bytes = source.bytes
    var start = 0
    if bytes.starts(with: byteOrderMark) {
      reading.format.hasByteOrderMark = true
      start = byteOrderMark.count
    }
    while start < bytes.count {
      let end = lineEnd(in: bytes, from: start)
      read(start..<end, of: bytes, into: &reading, with: &parser, &remarks)
      start = end
    }
    reading.format.lines = reading.lines.count
    reading.format.endsWithNewline = bytes.last == UInt8(ascii: "\n")
    if reading.format.blankLines == reading.lines.count {
      throw InputError(
        file: source.file, line: 1, byte: 0, reason: "the file holds nothing but blank lines",
        remedy: Self.example)
    }
    try checkShape(of: reading)
    settleVectors(in: &reading, with: &parser, &remarks)
    settleAbstentions(in: &reading, &remarks)
    settleLists(in: &reading)
    finish(&reading, remarks)
    return reading
  }

  private static let example =
    "Give it one JSON object a line, such as {\"text\": \"…\", \"label\": \"…\"}."

  private func read(
    _ range: Range<Int>, of bytes: [UInt8], into reading: inout Reading,
    with parser: inout LineParser, _ remarks: inout Remarks
  ) {
    let line = bytes.span.extracting(range)
    if isBlank(line) {
      reading.format.blankLines += 1
      reading.lines.append(Reading.Line(range: range, kind: .blank))
      return
    }
    if line.count > 1, line[line.count - 1] == 10, line[line.count - 2] == 13 {
      reading.format.hasCarriageReturns = true
    }
    let number = reading.lines.count + 1
    do throws(Fault) {
      try parser.scanObject(line)
      let undone = try undo(line, number, with: &parser, &remarks)
      let parsed: ParsedLine
      if let undone {
        parsed = try parse(undone, number, with: &parser)
      } else {
        parsed = try parser.parseScanned(line, number: number)
      }
      var entry = Reading.Line(range: range, kind: .record)
      if let undone {
        entry.undone = Int32(reading.undone.count)
        reading.undone.append(undone.bytes)
        reading.format.undoneLines += 1
      }
      reading.lines.append(entry)
      reading.records.append(parsed.record)
      reading.splices.append(parsed.splice)
      reading.kinds[parsed.kind, default: 0] += 1
      for remark in parsed.remarks { remarks.add(remark.words, number) }
    } catch {
      reading.lines.append(Reading.Line(range: range, kind: .rejected))
      reading.rejections.append(rejection(error, line: number, start: range.lowerBound))
    }
  }

  /// A line as it was before any earlier run.
  private struct Original {
    var bytes: [UInt8]
    /// The runs that were undone, the last run first.
    var steps: [OwnMember.Undone]

    /// The same fault with its offset in the line as it is in the file.
    func inFile(_ fault: Fault) -> Fault {
      var fault = fault
      for step in steps.reversed() { fault.offset = step.origin(of: fault.offset) }
      return fault
    }
  }

  /// The line as it was before any earlier run; `nil` where there was none.
  private func undo(
    _ line: Span<UInt8>, _ number: Int, with parser: inout LineParser, _ remarks: inout Remarks
  ) throws(Fault) -> Original? {
    guard var step = try OwnMember.undone(line, &parser) else { return nil }
    var original = Original(bytes: step.bytes, steps: [])
    while true {
      // Only `original.bytes` is needed; the steps are kept for their edits.
      step.bytes = []
      original.steps.append(step)
      do throws(Fault) {
        try parser.scanObject(original.bytes.span)
        guard let before = try OwnMember.undone(original.bytes.span, &parser) else { break }
        step = before
        original.bytes = before.bytes
      } catch {
        throw original.inFile(error)
      }
    }
    if original.steps.contains(where: \.wasEdited) {
      remarks.add("was edited after an earlier run; the edit is kept", number)
    }
    return original
  }

  private func parse(
    _ original: Original, _ number: Int, with parser: inout LineParser
  ) throws(Fault) -> ParsedLine {
    do throws(Fault) {
      return try parser.parseScanned(original.bytes.span, number: number)
    } catch {
      throw original.inFile(error)
    }
  }

  func rejection(_ fault: Fault, line: Int, start: Int) -> Rejection {
    Rejection(
      line: line, byte: start + fault.offset, column: fault.offset + 1, reason: fault.reason,
      remedy: fault.remedy)
  }

  // MARK: - The file as a whole

  private func checkBeginning(of source: Source) throws(InputError) {
    func fault(_ reason: String, _ remedy: String) -> InputError {
      InputError(file: source.file, line: 1, byte: 0, reason: reason, remedy: remedy)
    }
    let bytes = source.bytes
    if bytes.isEmpty || bytes == byteOrderMark {
      throw fault("the file is empty", Self.example)
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw fault(
        "the file is UTF-16", "Convert it with iconv -f UTF-16 -t UTF-8 and try again.")
    }
    for (magic, name) in Self.foreignFormats where bytes.starts(with: magic) {
      throw fault("the file is \(name), not JSON lines", "Export it as JSON lines first.")
    }
  }

  private static let foreignFormats: [(magic: [UInt8], name: String)] = [
    (Array("PK\u{3}\u{4}".utf8), "a zip archive (or a spreadsheet)"),
    (Array("PAR1".utf8), "Parquet"), (Array("BZh".utf8), "bzip2"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz"), (Array("%PDF-".utf8), "PDF"),
  ]

  /// Throws where the file is one JSON list or has objects over several lines, and is not JSON lines.
  private func checkShape(of reading: Reading) throws(InputError) {
    // In a list with a record on each line, the last record is usable, since no comma follows it.
    guard reading.records.count <= 1,
      let first = reading.lines.first(where: { $0.kind != .blank }), first.kind == .rejected
    else { return }
    let bytes = reading.source.bytes
    guard let opening = first.range.first(where: { !isSpace(bytes[$0]) }) else { return }
    let content = bytes[opening..<first.range.upperBound]
    let isAlone = reading.lines.count(where: { $0.kind != .blank }) == 1
    var scanner = LineScanner()
    let isWhole = (try? scanner.scan(bytes.span.extracting(first.range))) != nil
    func fault(_ reason: String, _ filter: String) -> InputError {
      let file = reading.source.file
      return InputError(
        file: file, line: reading.lines.firstIndex { $0.kind != .blank }.map { $0 + 1 },
        byte: opening, reason: reason,
        remedy: "Put each record on a line of its own: jq -c '\(filter)' \(file) > records.jsonl")
    }
    if bytes[opening] == UInt8(ascii: "["), isAlone && isWhole || !isWhole {
      throw fault("the file is one JSON list, not one object a line", ".[]")
    }
    if reading.records.isEmpty, content.allSatisfy({ isSpace($0) || $0 == UInt8(ascii: "{") }) {
      throw fault("the file's objects go on over several lines", ".")
    }
  }

  private func finish(_ reading: inout Reading, _ remarks: Remarks) {
    var remarks = remarks
    var ids: Set<String> = []
    for record in reading.records where !ids.insert(record.id).inserted {
      remarks.add("has the id of an earlier record", record.line)
    }
    reading.notes = remarks.notes
  }
}
