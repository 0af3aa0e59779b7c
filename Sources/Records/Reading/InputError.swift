package import Assessments

/// Why a whole file could not be used: what is wrong, where, and what to do about it.
package struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file as the user named it; `-` for standard input.
  package let file: String
  /// The line with the fault, from 1; nil where it lies in no single line.
  package let line: Int?
  /// The offset of the fault in bytes, from 0: into the decompressed text, or into the compressed file
  /// where decompression failed.
  package let byte: Int?
  package let reason: String
  package let remedy: String
  package let code: FindingCode
  /// What else was found in the file.
  package var otherFindings: [Finding] = []

  package init(
    file: String, line: Int? = nil, byte: Int? = nil, reason: String, remedy: String,
    code: FindingCode = .unusableFile
  ) {
    self.code = code
    self.file = file
    self.line = line
    self.byte = byte
    self.reason = reason
    self.remedy = remedy
  }

  package var description: String { "\(finding). \(remedy)" }

  /// The place and the reason, without the remedy.
  package var finding: String {
    var place = file
    if let line { place += ":\(line)" }
    if let byte { place += ": byte \(byte)" }
    return "\(place): \(reason)"
  }
}

/// Why one line cannot be used, before its place in the file is known.
struct Fault: Error, Equatable {
  /// The offset from the start of the line in bytes, from 0.
  var offset: Int
  var reason: String
  var remedy: String
  /// The finding by which the file is refused where most lines have this fault; nil where there is none.
  var code: FindingCode?

  /// The same fault with an offset that is `bytes` higher, for a text that starts so much earlier.
  func moved(by bytes: Int) -> Fault {
    Fault(offset: offset + bytes, reason: reason, remedy: remedy, code: code)
  }
}

/// A line that could not be used. It is written to `NAME.rejected.jsonl` and not to `NAME.jsonl`.
package struct Rejection: Sendable, Equatable {
  /// The line's number in the file, from 1.
  package let line: Int
  /// The place of the fault in the decompressed file, in bytes from 0.
  package let byte: Int
  /// The place of the fault in the line, in bytes from 1.
  package let column: Int
  package let reason: String
  package let remedy: String
  /// The record's number in the file, from 1, where its line does not tell its place; else nil. Blank lines of
  /// a table count.
  package let record: Int?
  /// The finding by which the file is refused where most lines have this fault; nil where there is none.
  let code: FindingCode?

  package init(
    line: Int, byte: Int, column: Int, reason: String, remedy: String, record: Int? = nil,
    code: FindingCode? = nil
  ) {
    self.code = code
    self.line = line
    self.byte = byte
    self.column = column
    self.reason = reason
    self.remedy = remedy
    self.record = record
  }

  /// `FILE:LINE:COLUMN: reason. remedy`, a form by which editors find the place.
  package func described(in file: String) -> String {
    "\(file):\(line):\(column): \(reason). \(remedy)"
  }
}
