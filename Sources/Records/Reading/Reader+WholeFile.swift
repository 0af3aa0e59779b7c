// Decisions that need the whole file: whether vectors are used. `Reader+Labels.swift` has those on labels.

extension Reader {
  /// Makes sure that either all records have a ready vector of the same length, or none has.
  ///
  /// Where at least half of the records have a vector, records without one and those with an uncommon
  /// length are rejected; of two equally common lengths the first in the file counts. Where fewer have one,
  /// vectors are ignored, and records with nothing else are rejected. Queries never have a vector and do
  /// not count.
  func settleVectors(
    in reading: inout Reading, with parser: inout LineParser, _ remarks: inout Remarks
  ) {
    var counts: [Int: Int] = [:]
    var order: [Int] = []
    for record in reading.records {
      guard let length = record.vector?.count else { continue }
      if counts[length] == nil { order.append(length) }
      counts[length, default: 0] += 1
    }
    guard var usual = order.first else { return }
    for length in order where counts[length, default: 0] > counts[usual, default: 0] {
      usual = length
    }
    let withVector = counts.values.reduce(0, +)
    let queries = reading.kinds[.retrieval] ?? 0
    let areUsed = withVector * 2 >= reading.records.count - queries
    var unusable: [Int: (reason: String, remedy: String)] = [:]
    for (index, record) in reading.records.enumerated() where record.content.kind != .retrieval {
      switch (record.vector?.count, areUsed) {
      case (usual, true), (nil, false): continue
      case (nil, true):
        unusable[index] = (
          "there is no vector, and most records have one",
          "Give it a vector of \(usual) components, or leave out all vectors."
        )
      case (let length?, true):
        unusable[index] = (
          "the vector has \(length) components where most have \(usual)",
          "Use one model for all vectors."
        )
      case (_, false):
        if record.content == .none {
          unusable[index] = (
            "there is only a vector, and most records have none",
            "Give it a text, or give every record a vector."
          )
        } else {
          reading.records[index].vector = nil
          remarks.add(.ignoredVector, record.line)
        }
      }
    }
    guard !unusable.isEmpty else { return }
    reject(unusable, in: &reading, with: &parser)
  }

  private func reject(
    _ unusable: [Int: (reason: String, remedy: String)], in reading: inout Reading,
    with parser: inout LineParser
  ) {
    var records: [Record] = []
    var splices: [Splice] = []
    let bytes = reading.source.bytes
    var index = -1
    for entry in reading.lines.indices where reading.lines[entry].kind == .record {
      index += 1
      let record = reading.records[index]
      guard let (reason, remedy) = unusable[index] else {
        records.append(record)
        splices.append(reading.splices[index])
        continue
      }
      reading.lines[entry].kind = .rejected
      reading.kinds[record.content.kind, default: 0] -= 1
      let range = reading.lines[entry].range
      let line = bytes.span.extracting(range)
      var offset = 0
      if (try? parser.outer.scan(line)) != nil {
        offset = parser.member(parser.parts.vector, in: line)?.value.lowerBound ?? 0
      }
      let isLine = reading.container.kind == .lines
      reading.rejections.append(
        Rejection(
          line: record.line, byte: range.lowerBound + offset, column: offset + 1, reason: reason,
          remedy: remedy, record: isLine ? nil : entry + 1))
    }
    reading.records = records
    reading.splices = splices
    reading.kinds = reading.kinds.filter { $0.value > 0 }
    reading.rejections.sort { $0.byte < $1.byte }
  }
}

extension Content {
  var kind: RecordKind {
    switch self {
    case .text: .classification
    case .pair: .pair
    case .relation: .relation
    case .retrieval: .retrieval
    case .none: .vector
    }
  }
}
