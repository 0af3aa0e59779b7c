import Foundation

/// Bytes on standard output, all of them or an error.
enum StandardOutput {
  static func write(_ bytes: [UInt8]) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch {
      throw Failure("standard output: \(error.localizedDescription); its reader is gone or full")
    }
  }
}
