package import Assessments

/// The content of a file: its usable records, its unusable lines, and where the writer cuts each line.
package struct Reading: Sendable {
  /// The layout of the file, which is kept when it is written.
  package struct Format: Sendable, Equatable {
    package var hasByteOrderMark = false
    /// Whether any line ends in CR LF.
    package var hasCarriageReturns = false
    package var endsWithNewline = true
    /// All lines, blank and unusable ones included.
    package var lines = 0
    package var blankLines = 0
    /// Lines that had the member `emend` of an earlier run, which was removed.
    package var undoneLines = 0
  }

  package let source: Source
  /// How the file holds its records.
  let container: Container
  package var containerKind: ContainerKind { container.kind }

  /// The ending of the output's name: `.jsonl` for JSON lines; for another container the one that the input
  /// has, so that a table stays a table for other programs.
  package var outputSuffix: String {
    switch container.kind {
    case .lines: ".jsonl"
    case .list, .stream, .columns: source.suffix.isEmpty ? ".json" : source.suffix.lowercased()
    case .table(let separator):
      source.suffix.isEmpty ? (separator == 9 ? ".tsv" : ".csv") : source.suffix.lowercased()
    }
  }
  /// How the file was read.
  package let options: ReadingOptions
  /// What `Record.line` counts.
  package let places: RecordPlaces
  /// The usable lines, in order.
  package internal(set) var records: [Record] = []
  /// The unusable ones, in order.
  package internal(set) var rejections: [Rejection] = []
  package internal(set) var format = Format()
  /// The number of records of each kind.
  package internal(set) var kinds: [RecordKind: Int] = [:]
  /// How the file was read, and what is odd about usable lines.
  package internal(set) var findings: [Finding] = []

  /// What a line is.
  enum LineKind: UInt8 {
    case record, blank, rejected
    /// The first line of a table.
    case header
  }

  /// One part of the file, as it was read: a line with its terminator, or a record where records have no
  /// lines of their own. What stands between two parts belongs to neither.
  struct Line {
    var range: Range<Int>
    var kind: LineKind
    /// The index in `undone` of the line as it was before an earlier run; −1 where there was none.
    var undone: Int32 = -1
  }

  var lines: [Line] = []
  /// One per line of a record.
  var splices: [Splice] = []
  /// For each of these lines the number of its record; empty where every record has one line.
  var recordOfLine: [Int] = []
  /// Lines as they were before any earlier run.
  var undone: [[UInt8]] = []

  /// The columns of a table, from 0, whose cells may be replaced; the first one is the label's.
  var replaceable: [Int] = []

  init(source: Source, container: Container, options: ReadingOptions) {
    self.source = source
    self.container = container
    self.options = options
    places =
      switch container {
      case .lines, .table: .line
      case .sequence(let sequence): sequence.places(in: source.bytes)
      case .columns: .record
      }
  }

  /// The number by which people find a record that cannot be used.
  func place(of rejection: Rejection) -> Int {
    places == .line ? rejection.line : rejection.record ?? rejection.line
  }

  /// Adds a record.
  /// - Parameter undone: the record as it was before any earlier run; nil where there was none.
  mutating func append(_ parsed: ParsedLine, _ range: Range<Int>, undone bytes: [UInt8]?) {
    var entry = Line(range: range, kind: .record)
    if let bytes {
      entry.undone = Int32(undone.count)
      undone.append(bytes)
      format.undoneLines += 1
    }
    lines.append(entry)
    records.append(parsed.record)
    var splice = parsed.splice
    splice.annotationCount = parsed.annotations?.count ?? 0
    splice.hasListAnnotations = parsed.annotations?.hasLists ?? false
    splices.append(splice)
    kinds[parsed.kind, default: 0] += 1
  }

  /// Adds a record that cannot be used.
  mutating func reject(_ range: Range<Int>, _ rejection: Rejection) {
    lines.append(Line(range: range, kind: .rejected))
    rejections.append(rejection)
  }

  /// Whether anything of an earlier run, a table's header included, was taken out.
  package var isRevised: Bool { !undone.isEmpty }

  /// The bytes that undoing this run will give: the input without the member `emend` of earlier runs.
  package var restored: [UInt8] {
    if case .columns = container { return undone.first ?? source.bytes }
    var bytes: [UInt8] = []
    var at = 0
    for line in lines {
      bytes += source.bytes[at..<line.range.lowerBound]
      if line.undone >= 0, line.kind != .rejected {
        bytes += undone[Int(line.undone)]
      } else {
        bytes += source.bytes[line.range]
      }
      at = line.range.upperBound
    }
    return bytes + source.bytes[at...]
  }

  /// The names of the members that lead to the label which a repair may replace, without the items of lists; nil
  /// where no line has such a label. As the first line that has one spells them. Of JSON lines alone.
  package var labelMembers: [String]? {
    guard container.kind == .lines else { return nil }
    var parser = LineParser(options: options)
    var next = 0
    for line in lines where line.kind == .record {
      let splice = splices[next]
      next += 1
      let bytes = line.undone >= 0 ? undone[Int(line.undone)] : Array(source.bytes[line.range])
      guard let label = splice.label, let key = splice.labelKey, bytes[label] != Self.null else {
        continue
      }
      guard (try? parser.scanObject(bytes.span)) != nil else { return nil }
      let name = parser.decoder.string(([0x22] + bytes[key] + [0x22]).span)
      guard let path = splice.labelPath else { return name.map { [$0] } }
      return (try? FieldPath(path))?.members(in: bytes.span, parser.outer, parser.decoder)
    }
    return nil
  }

  private static let null = Array("null".utf8)[...]

  /// The error for a file whose bad lines must not be set aside: it names every bad line in one message.
  /// `nil` where there is none.
  package var failure: InputError? {
    guard let first = rejections.first else { return nil }
    let others = rejections.dropFirst().map {
      "\n\(source.file):\($0.line): byte \($0.byte): \($0.reason). \($0.remedy)"
    }
    return InputError(
      file: source.file, line: first.line, byte: first.byte, reason: first.reason,
      remedy: first.remedy + others.joined())
  }
}
