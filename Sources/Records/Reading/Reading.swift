/// What a file holds: its usable records, its unusable lines, and where each line is cut when it is
/// written back.
package struct Reading: Sendable {
  /// How the file is laid out; all of it is kept when it is written back.
  package struct Format: Sendable, Equatable {
    package var hasByteOrderMark = false
    /// Whether any line ends in CR LF.
    package var hasCarriageReturns = false
    package var endsWithNewline = true
    /// All lines, blank and unusable ones included.
    package var lines = 0
    package var blankLines = 0
    /// Lines that came with the member `emend` of an earlier run, which was taken off.
    package var undoneLines = 0
  }

  /// Something a person should know that stopped nothing.
  package struct Note: Sendable, Equatable {
    /// The first line it is about, from 1.
    package let line: Int
    package let text: String
  }

  package let source: Source
  /// The usable lines, in order.
  package internal(set) var records: [Record] = []
  /// The unusable ones, in order.
  package internal(set) var rejections: [Rejection] = []
  package internal(set) var format = Format()
  /// How many records are of each kind.
  package internal(set) var kinds: [RecordKind: Int] = [:]
  package internal(set) var notes: [Note] = []

  /// What is done with a line.
  enum Fate: UInt8 {
    case record, blank, rejected
  }

  /// One line of the file, terminator included, as it was read.
  struct Line {
    var range: Range<Int>
    var fate: Fate
    /// Which of `undone` stands in for it; −1 where none does.
    var undone: Int32 = -1
  }

  var lines: [Line] = []
  /// One per record.
  var splices: [Splice] = []
  /// Lines as they were before an earlier run.
  var undone: [[UInt8]] = []

  init(source: Source) { self.source = source }

  /// What undoing this run will give: the input, with the member of an earlier run taken off.
  package var restored: [UInt8] {
    var bytes = format.hasByteOrderMark ? byteOrderMark : []
    for line in lines {
      if line.undone >= 0, line.fate == .record {
        bytes += undone[Int(line.undone)]
      } else {
        bytes += source.bytes[line.range]
      }
    }
    return bytes
  }

  /// Why the file cannot be used at all when bad lines are not to be set aside: every one of them
  /// in one message; `nil` where there is none.
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
