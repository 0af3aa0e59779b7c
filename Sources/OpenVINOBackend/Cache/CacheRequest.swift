package import Foundation

/// What a `ResultCache` is asked for, as bytes: no two different rows of texts are the same ones.
package struct CacheRequest: Sendable {
  package private(set) var bytes: Data

  /// - Parameter kind: what is asked, with the version of its format.
  package init(_ kind: String) { bytes = Data(kind.utf8) }

  /// Appends a text, with what it is and its length before it.
  package mutating func append(_ text: String, mark: UInt8) {
    bytes.append(mark)
    withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: text.utf8)
  }
}
