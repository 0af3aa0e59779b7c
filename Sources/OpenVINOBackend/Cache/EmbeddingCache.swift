import Vectors
package import ModelInterfaces
import Digests
package import Foundation

/// The vectors of texts that were encoded before, in segment files under one folder per encoder.
///
/// Several processes may write at once, each its own segments (see `SegmentFolder`). A segment that a
/// power cut left incomplete, or that was changed by somebody without the user's key, does not match its
/// keyed digests and is ignored. So is a vector that is not of unit length.
///
/// Layout of `ID/….segment`, little-endian:
/// ```
/// "EMNDVEC2"                      magic
/// UInt32 dimension, UInt32 rows
/// 32 bytes                        HMAC-SHA-256 of the 16 bytes before it and the index
/// 32 bytes                        HMAC-SHA-256 of the 32 bytes before it and the vectors
/// rows × 33 bytes                 the index: key, then 1 where the text was cut
/// rows × dimension × Float32      the vectors
/// ```
package struct EmbeddingCache: Sendable {
  /// Two gigabytes, which is room for 1.4 million vectors of 384 numbers.
  package static let defaultByteLimit = 2 << 30

  /// SHA-256 of an encoder's identity and a text.
  package struct Key: Hashable, Sendable {
    let bytes: [UInt8]

    package func hash(into hasher: inout Hasher) {
      // The bytes of a digest are spread evenly already, so eight of them are enough.
      bytes.withUnsafeBytes { hasher.combine($0.loadUnaligned(as: UInt64.self)) }
    }
  }

  private static let magic = Array("EMNDVEC2".utf8)
  private static let headerBytes = 8 + 4 + 4 + 32 + 32
  private static let indexRowBytes = 33

  private let folder: SegmentFolder
  private let dimension: Int
  private let seed: RunningDigest

  package init(directory: URL, identity: String, dimension: Int, byteLimit: Int) {
    folder = SegmentFolder(root: directory, identity: identity, byteLimit: byteLimit)
    self.dimension = dimension
    seed = SegmentFolder.seed(identity)
  }

  /// The key of a text.
  package func key(for text: String) -> Key {
    var digest = seed
    digest.update(Array(text.utf8))
    return Key(bytes: digest.bytes)
  }

  /// Calls `body` with every vector of `wanted` that the cache holds.
  /// - Parameters:
  ///   - wanted: the keys to look for.
  ///   - body: receives the key, the vector, and whether the text was cut.
  /// - Returns: the keys that were found.
  package func load(
    _ wanted: Set<Key>, _ body: (Key, ArraySlice<Float>, Bool) -> Void
  ) -> Set<Key> {
    var found: Set<Key> = []
    guard let secret = folder.key(isMade: false) else { return found }
    for file in folder.segments().reversed() where found.count < wanted.count {
      guard let data = try? Data(contentsOf: file.url, options: .alwaysMapped),
        let rows = rows(of: data, secret)
      else { continue }
      let indexEnd = Self.headerBytes + rows * Self.indexRowBytes
      var hits: [(key: Key, row: Int, cut: Bool)] = []
      data.withUnsafeBytes { bytes in
        for row in 0..<rows {
          let place = Self.headerBytes + row * Self.indexRowBytes
          let key = Key(bytes: Array(bytes[place..<place + 32]))
          if wanted.contains(key), !found.contains(key) {
            hits.append((key, row, bytes[place + 32] == 1))
          }
        }
      }
      guard !hits.isEmpty,
        SegmentFolder.code(secret, data[16..<48], data[indexEnd...]) == Array(data[48..<80])
      else {
        continue
      }
      data.withUnsafeBytes { bytes in
        for hit in hits {
          let place = indexEnd + hit.row * dimension * MemoryLayout<Float>.size
          let vector = [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
              from: UnsafeRawBufferPointer(
                rebasing: bytes[place..<place + dimension * MemoryLayout<Float>.size]))
            count = dimension
          }
          guard Self.isUnit(vector) else { continue }
          body(hit.key, vector[...], hit.cut)
          found.insert(hit.key)
        }
      }
      folder.markUsed(file.url)
    }
    return found
  }

  /// Whether a vector is of unit length, as encoders make them; false where a number is not finite.
  private static func isUnit(_ vector: [Float]) -> Bool {
    let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
    return abs(squares - 1) < unitTolerance
  }

  /// A thousand times what rounding to single precision makes of a unit vector.
  private static let unitTolerance = 1e-3

  /// Publishes the vectors of one encoding as one segment. On failure the cache stays as it was.
  /// - Parameter keys: the keys of the texts, in the order of the encoding's rows.
  package func store(_ keys: [Key], _ encoding: Encoding) {
    guard !keys.isEmpty, let secret = folder.key(isMade: true) else { return }
    var index = Data(capacity: keys.count * Self.indexRowBytes)
    for (row, key) in keys.enumerated() {
      index.append(contentsOf: key.bytes)
      index.append(encoding.truncated[row] ? 1 : 0)
    }
    let vectors = encoding.embeddings.storage.withUnsafeBytes { Data($0) }
    var data = Data(capacity: Self.headerBytes + index.count + vectors.count)
    data.append(contentsOf: Self.magic)
    withUnsafeBytes(of: UInt32(dimension).littleEndian) { data.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(keys.count).littleEndian) { data.append(contentsOf: $0) }
    let indexCode = Data(SegmentFolder.code(secret, data, index))
    data.append(indexCode)
    data.append(contentsOf: SegmentFolder.code(secret, indexCode, vectors))
    data.append(index)
    data.append(vectors)
    folder.publish(data)
  }

  /// The number of rows of an intact segment of this dimension; nil for anything else.
  private func rows(of data: Data, _ secret: [UInt8]) -> Int? {
    guard data.count >= Self.headerBytes, data.prefix(8).elementsEqual(Self.magic) else {
      return nil
    }
    let (columns, rows) = data.withUnsafeBytes { bytes in
      (
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))),
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
      )
    }
    let indexEnd = Self.headerBytes + rows * Self.indexRowBytes
    guard columns == dimension,
      data.count == indexEnd + rows * dimension * MemoryLayout<Float>.size,
      SegmentFolder.code(secret, data[..<16], data[Self.headerBytes..<indexEnd])
        == Array(data[16..<48])
    else { return nil }
    return rows
  }
}
