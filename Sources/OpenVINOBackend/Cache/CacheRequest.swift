package import Foundation

/// A request to a model, as the bytes by which a `ResultCache` finds its result. Two different lists of
/// texts never have the same bytes.
package struct CacheRequest: Sendable {
  package private(set) var bytes: Data

  /// - Parameter kind: the kind of request, with the version of its format.
  package init(_ kind: String) { bytes = Data(kind.utf8) }

  /// Appends `mark`, the text's length in bytes, and the text.
  /// - Parameter mark: tells which part of the request the text is.
  package mutating func append(_ text: String, mark: UInt8) {
    bytes.append(mark)
    withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: text.utf8)
  }
}
