import Assessments

/// A JSON value without any meaning for emend, such as one of a file that another program wrote.
package enum PlainValue: Sendable {
  case null
  case bool(Bool)
  /// A number, and its JSON text.
  case number(Double, text: String)
  case string(String)
  case list([PlainValue])
  /// Members in the order of the file. No name repeats.
  case object([(name: String, value: PlainValue)])

  /// The value of a member of an object; nil where there is none. Names are compared byte for byte.
  package subscript(name: String) -> PlainValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { ExactText($0.name) == ExactText(name) }?.value
  }

  package var isNull: Bool { if case .null = self { true } else { false } }

  /// A number, a boolean as 0 or 1, or a string that holds a number; nil for everything else.
  package var number: Double? {
    switch self {
    case .number(let value, _): value
    case .bool(let value): value ? 1 : 0
    case .string(let text): Double(text.trimmed)
    case .null, .list, .object: nil
    }
  }

  package var list: [PlainValue]? { if case .list(let items) = self { items } else { nil } }
}

/// Reads the objects of a file whatever its container is, without any meaning for their members.
///
/// Results of an earlier run are members like others; those of a table, which stand in columns of their own,
/// become a member `emend` as JSON lines have it.
package struct PlainReader {
  private var scanner = LineScanner()
  private let decoder = TextDecoder()

  package init() {}

  /// Calls `body` with the values at `paths` of each object, in order, and with the line on which it starts.
  ///
  /// - Parameter paths: the names that lead to each value, from the outermost member on.
  /// - Returns: the kind of the file's container. The cells of a table are strings, or null where they are empty.
  /// - Throws: at the first object that cannot be read: these files are not repaired, and figures of a part
  ///   of a file would be wrong.
  /// - Complexity: linear in bytes times the depth of the paths.
  @discardableResult
  package mutating func read(
    _ source: Source, paths: [[String]],
    _ body: (_ line: Int, _ values: [PlainValue?]) throws(InputError) -> Void
  ) throws(InputError) -> ContainerKind {
    try read(source, fields: paths.map(FieldPath.init(names:)), body)
  }

  /// The same with paths as users write them.
  @discardableResult
  package mutating func read(
    _ source: Source, fields paths: [FieldPath],
    _ body: (_ line: Int, _ values: [PlainValue?]) throws(InputError) -> Void
  ) throws(InputError) -> ContainerKind {
    if let foreign = ForeignContent(source.bytes[...], file: source.file) {
      throw InputError(file: source.file, reason: foreign.reason, remedy: foreign.remedy)
    }
    let container = try Container(source, options: ReadingOptions())
    switch container {
    case .lines: try readLines(source, paths, body)
    case .sequence(let sequence):
      var counter = LineCounter(source.bytes)
      let places = sequence.places(in: source.bytes)
      for (index, range) in sequence.records.enumerated() {
        let line = counter.move(to: range.lowerBound)
        let text = source.bytes.span.extracting(range)
        try body(
          places == .line ? line : index + 1,
          try values(text, paths, source, line, range.lowerBound))
      }
    case .columns(let columns):
      let results = columns.ownResults(in: source.bytes.span) ?? []
      for row in 0..<columns.count {
        let document = columns.document(row, in: source.bytes)
        var json = document.json
        if results.indices.contains(row) {
          json.removeLast()
          json += (json.count > 1 ? ", \"emend\": " : "\"emend\": ").utf8
          json += source.bytes[results[row].value]
          json.append(UInt8(ascii: "}"))
        }
        try body(row + 1, try values(json.span, paths, source, row + 1, nil))
      }
    case .table(let table): try read(table, source, paths, body)
    }
    return container.kind
  }

  /// The texts, numbers and booleans of a JSON list as texts; nil where the text is no such list.
  package static func names(ofList text: String) -> [String]? {
    guard let items = value(of: text)?.list else { return nil }
    var names: [String] = []
    for item in items {
      switch item {
      case .string(let text): names.append(text)
      case .number(_, let text): names.append(text)
      case .bool(let value): names.append(value ? "true" : "false")
      case .null, .list, .object: return nil
      }
    }
    return names
  }

  /// The value of a JSON text that is an object or a list; nil where it is neither.
  package static func value(of text: String) -> PlainValue? {
    let bytes = Array(text.utf8)
    var reader = PlainReader()
    guard (try? reader.scanner.scan(bytes.span)) != nil else { return nil }
    switch reader.scanner.kind {
    case .array, .object:
      let whole = Member(
        key: 0..<0, keyHasEscapes: false, value: 0..<bytes.count, kind: reader.scanner.kind)
      return try? reader.value(of: whole, in: bytes.span, depth: 0)
    default: return nil
    }
  }

  private mutating func readLines(
    _ source: Source, _ paths: [FieldPath],
    _ body: (_ line: Int, _ values: [PlainValue?]) throws(InputError) -> Void
  ) throws(InputError) {
    let bytes = source.bytes
    var start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var line = 0
    while start < bytes.count {
      let end = lineEnd(in: bytes, from: start)
      line += 1
      let text = bytes.span.extracting(start..<end)
      if !isBlank(text) { try body(line, try values(text, paths, source, line, start)) }
      start = end
    }
  }

  private mutating func read(
    _ table: Table, _ source: Source, _ paths: [FieldPath],
    _ body: (_ line: Int, _ values: [PlainValue?]) throws(InputError) -> Void
  ) throws(InputError) {
    let bytes = source.bytes
    var counter = LineCounter(bytes)
    var start = table.header.upperBound
    while start < bytes.count {
      let end = lineEnd(in: bytes, from: start)
      if Table.isEmptyLine(bytes, start..<end) {
        start = end
        continue
      }
      let line = counter.move(to: start)
      let json: [UInt8]
      do throws(Fault) {
        let row = try table.wholeRow(bytes, from: start)
        json = try table.completeDocument(row, in: bytes)
        start = row.end
      } catch {
        throw InputError(
          file: source.file, line: line, byte: error.offset, reason: error.reason,
          remedy: error.remedy)
      }
      try body(line, try values(json.span, paths, source, line, nil))
    }
  }

  /// The values at the end of the paths of one object.
  ///
  /// - Parameter start: where the object starts in the file; nil where it was put together from cells.
  private mutating func values(
    _ text: Span<UInt8>, _ paths: [FieldPath], _ source: Source, _ line: Int, _ start: Int?
  ) throws(InputError) -> [PlainValue?] {
    do throws(Fault) {
      try scanner.scan(text)
      guard scanner.kind == .object else {
        throw Fault(
          offset: 0, reason: "a JSON object expected, \(scanner.kind.words) found",
          remedy: "Write one JSON object a line.")
      }
      if let fault = scanner.repeatedKey(in: text, decoder: decoder) { throw fault }
      var values: [PlainValue?] = []
      for path in paths {
        let found = try path.member(in: text, scanner, decoder)
        values.append(
          try found.map { (member) throws(Fault) in
            try value(of: member, in: text, depth: 0)
          })
      }
      return values
    } catch {
      throw InputError(
        file: source.file, line: line, byte: start.map { $0 + error.offset },
        reason: error.reason, remedy: error.remedy)
    }
  }

  /// As deep as values are read. Each level takes room on the call stack.
  private static let deepest = 256

  private func value(
    of member: Member, in text: Span<UInt8>, depth: Int
  ) throws(Fault) -> PlainValue {
    switch member.kind {
    case .null: return .null
    case .true_: return .bool(true)
    case .false_: return .bool(false)
    case .string:
      guard let content = decoder.string(text.extracting(member.value)) else {
        throw Fault(
          offset: member.value.lowerBound, reason: "a string is too long to be read",
          remedy: "Shorten it to less than 2 GB.")
      }
      return .string(content)
    case .number:
      let token = String(decoding: member.value.map { text[$0] }, as: UTF8.self)
      // Not by json-c or strtod, which need a byte after the number.
      return .number(Double(token) ?? .infinity, text: token)
    case .object, .array:
      guard depth < Self.deepest else {
        throw Fault(
          offset: member.value.lowerBound,
          reason: "values are nested deeper than \(Self.deepest) levels",
          remedy: "Leave the member out.")
      }
      var inner = LineScanner()
      _ = try inner.scanValue(text, from: member.value.lowerBound)
      guard member.kind == .object else {
        var items: [PlainValue] = []
        for item in inner.members {
          items.append(try value(of: item, in: text, depth: depth + 1))
        }
        return .list(items)
      }
      if let fault = inner.repeatedKey(in: text, decoder: decoder) { throw fault }
      var members: [(name: String, value: PlainValue)] = []
      for item in inner.members {
        let name = String(
          decoding: inner.key(of: item, in: text, decoder: decoder), as: UTF8.self)
        members.append((name, try value(of: item, in: text, depth: depth + 1)))
      }
      return .object(members)
    }
  }
}

