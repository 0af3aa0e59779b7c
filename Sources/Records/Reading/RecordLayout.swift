/// How a dataset spreads what belongs to one record over its members, where that is unusual.
package struct RecordLayout: Sendable, Equatable, Codable {
  /// The members that hold the votes, one annotator each; the annotator is called by the member's name. Empty
  /// where votes are a list.
  package var annotatorColumns: [String] = []
  /// The members that hold 0 or 1 for one label each, which has the member's name. Empty where the label has a
  /// member.
  package var labelColumns: [String] = []
  /// The records whose label is none, such as those that an annotator rejected: they are read as if they had
  /// no label.
  package var unlabelled: TrustCondition?
  /// Whether the usual member `annotations` holds votes.
  package var hasVotes = true
  /// How the items of the list of annotations hold the record's label; nil where that has a member of its own.
  package var annotation: AnnotationLayout?
  /// Where a query's passages are; nil where they are one list of objects.
  package var passages: PassageLayout?

  package init() {}
}

extension LineParser {
  /// The votes of members that hold one annotator's label each.
  func columnVotes(in line: Span<UInt8>) throws(Fault) -> [Vote] {
    guard !parts.annotatorColumns.isEmpty else { return [] }
    var votes: [Vote] = []
    for (name, column) in zip(options.layout.annotatorColumns, parts.annotatorColumns) {
      guard let given = member([column], in: line) else { continue }
      guard let label = try scalar(given, in: line, part: "the label of the annotator \(name)"),
        !label.name.isEmpty
      else { continue }
      votes.append(Vote(annotator: name, label: label))
    }
    return votes
  }

  /// Whether the record is one of those whose label is none.
  func isUnlabelled(in line: Span<UInt8>) throws(Fault) -> Bool {
    guard !parts.unlabelled.isEmpty, let condition = options.layout.unlabelled,
      let found = member(parts.unlabelled, in: line), found.kind != .object, found.kind != .array
    else { return false }
    let value = try scalar(found, in: line, part: "the field that tells whether there is a label")
    return condition.values.contains(value?.name ?? "null")
  }
}

extension Reading {
  /// Calls `body` with the number of each record and its JSON text, in order, whatever the file's container, and
  /// without the results of earlier runs. A record of several lines comes with each of them.
  func forEachRecord(_ body: (_ record: Int, _ text: Span<UInt8>) -> Void) {
    var next = -1
    for (index, line) in lines.enumerated() where line.kind == .record {
      next += 1
      let number = record(ofLine: next)
      let restored = line.undone >= 0 ? undone[Int(line.undone)] : nil
      switch container {
      case .lines, .sequence:
        if let restored {
          body(number, restored.span)
        } else {
          body(number, source.bytes.span.extracting(line.range))
        }
      case .columns(let columns):
        body(number, columns.document(index, in: undone.first ?? source.bytes).json.span)
      case .table(let table):
        let bytes = restored ?? source.bytes
        guard
          let row = try? Table.row(
            bytes, from: restored == nil ? line.range.lowerBound : 0, table.dialect),
          row.cells.count >= table.width, let document = try? table.document(row, in: bytes)
        else { continue }
        body(number, document.json.span)
      }
    }
  }
}

/// The first records of a file as JSON texts, by which its layout is recognised.
package struct RecordSample: Sendable {
  package let documents: [[UInt8]]

  /// The kind of a member, or of what is at the end of a path.
  package enum Kind: String, Sendable, CaseIterable {
    case string, number, boolean, list, object, any
  }

  /// Takes up to `count` records.
  /// - Complexity: linear in the bytes of the file, where it is no JSON lines.
  package init(_ source: Source, count: Int = 50) {
    var documents: [[UInt8]] = []
    let bytes = source.bytes
    var scanner = LineScanner()
    func add(_ json: [UInt8]) {
      if (try? scanner.scan(json.span)) != nil, scanner.kind == .object { documents.append(json) }
    }
    switch try? Container(source, options: ReadingOptions()) {
    case nil: break
    case .lines:
      var start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
      while start < bytes.count, documents.count < count {
        let end = lineEnd(in: bytes, from: start)
        add(Array(bytes[start..<end]))
        start = end
      }
    case .sequence(let sequence):
      for range in sequence.records.prefix(count) { add(Array(bytes[range])) }
    case .columns(let columns):
      for row in 0..<min(count, columns.count) { add(columns.document(row, in: bytes).json) }
    case .table(let table):
      var start = table.header.upperBound
      while start < bytes.count, documents.count < count {
        let end = lineEnd(in: bytes, from: start)
        guard let row = try? table.row(bytes, from: start, count: table.names.count) else {
          start = end
          continue
        }
        start = row.end
        guard row.cells.count == table.names.count,
          let document = try? table.document(row, in: bytes)
        else { continue }
        add(document.json)
      }
    }
    self.documents = documents
  }

  /// The share of the records, 0…1, that have a member or a value at the end of a path, of one of `kinds`.
  /// Null counts as no value.
  package func share(of name: String, kinds: Set<Kind> = [.any]) -> Double {
    guard !documents.isEmpty else { return 0 }
    var parser = LineParser(options: ReadingOptions())
    let found = documents.count { json in
      guard (try? parser.scanObject(json.span)) != nil,
        let member = parser.member(named: Array(name.utf8), in: json.span)
      else { return false }
      let kind: Kind? =
        switch member.kind {
        case .string: .string
        case .number: .number
        case .true_, .false_: .boolean
        case .array: .list
        case .object: .object
        case .null: nil
        }
      return kind.map { kinds.contains($0) || kinds.contains(.any) } ?? false
    }
    return Double(found) / Double(documents.count)
  }
}
