/// How a file holds its records.
///
/// The reader takes records from a container with the ranges of their bytes, and the writer puts results into
/// the same bytes, so every container comes out as it went in.
enum Container: Sendable {
  /// One JSON object a line.
  case lines
  /// Objects in one JSON list, or one after the other.
  case sequence(JSONSequence)
  /// An object with a list or an object of values for each column.
  case columns(JSONColumns)
  /// CSV, TSV and their like.
  case table(Table)
}

/// The kind of a file's container, for messages and for names of results.
package enum ContainerKind: Sendable, Equatable {
  case lines, list, stream, columns
  /// A table whose cells are separated by this byte.
  case table(separator: UInt8)

  package var isTable: Bool { if case .table = self { true } else { false } }

  /// What the container is, in words; nil for JSON lines, which needs no words.
  package var words: String? {
    switch self {
    case .lines: nil
    case .list: "a JSON list of records"
    case .stream: "JSON objects one after the other"
    case .columns: "a JSON object of columns"
    case .table(let separator):
      switch separator {
      case 9: "a table whose cells are separated by tabs"
      case 0x3B: "a table whose cells are separated by semicolons"
      case 0x7C: "a table whose cells are separated by |"
      default: "a table whose cells are separated by commas"
      }
    }
  }
}

extension Container {
  var kind: ContainerKind {
    switch self {
    case .lines: .lines
    case .sequence(let sequence): sequence.isStream ? .stream : .list
    case .columns: .columns
    case .table(let table): .table(separator: table.dialect.separator)
    }
  }

  /// Finds the container of a file by its content.
  ///
  /// Anything that is not surely another container is JSON lines, so that a damaged line is a matter of that
  /// line.
  /// - Throws: where it is surely another container, and damaged.
  init(_ source: Source, options: ReadingOptions) throws(InputError) {
    let bytes = source.bytes
    let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    guard let first = bytes[start...].firstIndex(where: { !isSpace($0) }) else {
      self = .lines
      return
    }
    switch bytes[first] {
    case UInt8(ascii: "["):
      if let sequence = try JSONSequence(list: first, of: source) {
        self = .sequence(sequence)
      } else {
        self = .lines
      }
    case UInt8(ascii: "{"):
      self = try Self.objects(first, of: source, options: options)
    default:
      if let table = try Table(source, from: start) { self = .table(table) } else { self = .lines }
    }
  }

  /// The container of a file that begins with an object.
  private static func objects(
    _ first: Int, of source: Source, options: ReadingOptions
  ) throws(InputError) -> Container {
    let bytes = source.bytes
    let lineEnd = lineEnd(in: bytes, from: first)
    var scanner = LineScanner()
    guard let end = try? scanner.scanValue(bytes.span, from: first) else { return .lines }
    let isLine = end <= lineEnd && !bytes[end..<lineEnd].contains { !isSpace($0) }
    if bytes[end...].contains(where: { !isSpace($0) }) {
      guard !isLine,
        let stream = try JSONSequence(stream: first, of: source, isCertain: end > lineEnd)
      else { return .lines }
      return .sequence(stream)
    }
    // The file is one object, whose members the scanner has.
    if let columns = try JSONColumns(scanner, first, of: source, options: options) {
      return .columns(columns)
    }
    if let list = try JSONSequence(wrapped: scanner, first, of: source, options: options) {
      return .sequence(list)
    }
    if isLine { return .lines }
    return try JSONSequence(stream: first, of: source, isCertain: true).map { .sequence($0) }
      ?? .lines
  }
}

/// Finds lines by the offsets of bytes, for offsets that only grow.
struct LineCounter {
  private let bytes: [UInt8]
  private var at = 0
  /// The number of the line that `at` is in, from 1.
  private(set) var line = 1
  /// The offset at which that line starts.
  private(set) var lineStart = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Moves on to an offset, and returns the number of its line.
  /// - Complexity: linear in the bytes that are passed.
  mutating func move(to offset: Int) -> Int {
    while at < min(offset, bytes.count) {
      if bytes[at] == 10 {
        line += 1
        lineStart = at + 1
      }
      at += 1
    }
    return line
  }

  /// An error at an offset of a file.
  static func error(
    _ source: Source, at offset: Int, _ reason: String, _ remedy: String
  ) -> InputError {
    var counter = LineCounter(source.bytes)
    let line = counter.move(to: offset)
    return InputError(
      file: source.file, line: line, byte: offset, reason: reason, remedy: remedy)
  }
}