extension Table {
  /// The record of a row as JSON, with the results of an earlier run as a member `emend`.
  fileprivate func completeDocument(_ row: Row, in bytes: [UInt8]) throws(Fault) -> [UInt8] {
    var json = try document(row, in: bytes).json
    guard hasOwnColumns else { return json }
    func text(_ column: Int) -> String {
      Self.text(of: row.cells[width + column], in: bytes, dialect) ?? ""
    }
    json.removeLast()
    json += (json.count > 1 ? ", \"emend\": {" : "\"emend\": {").utf8
    // Earlier versions wrote fewer of them.
    for (column, name) in Self.ownNames.prefix(Self.fixedColumns(of: names[width...])).enumerated()
    {
      if column > 0 { json += ", ".utf8 }
      json += "\"\(name.dropFirst("emend_".count))\": ".utf8
      let cell = text(column)
      var scanner = LineScanner()
      if cell.isEmpty {
        json += "null".utf8
      } else if Self.jsonColumns.contains(name), (try? scanner.scan(Array(cell.utf8).span)) != nil {
        json += cell.utf8
      } else {
        JSONText.append(cell, to: &json)
      }
    }
    json += "}}".utf8
    return json
  }

  /// The columns of ours whose cells are numbers, booleans or objects.
  private static let jsonColumns: Set<String> = [
    "emend_credibility", "emend_flagged", "emend_weight", "emend_soft_label", "emend_review_rank",
    "emend_outlier", "emend_steps",
  ]
}
