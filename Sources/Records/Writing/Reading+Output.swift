extension Reading {
  /// The number of bytes from which on a piece is passed to the sink.
  private static let pieceSize = 1 << 20

  /// Writes the output in pieces: every usable record and every blank line, in order, in the container in
  /// which they came.
  ///
  /// - Precondition: `results` has one entry per record, and a query's entry has one per passage.
  package func write<Failure: Error>(
    _ results: [RecordResult], to sink: (_ piece: [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(results.count == records.count, "one result per record")
    if case .columns(let columns) = container {
      try sink(ColumnsWriter(columns: columns, reading: self).output(results))
      return
    }
    var output: [UInt8] = []
    var next = 0
    var at = 0
    var isFirst = true
    for (index, line) in lines.enumerated() {
      let between = at..<line.range.lowerBound
      at = line.range.upperBound
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
        let (splice, record, result) = (splices[next], records[number], results[number])
        if let restored {
          append(restored.span, splice, record, result, to: &output)
        } else {
          let bytes = source.bytes.span.extracting(line.range)
          append(bytes, splice, record, result, to: &output)
        }
        next += 1
      }
      if output.count >= Self.pieceSize {
        try sink(output)
        output.removeAll(keepingCapacity: true)
      }
    }
    output += source.bytes[at...]
    if !output.isEmpty { try sink(output) }
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

  /// The whole output, unless it has more than `limit` bytes.
  package func output(_ results: [RecordResult], atMost limit: Int) throws(InputError) -> [UInt8] {
    var output: [UInt8] = []
    try write(results) { piece throws(InputError) in
      guard output.count + piece.count <= limit else {
        throw InputError(
          file: source.file,
          reason:
            "the results would take more than \(limit) bytes for the \(source.bytes.count) of the file",
          remedy: "Shorten ids and names of labels: the results repeat them in every line.")
      }
      output += piece
    }
    return output
  }

  /// The whole output.
  package func output(_ results: [RecordResult]) -> [UInt8] {
    var output: [UInt8] = []
    write(results) { output += $0 }
    return output
  }
}
