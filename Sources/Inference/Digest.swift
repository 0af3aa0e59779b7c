import Crypto
package import Foundation

/// SHA-256, as lower-case hexadecimal.
package enum Digest {
  /// The digest of bytes in memory.
  package static func hexadecimal(of data: Data) -> String { text(SHA256.hash(data: data)) }

  /// The digest of a file, read in pieces; nil where it cannot be read.
  package static func hexadecimal(ofFile file: URL) -> String? {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
    defer { try? handle.close() }
    var hasher = SHA256()
    while true {
      // At the end of the file `read` gives nil, which is not an error.
      guard let piece = try? handle.read(upToCount: pieceBytes) ?? Data() else { return nil }
      if piece.isEmpty { return text(hasher.finalize()) }
      hasher.update(data: piece)
    }
  }

  /// Large enough to hide the calls, small enough for any machine.
  private static let pieceBytes = 4 << 20

  private static func text(_ digest: SHA256.Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
