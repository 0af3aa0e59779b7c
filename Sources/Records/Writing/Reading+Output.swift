extension Reading {
  /// The number of bytes from which on a piece is passed to the sink.
  private static let pieceSize = 1 << 20

  /// Writes `NAME.jsonl` in pieces: every usable line and every blank one, in order.
  ///
  /// - Precondition: `results` has one entry per record, and a query's entry has one per passage.
  package func write(
    _ results: [RecordResult], to sink: (_ piece: [UInt8]) throws -> Void
  ) rethrows {
    precondition(results.count == records.count, "one result per record")
    var output = format.hasByteOrderMark ? byteOrderMark : []
    var next = 0
    for line in lines {
      switch line.kind {
      case .rejected: continue
      case .blank: output += source.bytes[line.range]
      case .record:
        let (splice, record, result) = (splices[next], records[next], results[next])
        if line.undone >= 0 {
          let restored = undone[Int(line.undone)]
          Self.append(restored.span, splice, record, result, to: &output)
        } else {
          let bytes = source.bytes.span.extracting(line.range)
          Self.append(bytes, splice, record, result, to: &output)
        }
        next += 1
      }
      if output.count >= Self.pieceSize {
        try sink(output)
        output.removeAll(keepingCapacity: true)
      }
    }
    if !output.isEmpty { try sink(output) }
  }

  private static func append(
    _ line: Span<UInt8>, _ splice: Splice, _ record: Record, _ result: RecordResult,
    to output: inout [UInt8]
  ) {
    switch result {
    case .annotation(let result):
      AnnotationWriter.append(line, splice, record, result, to: &output)
    case .retrieval(let result):
      QueryWriter.append(line, splice, result, to: &output)
    }
  }

  /// The whole of `NAME.jsonl`.
  package func output(_ results: [RecordResult]) -> [UInt8] {
    var output: [UInt8] = []
    write(results) { output += $0 }
    return output
  }
}
