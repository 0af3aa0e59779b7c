/// Undoes a run: it restores the input's bytes from `NAME.jsonl` and, where there is one, from
/// `NAME.rejected.jsonl`.
package struct Reverter: Sendable {
  /// The restored input.
  package struct Reverted: Sendable, Equatable {
    package var bytes: [UInt8]
    /// Line numbers, from 1, of the output's lines whose label was edited after the run; the edit is kept.
    package var editedLines: [Int]
    /// How many lines are given back, rejected and blank ones included; of a file that is not JSON lines, how many
    /// records or rows.
    package var lineCount: Int
  }

  package init() {}

  /// Removes the member `emend` from every line of `output` and from the passages of queries, restores
  /// replaced labels, and puts rejected lines back in their places.
  ///
  /// - Throws: where the output or the rejected file is not as emend wrote it. It never guesses.
  package func revert(output: Source, rejected: Source? = nil) throws(InputError) -> Reverted {
    var parser = LineParser(options: ReadingOptions())
    let lines = try rejectedLines(rejected, &parser)
    switch try container(of: output, lines) {
    case .lines: break
    case .sequence(let sequence): return try revert(sequence, of: output, lines, &parser)
    case .columns(let columns):
      let restored = try columns.restored(output)
      return Reverted(
        bytes: restored.bytes, editedLines: restored.editedRows.map { $0 + 1 },
        lineCount: columns.count)
    case .table(let table): return try revert(table, of: output, lines)
    }
    var pending = lines[...]
    var result = Reverted(bytes: [], editedLines: [], lineCount: 0)
    let bytes = output.bytes
    var start = 0
    if bytes.starts(with: byteOrderMark) {
      result.bytes += byteOrderMark
      start = byteOrderMark.count
    }
    guard start < bytes.count || !pending.isEmpty else {
      throw InputError(
        file: output.file, reason: "the file is empty", remedy: "Name the file that emend wrote.")
    }
    var number = 0  // line of the input, from 1
    var outputLine = 0
    while start < bytes.count || !pending.isEmpty {
      number += 1
      if let next = pending.first, next.line == number {
        result.bytes += next.content
        pending.removeFirst()
        continue
      }
      guard start < bytes.count else {
        throw InputError(
          file: output.file, line: outputLine,
          reason:
            "lines are missing: a rejected line belongs further down, at \(pending[pending.startIndex].line)",
          remedy: "Use the output and the rejected file of one run, both whole.")
      }
      let end = lineEnd(in: bytes, from: start)
      outputLine += 1
      let line = bytes.span.extracting(start..<end)
      if isBlank(line) {
        result.bytes.append(line, 0..<line.count)
      } else {
        let undone = try undone(line, &parser, file: output.file, line: outputLine, byte: start)
        result.bytes += undone.bytes
        if undone.wasEdited { result.editedLines.append(outputLine) }
      }
      start = end
    }
    result.lineCount = number
    return result
  }

  func undone(
    _ line: Span<UInt8>, _ parser: inout LineParser, file: String, line number: Int, byte: Int
  ) throws(InputError) -> OwnMember.Undone {
    do throws(Fault) {
      try parser.scanObject(line)
    } catch {
      throw InputError(
        file: file, line: number, byte: byte + error.offset,
        reason: "the line is damaged: \(error.reason)",
        remedy: "Take the output from the outbox again.")
    }
    let undone: OwnMember.Undone?
    do throws(Fault) {
      undone = try OwnMember.undone(line, &parser)
    } catch {
      throw InputError(
        file: file, line: number, byte: byte + error.offset,
        reason: "the line cannot be undone: \(error.reason)", remedy: error.remedy)
    }
    guard let undone else {
      throw InputError(
        file: file, line: number, byte: byte,
        reason: "the line has no member \"emend\" of ours",
        remedy: "Only what emend wrote can be reverted; remove the line if you added it.")
    }
    return undone
  }

  private func rejectedLines(
    _ rejected: Source?, _ parser: inout LineParser
  ) throws(InputError) -> [RejectedLine] {
    guard let rejected else { return [] }
    var lines: [RejectedLine] = []
    var start = 0
    var number = 0
    while start < rejected.bytes.count {
      let end = lineEnd(in: rejected.bytes, from: start)
      number += 1
      let line = rejected.bytes.span.extracting(start..<end)
      if !isBlank(line) {
        do throws(Fault) {
          lines.append(try RejectedLine(line, &parser))
        } catch {
          throw InputError(
            file: rejected.file, line: number, byte: start + error.offset, reason: error.reason,
            remedy: error.remedy)
        }
      }
      start = end
    }
    func isEqual(_ left: RejectedLine, _ right: RejectedLine) -> Bool {
      left.line == right.line && left.record == right.record
    }
    lines.sort { ($0.record ?? $0.line, $0.line) < ($1.record ?? $1.line, $1.line) }
    for (earlier, later) in zip(lines, lines.dropFirst()) where isEqual(earlier, later) {
      throw InputError(
        file: rejected.file, reason: "line \(later.line) appears twice",
        remedy: "Use the rejected file as emend wrote it.")
    }
    return lines
  }
}
