import Crypto
package import Foundation

/// SHA-256 (FIPS 180-4).
package enum Digest {
  /// The digest of bytes in memory, as lower-case hexadecimal.
  package static func hexadecimal(of bytes: some DataProtocol) -> String {
    String(hexadecimal: SHA256.hash(data: bytes))
  }

  /// The digest of bytes in memory: 32 bytes.
  package static func bytes(of bytes: some DataProtocol) -> [UInt8] {
    Array(SHA256.hash(data: bytes))
  }

  /// The digest of a file, read in pieces, as lower-case hexadecimal; nil where it cannot be read.
  package static func hexadecimal(ofFile file: URL) -> String? {
    guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
    defer { try? handle.close() }
    var digest = RunningDigest()
    while true {
      // At the end of the file `read` gives nil, which is not an error.
      guard let piece = try? handle.read(upToCount: pieceBytes) ?? Data() else { return nil }
      if piece.isEmpty { return String(hexadecimal: digest.bytes) }
      digest.update(piece)
    }
  }

  /// Bytes that are read at a time: so many that calls cost little time, and few enough for any
  /// machine's memory.
  private static let pieceBytes = 4 << 20
}

/// The SHA-256 digest of bytes that come in pieces.
package struct RunningDigest: Sendable {
  private var hash = SHA256()

  package init() {}

  /// Adds bytes at the end.
  package mutating func update(_ piece: some DataProtocol) { hash.update(data: piece) }

  /// The digest of all bytes so far: 32 bytes.
  package var bytes: [UInt8] { Array(hash.finalize()) }
}

extension String {
  /// Two lower-case hexadecimal digits for each byte.
  package init(hexadecimal bytes: some Sequence<UInt8>) {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    self.init(decoding: text, as: UTF8.self)
  }
}
