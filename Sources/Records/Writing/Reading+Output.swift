import Concurrency
import Synchronization

extension Reading {
  /// Lines that are written at once by one thread.
  private static let linesPerBlock = 256

  /// Writes the output in pieces: every usable record and every blank line, in order, in the container in
  /// which they came.
  ///
  /// - Parameters:
  ///   - threads: changes the time taken and never a byte.
  ///   - result: the result of a record, by its number; a query's has one entry per passage. It is asked for
  ///     when the record is written, on any thread, so that the results need not all be there at once.
  package func write<Failure: Error>(
    threads: Int, _ result: @Sendable (Int) -> RecordResult,
    to sink: (_ piece: [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    if case .columns(let columns) = container {
      try sink(
        ColumnsWriter(columns: columns, reading: self).output(records.indices.map { result($0) }))
      return
    }
    let blocks = outputBlocks
    let window = max(1, threads) * 8
    for start in stride(from: 0, to: blocks.count, by: window) {
      let part = blocks[start..<min(start + window, blocks.count)]
      let pieces = Mutex([[UInt8]](repeating: [], count: part.count))
      Parallel.chunks(of: part.count, chunk: 1, threads: threads) { range in
        for place in range {
          let piece = output(of: part[start + place], result)
          pieces.withLock { $0[place] = piece }
        }
      }
      for piece in pieces.withLock({ $0 }) where !piece.isEmpty { try sink(piece) }
    }
    let rest = lines.last?.range.upperBound ?? 0
    if rest < source.bytes.count { try sink(Array(source.bytes[rest...])) }
  }

  /// A few lines that are written together.
  private struct OutputBlock {
    var lines: Range<Int>
    /// The number of the first record's line among those of records.
    var firstRecordLine: Int
    /// Whether nothing but a rejected record was before.
    var isFirst: Bool
  }

  private var outputBlocks: [OutputBlock] {
    var blocks: [OutputBlock] = []
    var next = 0
    var isFirst = true
    for start in stride(from: 0, to: lines.count, by: Self.linesPerBlock) {
      let range = start..<min(start + Self.linesPerBlock, lines.count)
      blocks.append(OutputBlock(lines: range, firstRecordLine: next, isFirst: isFirst))
      for index in range {
        if lines[index].kind == .record { next += 1 }
        if lines[index].kind != .rejected { isFirst = false }
      }
    }
    return blocks
  }

  private func output(of block: OutputBlock, _ result: (Int) -> RecordResult) -> [UInt8] {
    var output: [UInt8] = []
    var next = block.firstRecordLine
    var isFirst = block.isFirst
    for index in block.lines {
      let line = lines[index]
      let between = (index > 0 ? lines[index - 1].range.upperBound : 0)..<line.range.lowerBound
      if index == 0 { output += source.bytes[between] }
      // A rejected record goes together with the comma before it, or after it where it is the first.
      if line.kind == .rejected { continue }
      if index > 0, !isFirst { output += source.bytes[between] }
      isFirst = false
      let restored = line.undone >= 0 ? undone[Int(line.undone)] : nil
      switch line.kind {
      case .rejected: continue
      case .blank: output += source.bytes[line.range]
      case .header:
        if case .table(let table) = container {
          TableWriter(table: table, replaceable: replaceable)
            .appendHeader(restored ?? Array(source.bytes[line.range]), to: &output)
        }
      case .record:
        let number = self.record(ofLine: next)
        let (splice, record) = (splices[next], records[number])
        if let restored {
          append(restored.span, splice, record, result(number), to: &output)
        } else {
          let bytes = source.bytes.span.extracting(line.range)
          append(bytes, splice, record, result(number), to: &output)
        }
        next += 1
      }
    }
    return output
  }

  private func append(
    _ line: Span<UInt8>, _ splice: Splice, _ record: Record, _ result: RecordResult,
    to output: inout [UInt8]
  ) {
    switch result {
    case .annotation(let result):
      if case .table(let table) = container {
        TableWriter(table: table, replaceable: replaceable)
          .append(line, splice, record, result, to: &output)
        return
      }
      AnnotationWriter.append(line, splice, record, result, to: &output)
    case .retrieval(let result):
      QueryWriter.append(line, splice, result, to: &output)
    }
  }

  /// Writes the whole output, as `write` does.
  ///
  /// - Throws: what `sink` throws, and an `InputError` before the output has more than `limit` bytes.
  package func write(
    atMost limit: Int, threads: Int, _ result: @Sendable (Int) -> RecordResult,
    to sink: (_ piece: [UInt8]) throws -> Void
  ) throws {
    var count = 0
    try write(threads: threads, result) { piece in
      count += piece.count
      guard count <= limit else {
        throw InputError(
          file: source.file,
          reason:
            "the results would take more than \(limit) bytes for the \(source.bytes.count) of the file",
          remedy: "Shorten ids and names of labels: the results repeat them in every line.")
      }
      try sink(piece)
    }
  }

  /// The whole output.
  ///
  /// - Precondition: `results` has one entry per record.
  package func output(_ results: [RecordResult]) -> [UInt8] {
    precondition(results.count == records.count, "one result per record")
    var output: [UInt8] = []
    write(threads: 1, { results[$0] }, to: { output += $0 })
    return output
  }
}
