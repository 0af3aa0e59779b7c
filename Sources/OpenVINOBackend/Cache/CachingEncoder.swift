package import ModelInterfaces
package import Foundation
import Vectors

/// An encoder that keeps its vectors on disk, by the digest of the encoder's identity and the text. A
/// second run over the same texts encodes nothing.
///
/// Where the cache cannot be read or written, the texts are encoded again; that is never an error.
package struct CachingEncoder: Encoder {
  /// The most texts per segment, and so the most that a crash can lose.
  static let textsPerSegment = 65_536

  private let encoder: any Encoder
  private let cache: EmbeddingCache

  /// - Parameters:
  ///   - directory: the cache's folder; made where it is missing.
  ///   - byteLimit: the most bytes of all caches in the folder together.
  package init(
    wrapping encoder: any Encoder, directory: URL,
    byteLimit: Int = EmbeddingCache.defaultByteLimit
  ) {
    self.encoder = encoder
    cache = EmbeddingCache(
      directory: directory, identity: encoder.identity, dimension: encoder.dimension,
      byteLimit: byteLimit)
  }

  package var dimension: Int { encoder.dimension }
  package var identity: String { encoder.identity }

  package func tokenCounts(of texts: [String]) throws -> [TokenCount]? {
    try encoder.tokenCounts(of: texts)
  }

  package func releaseMemory() { encoder.releaseMemory() }

  package func encode(
    _ texts: [String], progress: (@Sendable (Int) -> Void)?
  ) throws -> Encoding {
    var embeddings = Matrix(rows: texts.count, columns: dimension)
    var truncated = [Bool](repeating: false, count: texts.count)
    // Equal texts are encoded once.
    var rowsOfKey: [EmbeddingCache.Key: [Int]] = [:]
    var order: [EmbeddingCache.Key] = []
    for (row, text) in texts.enumerated() {
      let key = cache.key(for: text)
      if rowsOfKey[key] == nil { order.append(key) }
      rowsOfKey[key, default: []].append(row)
    }
    let dimension = dimension
    func place(_ vector: ArraySlice<Float>, _ cut: Bool, _ key: EmbeddingCache.Key) {
      for row in rowsOfKey[key] ?? [] {
        embeddings.storage.replaceSubrange(row * dimension..<(row + 1) * dimension, with: vector)
        truncated[row] = cut
      }
    }
    let known = cache.load(Set(order)) { key, vector, cut in place(vector, cut, key) }
    let missing = order.filter { !known.contains($0) }
    var done = texts.count - missing.reduce(0) { $0 + (rowsOfKey[$1]?.count ?? 0) }
    progress?(done)
    for start in stride(from: 0, to: missing.count, by: Self.textsPerSegment) {
      let keys = Array(missing[start..<min(start + Self.textsPerSegment, missing.count)])
      let before = done
      let report: (@Sendable (Int) -> Void)?
      if let progress {
        report = { progress(before + $0) }
      } else {
        report = nil
      }
      let encoding = try encoder.encode(
        keys.map { texts[rowsOfKey[$0]?[0] ?? 0] }, progress: report)
      for (row, key) in keys.enumerated() {
        place(encoding.embeddings.row(row), encoding.truncated[row], key)
      }
      done += keys.reduce(0) { $0 + (rowsOfKey[$1]?.count ?? 0) }
      progress?(done)
      cache.store(keys, encoding)
    }
    return Encoding(
      embeddings: embeddings, truncated: truncated, encodedCount: missing.count)
  }
}
