import Crypto
package import Foundation
import Vectors

/// Vectors known already, in segment files under one folder per encoder.
///
/// A segment is written whole beside its place and renamed into it, so that readers and other
/// writers never see a part of one; what a power cut tore is told by its digests and ignored. When
/// the folder grows over its limit, the segments used longest ago go first.
///
/// Layout of `ID/….segment`, little-endian:
/// ```
/// "EMNDVEC1"                      magic
/// UInt32 dimension, UInt32 rows
/// 32 bytes                        SHA-256 of the index
/// 32 bytes                        SHA-256 of the vectors
/// rows × 33 bytes                 the index: key, then 1 where the text was cut
/// rows × dimension × Float32      the vectors
/// ```
package struct EmbeddingCache: Sendable {
  /// Two gigabytes: 1.4 million vectors of 384 numbers.
  package static let defaultByteLimit = 2 << 30

  /// SHA-256 of an encoder's identity and a text.
  package struct Key: Hashable, Sendable {
    let bytes: [UInt8]

    package func hash(into hasher: inout Hasher) {
      // Bytes of a digest are as good as hashed.
      bytes.withUnsafeBytes { hasher.combine($0.loadUnaligned(as: UInt64.self)) }
    }
  }

  private static let magic = Array("EMNDVEC1".utf8)
  private static let headerBytes = 8 + 4 + 4 + 32 + 32
  private static let indexRowBytes = 33

  private let root: URL
  private let directory: URL
  private let dimension: Int
  private let byteLimit: Int
  private let seed: SHA256

  package init(directory: URL, identity: String, dimension: Int, byteLimit: Int) {
    let name = Digest.hexadecimal(of: Data(identity.utf8)).prefix(16)
    root = directory
    self.directory = directory.appending(path: String(name))
    self.dimension = dimension
    self.byteLimit = byteLimit
    var seed = SHA256()
    seed.update(data: Data(identity.utf8))
    seed.update(data: Data([0]))
    self.seed = seed
  }

  /// The key of a text.
  package func key(for text: String) -> Key {
    var hasher = seed
    var text = text
    text.withUTF8 { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    return Key(bytes: Array(hasher.finalize()))
  }

  /// Hands every known vector among `wanted` to `body` and tells which were known.
  package func load(
    _ wanted: Set<Key>, _ body: (Key, ArraySlice<Float>, Bool) -> Void
  ) -> Set<Key> {
    var found: Set<Key> = []
    for file in segments(in: directory).reversed() where found.count < wanted.count {
      guard let data = try? Data(contentsOf: file.url, options: .alwaysMapped),
        let rows = rows(of: data)
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
      guard !hits.isEmpty, hash(data, indexEnd..<data.count) == Array(data[48..<80]) else {
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
          body(hit.key, vector[...], hit.cut)
          found.insert(hit.key)
        }
      }
      // The time of the last use decides what goes first; failing to note it harms nothing.
      try? FileManager.default.setAttributes(
        [.modificationDate: Date()], ofItemAtPath: file.url.path)
    }
    return found
  }

  /// Publishes the vectors of a run as one segment. Failure leaves the cache as it was.
  package func store(_ keys: [Key], _ encoding: Encoding) {
    guard !keys.isEmpty else { return }
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
    data.append(contentsOf: SHA256.hash(data: index))
    data.append(contentsOf: SHA256.hash(data: vectors))
    data.append(index)
    data.append(vectors)
    let name = UUID().uuidString
    let draft = directory.appending(path: ".\(name).draft")
    let files = FileManager.default
    do {
      try files.createDirectory(at: directory, withIntermediateDirectories: true)
      try data.write(to: draft)
      try files.moveItem(at: draft, to: directory.appending(path: "\(name).segment"))
    } catch {
      try? files.removeItem(at: draft)
      return
    }
    trim()
  }

  /// The number of rows of an intact segment of this dimension; nil for anything else.
  private func rows(of data: Data) -> Int? {
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
      hash(data, Self.headerBytes..<indexEnd) == Array(data[16..<48])
    else { return nil }
    return rows
  }

  private func hash(_ data: Data, _ range: Range<Int>) -> [UInt8] {
    data.withUnsafeBytes { bytes in
      var hasher = SHA256()
      hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[range]))
      return Array(hasher.finalize())
    }
  }

  private struct Segment {
    let url: URL
    let used: Date
    let bytes: Int
  }

  /// Segments of a folder, longest unused first.
  private func segments(in folder: URL) -> [Segment] {
    let files = FileManager.default
    let names = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".segment") }.compactMap { name in
      let url = folder.appending(path: name)
      guard let attributes = try? files.attributesOfItem(atPath: url.path),
        let used = attributes[.modificationDate] as? Date, let bytes = attributes[.size] as? Int
      else { return nil }
      return Segment(url: url, used: used, bytes: bytes)
    }.sorted { ($0.used, $0.url.path) < ($1.used, $1.url.path) }
  }

  /// Removes segments of all encoders until the whole cache is within its limit.
  /// Drafts that a killed process left; a living one publishes its own within seconds.
  private func removeAbandonedDrafts(in folders: [String]) {
    let files = FileManager.default
    for folder in folders.map({ root.appending(path: $0) }) {
      for name in (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
      where name.hasSuffix(".draft") {
        let draft = folder.appending(path: name)
        let facts = try? files.attributesOfItem(atPath: draft.path)
        guard let changed = facts?[.modificationDate] as? Date,
          changed < Date(timeIntervalSinceNow: -3600)
        else { continue }
        try? files.removeItem(at: draft)
      }
    }
  }

  private func trim() {
    let files = FileManager.default
    let folders = (try? files.contentsOfDirectory(atPath: root.path)) ?? []
    var all = folders.flatMap { segments(in: root.appending(path: $0)) }
    all.sort { ($0.used, $0.url.path) < ($1.used, $1.url.path) }
    var total = all.reduce(0) { $0 + $1.bytes }
    removeAbandonedDrafts(in: folders)
    for segment in all where total > byteLimit {
      try? files.removeItem(at: segment.url)
      total -= segment.bytes
    }
  }
}
