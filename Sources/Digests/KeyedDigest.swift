import Crypto
package import Foundation

/// HMAC-SHA-256 (RFC 2104) of bytes that come in pieces: a digest that only somebody who knows the key
/// can compute.
package struct KeyedDigest {
  private var code: HMAC<SHA256>

  /// - Parameter key: secret bytes, 32 of them for the full strength.
  package init(key: [UInt8]) { code = HMAC<SHA256>(key: SymmetricKey(data: key)) }

  /// Adds bytes at the end.
  package mutating func update(_ piece: some DataProtocol) { code.update(data: piece) }

  /// The digest of all bytes so far: 32 bytes.
  package var bytes: [UInt8] { Array(code.finalize()) }
}
