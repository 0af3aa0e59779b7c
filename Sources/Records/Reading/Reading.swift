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

  /// Something that the user should know and that did not make a line unusable.
  package struct Note: Sendable, Equatable {
    /// The first line that the note is about, from 1.
    package let line: Int
    package let text: String
  }

  package let source: Source
  /// The usable lines, in order.
  package internal(set) var records: [Record] = []
  /// The unusable ones, in order.
  package internal(set) var rejections: [Rejection] = []
  package internal(set) var format = Format()
  /// The number of records of each kind.
  package internal(set) var kinds: [RecordKind: Int] = [:]
  package internal(set) var notes: [Note] = []

  /// What a line is.
  enum LineKind: UInt8 {
    case record, blank, rejected
  }

  /// One line of the file, terminator included, as it was read.
  struct Line {
    var range: Range<Int>
    var kind: LineKind
    /// The index in `undone` of the line as it was before an earlier run; −1 where there was none.
    var undone: Int32 = -1
  }

  var lines: [Line] = []
  /// One per record.
  var splices: [Splice] = []
  /// Lines as they were before any earlier run.
  var undone: [[UInt8]] = []

  init(source: Source) { self.source = source }

  /// The bytes that undoing this run will give: the input without the member `emend` of earlier runs.
  package var restored: [UInt8] {
    var bytes = format.hasByteOrderMark ? byteOrderMark : []
    for line in lines {
      if line.undone >= 0, line.kind == .record {
        bytes += undone[Int(line.undone)]
      } else {
        bytes += source.bytes[line.range]
      }
    }
    return bytes
  }

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
