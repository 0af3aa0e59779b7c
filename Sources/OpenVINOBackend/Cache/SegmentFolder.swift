import Digests
import Foundation
import ModelCatalogue

/// The files in which caches keep their rows, called segments: one folder per origin under a common root.
///
/// A segment is written whole under another name and then renamed, so that readers and other writers
/// never see a part of one. When all segments under the root take more bytes than the limit, those that
/// were used longest ago are removed first, whichever cache they belong to. The cache alone knows what is
/// in a segment and how to recognise an incomplete one.
///
/// The caches have files of their own and do not use SQLite, which emend uses for the ledger of a watched
/// folder, for four reasons:
///
/// - A row is written once and never updated; several segments are at most merged into one. So there is
///   nothing that needs a transaction.
/// - Many processes share the folder without locks: each writes segments of its own, under random names.
/// - A segment that a power cut left incomplete, or that anybody changed who has not the user's secret key,
///   does not match its keyed digest. The cache ignores it and loses only its rows, which can be computed
///   again.
/// - `EmbeddingCache` maps the vectors into memory and copies only those that are asked for.
struct SegmentFolder: Sendable {
  struct Segment {
    let url: URL
    let used: Date
    let bytes: Int
  }

  private let root: URL
  let directory: URL
  private let byteLimit: Int
  private let owner: CacheFolder

  /// - Parameters:
  ///   - root: the folder that all caches share.
  ///   - identity: names the origin of the rows, such as a model; each origin has a folder of its own.
  ///   - byteLimit: the most bytes of all segments under `root`.
  init(root: URL, identity: String, byteLimit: Int) {
    let name = Digest.hexadecimal(of: Array(identity.utf8)).prefix(16)
    self.root = root
    owner = CacheFolder(directory: root)
    directory = root.appending(path: String(name))
    self.byteLimit = byteLimit
  }

  /// A running digest of an identity, to be continued with a request. Keys made from it differ between
  /// origins.
  static func seed(_ identity: String) -> RunningDigest {
    var seed = RunningDigest()
    seed.update(Array(identity.utf8) + [0])
    return seed
  }

  /// The key of the keyed digests of segments; nil where there is none yet and none can be made.
  /// - Parameter isMade: whether to make the key where it is missing.
  func key(isMade: Bool) -> [UInt8]? { owner.key(isMade: isMade) }

  /// The keyed digest of several pieces, one after the other.
  static func code(_ key: [UInt8], _ pieces: Data...) -> [UInt8] {
    var digest = KeyedDigest(key: key)
    for piece in pieces { digest.update(piece) }
    return digest.bytes
  }

  /// The segments of this origin, those used longest ago first.
  func segments() -> [Segment] { segments(in: directory) }

  /// Publishes a segment, and removes old ones where all together take more bytes than the limit. On
  /// failure the cache stays as it was.
  /// - Returns: the new segment; nil on failure.
  @discardableResult
  func publish(_ data: Data) -> URL? {
    let name = UUID().uuidString
    let draft = directory.appending(path: ".\(name).draft")
    let place = directory.appending(path: "\(name).segment")
    let files = FileManager.default
    do {
      try files.createDirectory(at: directory, withIntermediateDirectories: true)
      try data.write(to: draft)
      try files.moveItem(at: draft, to: place)
    } catch {
      try? files.removeItem(at: draft)
      return nil
    }
    trim()
    return place
  }

  /// Notes in the file's modification date that a segment was used now; `trim` removes the segments used
  /// longest ago first. A failure is ignored: the segment may then be removed earlier.
  func markUsed(_ segment: URL) {
    try? FileManager.default.setAttributes(
      [.modificationDate: Date()], ofItemAtPath: segment.path)
  }

  private func segments(in folder: URL) -> [Segment] {
    let files = FileManager.default
    let names = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".segment") }.compactMap { name in
      let url = folder.appending(path: name)
      guard let attributes = try? files.attributesOfItem(atPath: url.path),
        attributes[.type] as? FileAttributeType == .typeRegular,
        let used = attributes[.modificationDate] as? Date, let bytes = attributes[.size] as? Int
      else { return nil }
      return Segment(url: url, used: used, bytes: bytes)
    }.sorted { ($0.used, $0.url.path) < ($1.used, $1.url.path) }
  }

  /// Removes drafts that are more than an hour old. A process that was killed left them: a running one
  /// publishes its draft within seconds.
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

  /// Removes segments of all origins, those used longest ago first, until the rest is within the limit.
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
