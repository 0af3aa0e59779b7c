import Foundation

/// Standard output: all that is written, at once, or an error.
enum StandardOutput {
  /// One line. Unlike `print`, it keeps nothing back that an interruption would lose.
  static func say(_ line: String) throws { try write(Array("\(line)\n".utf8)) }

  static func write(_ bytes: [UInt8]) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch {
      throw Failure("standard output: \(error.localizedDescription); its reader is gone or full")
    }
  }
}
