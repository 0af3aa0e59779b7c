import Assessments

/// Writes an object of columns with the results of its records: corrected labels in their places, and one more
/// column, `emend`, behind the last one. A record that could not be used stays where it is and has null there.
struct ColumnsWriter {
  let columns: JSONColumns
  let reading: Reading

  /// - Precondition: `results` has one entry per record.
  func output(_ results: [RecordResult]) -> [UInt8] {
    let bytes = reading.undone.first ?? reading.source.bytes
    let span = bytes.span
    var edits: [OwnMember.Edit] = []
    var column: [UInt8] = Array(", \"emend\": ".utf8)
    column.append(UInt8(ascii: columns.keys.isEmpty ? "[" : "{"))
    var next = 0
    for (row, line) in reading.lines.enumerated() {
      if row > 0 { column += ", ".utf8 }
      if !columns.keys.isEmpty {
        column.append(UInt8(ascii: "\""))
        column += bytes[columns.keys[row]]
        column += "\": ".utf8
      }
      guard line.kind == .record,
        case .annotation(let result) = results[reading.record(ofLine: next)]
      else {
        column += "null".utf8
        if line.kind == .record { next += 1 }
        continue
      }
      let (splice, record) = (
        reading.splices[next], reading.records[reading.record(ofLine: next)]
      )
      next += 1
      let replaced = result.action == .corrected ? splice.label : nil
      if let replaced {
        var label: [UInt8] = []
        AnnotationWriter.append(result.labels, as: record.labelForm, to: &label)
        edits.append((replaced, label))
      }
      AnnotationWriter.appendMember(
        span, splice, record, result, isReplaced: replaced != nil, to: &column)
    }
    column.append(UInt8(ascii: columns.keys.isEmpty ? "]" : "}"))
    edits.append((columns.contentEnd..<columns.contentEnd, column))
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    return OwnMember.edited(span, edits)
  }
}

extension JSONColumns {
  /// The file as it was before an earlier run, and the rows, from 0, whose label was edited after that; the
  /// edits are kept.
  ///
  /// - Throws: where the column `emend` is not one that emend wrote.
  func restored(_ source: Source) throws(InputError) -> (bytes: [UInt8], editedRows: [Int]) {
    let bytes = source.bytes
    let span = bytes.span
    guard let own else { return (bytes, []) }
    func foreign(_ offset: Int) -> InputError {
      LineCounter.error(
        source, at: offset, "the column \"emend\" is not one that emend wrote",
        "Give that column another name.")
    }
    var parser = LineParser(options: ReadingOptions())
    var scanner = LineScanner()
    guard (try? scanner.scanValue(span, from: own.value.lowerBound)) != nil,
      scanner.members.count == count
    else { throw foreign(own.value.lowerBound) }
    var edits: [OwnMember.Edit] = []
    var editedRows: [Int] = []
    for (row, member) in scanner.members.enumerated() where member.kind != .null {
      guard member.kind == .object,
        let found = parser.ownResult(span.extracting(member.value))
      else { throw foreign(member.value.lowerBound) }
      guard let original = found.original, let set = found.label else { continue }
      let name = found.field ?? Array("label".utf8)
      let document = document(row, in: bytes)
      guard (try? parser.scanObject(document.json.span)) != nil,
        let current = document.range(of: parser.member(named: name, in: document.json.span))
      else {
        editedRows.append(row)
        continue
      }
      if parser.areSameLabels(Array(bytes[current]), set) {
        edits.append((current, original))
      } else {
        editedRows.append(row)
      }
    }
    var whole = LineScanner()
    let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    guard (try? whole.scanValue(span, from: start)) != nil,
      let place = whole.members.firstIndex(where: { $0.value == own.value }), place > 0
    else { throw foreign(own.key.lowerBound) }
    edits.append((whole.members[place - 1].value.upperBound..<own.value.upperBound, []))
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    return (OwnMember.edited(span, edits), editedRows)
  }
}
