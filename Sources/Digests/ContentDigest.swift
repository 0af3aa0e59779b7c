/// The SHA-256 digest of a list of texts. It identifies the list and gives lists a stable order.
package struct ContentDigest: Sendable, Hashable, Comparable {
  private let bytes: [UInt8]

  /// Digests each text with its length in bytes before it, so that different lists never have the same
  /// bytes.
  package init(_ texts: [String]) {
    var digest = RunningDigest()
    for text in texts {
      digest.update(Array("\(text.utf8.count):".utf8))
      digest.update(Array(text.utf8))
    }
    bytes = digest.bytes
  }

  /// Lower-case hexadecimal.
  package var hexadecimal: String { String(hexadecimal: bytes) }

  package static func < (left: Self, right: Self) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
