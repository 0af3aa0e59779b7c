import AtomicFiles
import Foundation
import Messages
import Pipeline

/// Writes to standard output: at once and completely, or with an error.
enum StandardOutput {
  /// Writes one line, or lines that were put together of escaped ones. Unlike `print` it has no buffer,
  /// whose content an interruption would lose.
  static func say(_ text: String) throws { try write(Array("\(EscapedText.lines(text))\n".utf8)) }

  /// Writes an output, a piece at a time.
  static func write(_ content: any OutputStore) throws {
    guard let store = content as? SpooledStore else { return try write(try content.bytes) }
    var failure: (any Error)?
    try store.spooled.forEachPiece { piece in
      guard failure == nil else { return }
      do { try write(piece) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Writes all bytes.
  ///
  /// - Throws: `Failure` if that is not possible.
  static func write(_ bytes: [UInt8]) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch {
      throw Failure(
        "standard output: \(error.localizedDescription); nobody reads it, or the disk is full")
    }
  }
}
