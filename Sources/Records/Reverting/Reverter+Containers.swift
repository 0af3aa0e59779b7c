// Undoing a run on files that are not JSON lines.

extension Reverter {
  /// The container of an output, of which records may have been rejected.
  func container(of output: Source, _ rejected: [RejectedLine]) throws(InputError) -> Container {
    let found = try Container(output, options: ReadingOptions())
    // What is left of several objects may be one object a line.
    guard found.kind == .lines, rejected.contains(where: { $0.record != nil }),
      let first = output.bytes.firstIndex(where: { !isSpace($0) && !byteOrderMark.contains($0) }),
      output.bytes[first] == UInt8(ascii: "{")
    else { return found }
    return try JSONSequence(stream: first, of: output, isCertain: true).map { .sequence($0) }
      ?? found
  }

  func revert(
    _ sequence: JSONSequence, of output: Source, _ rejected: [RejectedLine],
    _ parser: inout LineParser
  ) throws(InputError) -> Reverted {
    var pending = rejected[...]
    var result = Reverted(bytes: [], editedLines: [], lineCount: 0)
    var counter = LineCounter(output.bytes)
    var number = 0
    var at = 0
    func addRejected() {
      while let next = pending.first, next.record == number + 1 {
        result.bytes += next.content
        pending.removeFirst()
        number += 1
      }
    }
    for (index, range) in sequence.records.enumerated() {
      let between = output.bytes[at..<range.lowerBound]
      if index == 0 { result.bytes += between }
      addRejected()
      if index > 0 { result.bytes += between }
      let line = counter.move(to: range.lowerBound)
      let undone = try undone(
        output.bytes.span.extracting(range), &parser, file: output.file, line: line,
        byte: range.lowerBound)
      result.bytes += undone.bytes
      if undone.wasEdited { result.editedLines.append(line) }
      number += 1
      at = range.upperBound
    }
    addRejected()
    guard pending.isEmpty else {
      throw InputError(
        file: output.file, reason: "records are missing: a rejected record belongs further down",
        remedy: "Use the output and the rejected file of one run, both whole.")
    }
    result.bytes += output.bytes[at...]
    result.lineCount = number
    return result
  }

  func revert(
    _ table: Table, of output: Source, _ rejected: [RejectedLine]
  ) throws(InputError) -> Reverted {
    guard table.hasOwnColumns else {
      throw LineCounter.error(
        output, at: table.header.lowerBound, "the table has no columns of ours",
        "Only what emend wrote can be reverted.")
    }
    let bytes = output.bytes
    var pending = rejected[...]
    var result = Reverted(bytes: [], editedLines: [], lineCount: 0)
    result.bytes += bytes[..<table.header.lowerBound]
    result.bytes += table.restoredHeader(bytes)
    // The number of the next row, blank lines included, from 1. Lines could not tell the place, as cells of ours
    // may have several.
    var number = 1
    var outputLines = LineCounter(bytes)
    var start = table.header.upperBound
    while start < bytes.count || !pending.isEmpty {
      if let next = pending.first, next.record == number {
        result.bytes += next.content
        pending.removeFirst()
        number += 1
        continue
      }
      guard start < bytes.count else {
        throw InputError(
          file: output.file,
          reason:
            "rows are missing: a rejected row belongs further down, at line \(pending[pending.startIndex].line)",
          remedy: "Use the output and the rejected file of one run, both whole.")
      }
      let end = lineEnd(in: bytes, from: start)
      if Table.isEmptyLine(bytes, start..<end) {
        result.bytes += bytes[start..<end]
        start = end
        number += 1
        continue
      }
      let line = outputLines.move(to: start)
      let row: Table.Row
      do throws(Fault) {
        row = try table.row(bytes, from: start, count: table.names.count)
      } catch {
        throw InputError(
          file: output.file, line: line, byte: error.offset,
          reason: "the row is damaged: \(error.reason)",
          remedy: "Take the output from the outbox again.")
      }
      guard row.cells.count == table.names.count else {
        throw InputError(
          file: output.file, line: line, byte: start,
          reason: "the row has \(row.cells.count) cells where the header has \(table.names.count)",
          remedy: "Only what emend wrote can be reverted; remove the row if you added it.")
      }
      let restored = table.restored(row, in: bytes)
      result.bytes += restored.bytes
      if restored.wasEdited { result.editedLines.append(line) }
      start = row.end
      number += 1
    }
    result.lineCount = number - 1
    return result
  }
}
