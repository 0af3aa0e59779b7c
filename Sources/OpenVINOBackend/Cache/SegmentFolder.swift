import Digests
import Foundation

/// Files that caches keep their rows in, in one folder per origin under a common root.
///
/// A segment is written whole beside its place and renamed into it, so that readers and other
/// writers never see a part of one. When everything under the root grows over its limit, the segments
/// used longest ago go first, whichever cache they belong to. What is in a segment, and how a torn one
/// is told, is the business of the cache.
struct SegmentFolder: Sendable {
  struct Segment {
    let url: URL
    let used: Date
    let bytes: Int
  }

  private let root: URL
  let directory: URL
  private let byteLimit: Int

  /// - Parameter identity: names what the rows came from; each has a folder of its own.
  init(root: URL, identity: String, byteLimit: Int) {
    let name = Digest.hexadecimal(of: Array(identity.utf8)).prefix(16)
    self.root = root
    directory = root.appending(path: String(name))
    self.byteLimit = byteLimit
  }

  /// A hash that has begun with an identity, for keys that different origins must not share.
  static func seed(_ identity: String) -> RunningDigest {
    var seed = RunningDigest()
    seed.update(Array(identity.utf8) + [0])
    return seed
  }

  /// SHA-256 of a part of a segment.
  static func hash(_ data: Data, _ range: Range<Int>) -> [UInt8] {
    Digest.bytes(
      of: data[(data.startIndex + range.lowerBound)..<(data.startIndex + range.upperBound)])
  }

  /// Longest unused first.
  func segments() -> [Segment] { segments(in: directory) }

  /// Publishes a segment, and removes old ones where there are too many. Failure leaves the cache as it
  /// was.
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

  /// The time of the last use decides what goes first; failing to note it harms nothing.
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
        let used = attributes[.modificationDate] as? Date, let bytes = attributes[.size] as? Int
      else { return nil }
      return Segment(url: url, used: used, bytes: bytes)
    }.sorted { ($0.used, $0.url.path) < ($1.used, $1.url.path) }
  }

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

  /// Removes segments of all origins until the whole cache is within its limit.
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
