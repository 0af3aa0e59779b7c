import Assessments
import Digests

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
    var reading = Reading(
      source: source, container: try Container(source, options: options), options: options)
    var parser = LineParser(options: options)
    var remarks = Remarks()
    reading.format.hasByteOrderMark = source.bytes.starts(with: byteOrderMark)
    switch reading.container {
    case .lines: readLines(into: &reading, with: &parser, &remarks)
    case .sequence(let sequence): read(sequence, into: &reading, with: &parser, &remarks)
    case .columns(let columns): try read(columns, into: &reading, with: &parser, &remarks)
    case .table(let table): try read(table, into: &reading, with: &parser, &remarks)
    }
    reading.format.lines = reading.lines.count { $0.kind != .header }
    reading.format.endsWithNewline = source.bytes.last == UInt8(ascii: "\n")
    if reading.format.blankLines == reading.lines.count {
      throw InputError(
        file: source.file, line: 1, byte: 0, reason: "the file holds nothing but blank lines",
        remedy: Self.example)
    }
    try checkShape(of: reading)
    settleVectors(in: &reading, with: &parser, &remarks)
    try settleLabels(in: &reading)
    try checkLabelCount(of: reading)
    finish(&reading, remarks)
    return reading
  }

  static let example =
    "Give it one JSON object a line, such as {\"text\": \"…\", \"label\": \"…\"}."

  private func readLines(
    into reading: inout Reading, with parser: inout LineParser, _ remarks: inout Remarks
  ) {
    let bytes = reading.source.bytes
    var start = reading.format.hasByteOrderMark ? byteOrderMark.count : 0
    while start < bytes.count {
      let end = lineEnd(in: bytes, from: start)
      let line = bytes.span.extracting(start..<end)
      if isBlank(line) {
        reading.format.blankLines += 1
        reading.lines.append(Reading.Line(range: start..<end, kind: .blank))
      } else {
        if line.count > 1, line[line.count - 1] == 10, line[line.count - 2] == 13 {
          reading.format.hasCarriageReturns = true
        }
        let number = reading.lines.count + 1
        do throws(Fault) {
          try read(start..<end, RecordPlace(line: number), into: &reading, with: &parser, &remarks)
        } catch {
          reading.reject(start..<end, rejection(error, line: number, start: start))
        }
      }
      start = end
    }
  }

  private func read(
    _ sequence: JSONSequence, into reading: inout Reading, with parser: inout LineParser,
    _ remarks: inout Remarks
  ) {
    var counter = LineCounter(reading.source.bytes)
    for (index, range) in sequence.records.enumerated() {
      // Several records may stand on one line, so it is the number of the record that names it.
      let line = counter.move(to: range.lowerBound)
      let place = RecordPlace(
        line: reading.places == .line ? line : index + 1, number: index + 1)
      do throws(Fault) {
        try read(range, place, into: &reading, with: &parser, &remarks)
      } catch {
        let byte = range.lowerBound + error.offset
        var fault = counter
        let line = fault.move(to: byte)
        reading.reject(
          range,
          Rejection(
            line: line, byte: byte, column: byte - fault.lineStart + 1, reason: error.reason,
            remedy: error.remedy, record: index + 1, code: error.code))
      }
    }
  }

  /// Reads a record that has a JSON text of its own in the file.
  private func read(
    _ range: Range<Int>, _ place: RecordPlace, into reading: inout Reading,
    with parser: inout LineParser, _ remarks: inout Remarks
  ) throws(Fault) {
    let bytes = reading.source.bytes
    let line = bytes.span.extracting(range)
    try parser.scanObject(line)
    let undone = try undo(line, place.line, with: &parser, &remarks)
    let parsed: ParsedLine
    if let undone {
      parsed = try parse(undone, place, with: &parser)
    } else {
      parsed = try parser.parseScanned(line, at: place)
    }
    reading.append(parsed, range, undone: undone?.bytes)
    for remark in parsed.remarks { remarks.add(remark, place.line) }
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

  /// The most runs that are undone of one line. emend undoes all earlier runs before it writes, so that
  /// its own lines hold one; each further one costs a scan of the whole line.
  static let mostRunsUndone = 4

  /// The line as it was before any earlier run; `nil` where there was none.
  private func undo(
    _ line: Span<UInt8>, _ number: Int, with parser: inout LineParser, _ remarks: inout Remarks
  ) throws(Fault) -> Original? {
    guard var step = try OwnMember.undone(line, &parser) else { return nil }
    var original = Original(bytes: step.bytes, steps: [])
    while true {
      guard original.steps.count < Self.mostRunsUndone else {
        throw Fault(
          offset: 0,
          reason:
            "the member \"emend\" holds the results of more than \(Self.mostRunsUndone) runs in one another",
          remedy: "Take the line from the original file; emend never writes more than one.")
      }
      // Only `original.bytes` is needed; the steps are kept for the places of their edits.
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
      remarks.add(.editedLabel, number)
    }
    return original
  }

  private func parse(
    _ original: Original, _ place: RecordPlace, with parser: inout LineParser
  ) throws(Fault) -> ParsedLine {
    do throws(Fault) {
      return try parser.parseScanned(original.bytes.span, at: place)
    } catch {
      throw original.inFile(error)
    }
  }

  func rejection(_ fault: Fault, line: Int, start: Int) -> Rejection {
    Rejection(
      line: line, byte: start + fault.offset, column: fault.offset + 1, reason: fault.reason,
      remedy: fault.remedy, code: fault.code)
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
    if let foreign = ForeignContent(bytes[...], file: source.file) {
      throw InputError(file: source.file, reason: foreign.reason, remedy: foreign.remedy)
    }
    if let part = CollectionContent(source, options: options) {
      throw fault(part.reason, part.remedy)
    }
  }

  /// Throws where the file is one JSON list with a record on each line, and is damaged in its first line.
  private func checkShape(of reading: Reading) throws(InputError) {
    // In such a list the last record is usable, since no comma follows it.
    guard reading.container.kind == .lines, reading.records.count <= 1,
      let first = reading.lines.first(where: { $0.kind != .blank }), first.kind == .rejected
    else { return }
    let bytes = reading.source.bytes
    guard let opening = first.range.first(where: { !isSpace(bytes[$0]) }),
      bytes[opening] == UInt8(ascii: "["), let rejection = reading.rejections.first
    else { return }
    var scanner = LineScanner()
    guard (try? scanner.scan(bytes.span.extracting(first.range))) == nil else { return }
    throw InputError(
      file: reading.source.file, line: rejection.line, byte: rejection.byte,
      reason: "the file is one JSON list, which is broken here: \(rejection.reason)",
      remedy: "Correct it here, or write one JSON object a line.")
  }

  private func finish(_ reading: inout Reading, _ remarks: Remarks) {
    var remarks = remarks
    var ids: Set<ExactText> = []
    for record in reading.records where !ids.insert(ExactText(record.id)).inserted {
      remarks.add(.repeatedID, record.line)
    }
    reading.findings = (layoutFindings(of: reading) + reading.findings + remarks.findings)
      .map { $0.counting(reading.places) }
  }

  /// What the user should know about how the file is read: its container, and the preset.
  private func layoutFindings(of reading: Reading) -> [Finding] {
    var findings: [Finding] = []
    if let words = reading.containerKind.words {
      let closed =
        if case .table(let table) = reading.container { table.rowsEndWithSeparator } else { false }
      findings.append(
        Finding(
          .container,
          "the file is \(words)"
            + (closed ? "; the one at the end of each row begins no cell" : "")))
    }
    if reading.format.undoneLines > 0 {
      findings.append(
        Finding(
          .earlierResults,
          "the file is the output of an earlier run, of which the results are taken out first: emend revert will "
            + "give the file without them (SHA-256 \(Digest.hexadecimal(of: reading.restored))), and not this one"
        ))
    }
    if let preset = options.preset {
      let fields = FieldMapping.names.compactMap { field in
        options.fields[keyPath: field.path].map { "\(field.name) is \($0)" }
      }
      let label = options.layout.annotation?.label.map { "an annotation's label is \($0)" }
      let passages = options.layout.passages?.words ?? []
      findings.append(
        Finding(
          .preset,
          "read by the preset \(preset): \((fields + [label].compactMap(\.self) + passages).joined(separator: ", ")); --text, --label and the "
            + "like say otherwise"))
    }
    return findings
  }
}
