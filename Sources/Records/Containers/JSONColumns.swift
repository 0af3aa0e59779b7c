/// Records that stand in one JSON object as columns: a list of values for each name, or an object of values by
/// the records' keys, as pandas and datasets write them.
struct JSONColumns: Sendable {
  struct Column: Sendable {
    /// The name as it is spelled in the file, without quotes.
    let key: Range<Int>
    /// The value of each record, in order.
    let values: [Range<Int>]
  }

  /// The columns of the user's, in the file's order.
  let columns: [Column]
  /// The key of each record as it is spelled, without quotes; empty where columns are lists.
  let keys: [Range<Int>]
  /// The end of the last column, where ours is added.
  let contentEnd: Int
  /// The member of the file in which an earlier run put its results; nil where there is none.
  let own: Member?

  /// The number of records.
  var count: Int { columns.first?.values.count ?? 0 }

  /// The columns of a file that is one object.
  ///
  /// - Parameter scanner: has scanned the object, which starts at `first`.
  /// - Returns: nil where the object is something else.
  /// - Throws: where the columns differ in length, or a name occurs twice.
  init?(
    _ scanner: LineScanner, _ first: Int, of source: Source, options: ReadingOptions
  ) throws(InputError) {
    let bytes = source.bytes.span
    let decoder = TextDecoder()
    let parts = FieldNames(options)
    // A record has a string where columns have a list of them.
    let names = parts.text + parts.pairs.map(\.first) + parts.label
    let isShaped = names.contains { name in
      let kind = scanner.member(name, in: bytes, decoder: decoder)?.kind
      return kind == .array || kind == .object
    }
    let own = scanner.member(OwnMember.key, in: bytes, decoder: decoder)
    let members = scanner.members.filter { $0.value != own?.value }
    guard isShaped, members.count > 1, let kind = members.first?.kind,
      kind == .array || kind == .object, members.allSatisfy({ $0.kind == kind })
    else { return nil }
    var inner = LineScanner()
    var columns: [Column] = []
    var keys: [Range<Int>] = []
    var count: Int?
    if let fault = scanner.repeatedKey(in: bytes, decoder: decoder) {
      throw LineCounter.error(source, at: fault.offset, fault.reason, fault.remedy)
    }
    for member in members {
      guard (try? inner.scanValue(bytes, from: member.value.lowerBound)) != nil else { return nil }
      let values = inner.members.map(\.value)
      // A text that is a list or an object belongs to one record.
      if columns.isEmpty, values.isEmpty { return nil }
      if let count, count != values.count {
        let name = String(decoding: source.bytes[member.key], as: UTF8.self)
        throw LineCounter.error(
          source, at: member.key.lowerBound,
          "the column \"\(name)\" has \(values.count) values where the first has \(count)",
          "Give every column a value for each record, or write one JSON object a line.")
      }
      count = values.count
      if kind == .object {
        let own = inner.members.map(\.key)
        if columns.isEmpty { keys = own }
        guard zip(keys, own).allSatisfy({ source.bytes[$0] == source.bytes[$1] }) else {
          let name = String(decoding: source.bytes[member.key], as: UTF8.self)
          throw LineCounter.error(
            source, at: member.key.lowerBound,
            "the column \"\(name)\" has other keys than the first, or another order",
            "Give every column the same keys in the same order, or write one JSON object a line.")
        }
      }
      columns.append(Column(key: member.key, values: values))
    }
    self.columns = columns
    self.keys = keys
    contentEnd = scanner.contentEnd
    self.own = own
  }

  /// The record of a row as JSON, and the place of each of its values in the file.
  func document(_ row: Int, in bytes: [UInt8]) -> Document {
    var json: [UInt8] = [UInt8(ascii: "{")]
    var values: [Document.Value] = []
    for (index, column) in columns.enumerated() {
      if index > 0 { json += ", ".utf8 }
      json.append(UInt8(ascii: "\""))
      let start = json.count
      json += bytes[column.key]
      let key = start..<json.count
      json += "\": ".utf8
      let valueStart = json.count
      json += bytes[column.values[row]]
      values.append(
        Document.Value(
          inDocument: valueStart..<json.count, inFile: column.values[row], keyInDocument: key,
          column: index))
    }
    json.append(UInt8(ascii: "}"))
    return Document(json: json, values: values)
  }
}

/// A record that has no JSON text of its own in the file: one that was made of its values, and where these
/// are.
struct Document: Sendable {
  struct Value: Sendable {
    let inDocument: Range<Int>
    let inFile: Range<Int>
    /// The name in the document, without quotes.
    let keyInDocument: Range<Int>
    /// The number of the column, from 0.
    let column: Int
  }

  let json: [UInt8]
  let values: [Value]

  /// The place in the file of an offset into the document: its value's start, or the same place in it where
  /// the value is spelled the same.
  func place(of offset: Int) -> Int {
    for value in values where offset < value.inDocument.upperBound {
      let within = offset - value.inDocument.lowerBound
      let isSame = value.inFile.count == value.inDocument.count
      return value.inFile.lowerBound + (isSame ? max(0, within) : 0)
    }
    return values.first?.inFile.lowerBound ?? 0
  }

  /// The value that a range of the document is.
  func value(at range: Range<Int>?) -> Value? {
    guard let range else { return nil }
    return values.first { $0.inDocument == range }
  }

  /// The place in the file of a range of the document, which must be spelled the same there.
  func range(at range: Range<Int>?) -> Range<Int>? {
    guard let range, let value = value(around: range) else { return nil }
    let start = value.inFile.lowerBound + range.lowerBound - value.inDocument.lowerBound
    return start..<(start + range.count)
  }

  func range(of member: Member?) -> Range<Int>? { range(at: member?.value) }

  /// The value that a range of the document is, or is a part of.
  func value(around range: Range<Int>?) -> Value? {
    guard let range else { return nil }
    return values.first {
      $0.inDocument.lowerBound <= range.lowerBound && range.upperBound <= $0.inDocument.upperBound
    }
  }
}

extension JSONColumns {
  /// The results of an earlier run, one for each record; nil where there are none.
  ///
  /// - Complexity: linear in the bytes of all results.
  func ownResults(in bytes: Span<UInt8>) -> [Member]? {
    guard let own else { return nil }
    var scanner = LineScanner()
    guard (try? scanner.scanValue(bytes, from: own.value.lowerBound)) != nil else { return nil }
    return scanner.members
  }
}
