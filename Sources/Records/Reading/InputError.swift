/// Why a file as a whole could not be used: what is wrong, where, and what to do about it.
package struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file as the user named it; `-` for standard input.
  package let file: String
  /// The line, from 1, where one is to blame.
  package let line: Int?
  /// The offset in bytes, from 0: into the decompressed text, or into the compressed file where
  /// decompression itself failed.
  package let byte: Int?
  package let reason: String
  package let remedy: String

  package init(file: String, line: Int? = nil, byte: Int? = nil, reason: String, remedy: String) {
    self.file = file
    self.line = line
    self.byte = byte
    self.reason = reason
    self.remedy = remedy
  }

  package var description: String { "\(finding). \(remedy)" }

  /// Where and what, without the remedy.
  package var finding: String {
    var place = file
    if let line { place += ":\(line)" }
    if let byte { place += ": byte \(byte)" }
    return "\(place): \(reason)"
  }
}

/// Why one line cannot be used, before its place in the file is known.
struct Fault: Error, Equatable {
  /// Bytes from the start of the line, from 0.
  var offset: Int
  var reason: String
  var remedy: String

  /// The same fault, seen from `bytes` further left.
  func moved(by bytes: Int) -> Fault {
    Fault(offset: offset + bytes, reason: reason, remedy: remedy)
  }
}

/// A line that could not be used. It is in `NAME.rejected.jsonl` and not in `NAME.jsonl`.
package struct Rejection: Sendable, Equatable {
  /// The line's number in the file, from 1.
  package let line: Int
  /// Where in the decompressed file the trouble is, in bytes from 0.
  package let byte: Int
  /// Where in the line the trouble is, in bytes from 1.
  package let column: Int
  package let reason: String
  package let remedy: String

  package init(line: Int, byte: Int, column: Int, reason: String, remedy: String) {
    self.line = line
    self.byte = byte
    self.column = column
    self.reason = reason
    self.remedy = remedy
  }

  /// `FILE:LINE:COLUMN: reason. remedy`, which editors can jump to.
  package func described(in file: String) -> String {
    "\(file):\(line):\(column): \(reason). \(remedy)"
  }
}
