import Crypto
import Foundation

/// SHA-256 over a list of texts, by which prompts are named and passages put in order.
struct ContentDigest: Sendable, Hashable, Comparable {
  private let bytes: [UInt8]

  /// Each text goes in with its length, so that no two different lists are the same bytes.
  init(_ texts: [String]) {
    var hasher = SHA256()
    for text in texts {
      hasher.update(data: Array("\(text.utf8.count):".utf8))
      hasher.update(data: Array(text.utf8))
    }
    bytes = Array(hasher.finalize())
  }

  /// Lower-case hexadecimal.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  static func < (left: Self, right: Self) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
