import Digests
package import Foundation
import Synchronization

/// Small results that a model gave before, such as scores and replies: byte strings by the SHA-256 of the
/// model's identity and the request.
///
/// A result is written within two seconds (`flushInterval`) or after some hundred results (`flushCount`),
/// together with the others that wait, as one new segment (see `SegmentFolder`). So an interrupted run
/// repeats at most the work of its last two seconds, and several processes can write at once. A process
/// that has written many small segments replaces them by one. A segment that a power cut left incomplete,
/// or that was changed by somebody without the user's key, does not match its keyed digest and is ignored.
/// Where the cache cannot be read or written, results are
/// computed again; that is never an error.
///
/// When the cache is opened, it reads all results of its identity and holds them in memory: about a
/// hundred bytes for a score.
///
/// Layout of `ID/….segment`, little-endian:
/// ```
/// "EMNDRES2"                      magic
/// UInt32 rows
/// 32 bytes                        HMAC-SHA-256 of the 12 bytes before it and everything after it
/// rows × (32 bytes, UInt32, …)    key, length of the value, the value
/// ```
package final class ResultCache: Sendable {
  /// How long a result may stay in memory only, in seconds.
  package static let flushInterval = 2.0
  /// How many results may stay in memory only.
  package static let flushCount = 256
  /// The number of segments at which they are merged into one.
  static let mergeCount = 64

  private typealias Key = EmbeddingCache.Key

  private struct State {
    var values: [Key: (value: Data, segment: URL?)] = [:]
    var pending: [Key] = []
    var isFlushDue = false
    /// Segments that have been marked as used.
    var used: Set<URL> = []
    /// Segments that this process wrote and has not merged yet.
    var own: [(segment: URL, keys: [Key])] = []
  }

  private static let magic = Array("EMNDRES2".utf8)
  private static let headerBytes = 8 + 4 + 32

  private let folder: SegmentFolder
  private let seed: RunningDigest
  private let state = Mutex(State())
  /// Lets only one flush run at a time. It is not the lock of `state`, so look-ups do not wait for the disk.
  private let flushing = Mutex(())

  /// Opens a cache and reads it.
  /// - Parameters:
  ///   - directory: the cache's folder, which all caches share; made where it is missing.
  ///   - identity: everything except the request that can change a result.
  ///   - byteLimit: the most bytes of all caches in the folder together.
  package init(
    directory: URL, identity: String, byteLimit: Int = EmbeddingCache.defaultByteLimit
  ) {
    folder = SegmentFolder(root: directory, identity: identity, byteLimit: byteLimit)
    seed = SegmentFolder.seed(identity)
    var segments: [URL] = []
    var values: [Key: (value: Data, segment: URL?)] = [:]
    let secret = folder.key(isMade: false)
    for segment in secret == nil ? [] : folder.segments() {
      guard let secret, let data = try? Data(contentsOf: segment.url) else { continue }
      segments.append(segment.url)
      for (key, value) in Self.rows(of: data, secret) { values[key] = (value, segment.url) }
    }
    // Only segments that were read are removed. One that could not be read, or that another process adds
    // meanwhile, stays, so no row is lost.
    if segments.count >= Self.mergeCount,
      let merged = publish(values.map { ($0.key, $0.value.value) })
    {
      for segment in segments { try? FileManager.default.removeItem(at: segment) }
      values = values.mapValues { ($0.value, merged) }
    }
    state.withLock { $0.values = values }
  }

  deinit { flush() }

  /// The stored result of a request; nil where there is none.
  package func value(for request: Data) -> Data? {
    let key = key(for: request)
    let (value, fresh) = state.withLock { state -> (Data?, URL?) in
      guard let known = state.values[key] else { return (nil, nil) }
      guard let segment = known.segment, state.used.insert(segment).inserted else {
        return (known.value, nil)
      }
      return (known.value, segment)
    }
    if let fresh { folder.markUsed(fresh) }
    return value
  }

  /// Stores the result of a request, in memory at once and on disk soon after. Where the request has a
  /// result already, the new one replaces it in memory only.
  package func store(_ value: Data, for request: Data) {
    let key = key(for: request)
    let (isFull, mustPlan) = state.withLock { state -> (Bool, Bool) in
      guard state.values.updateValue((value, nil), forKey: key) == nil else {
        return (false, false)
      }
      state.pending.append(key)
      let mustPlan = !state.isFlushDue
      state.isFlushDue = true
      return (state.pending.count >= Self.flushCount, mustPlan)
    }
    if isFull {
      flush()
    } else if mustPlan {
      DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + Self.flushInterval) {
        [weak self] in self?.flush()
      }
    }
  }

  /// Writes the results that are in memory only as one segment.
  package func flush() {
    flushing.withLock { _ in
      let rows = state.withLock { state in
        defer { state.pending = [] }
        state.isFlushDue = false
        return state.pending.compactMap { key in state.values[key].map { (key, $0.value) } }
      }
      guard !rows.isEmpty else { return }
      guard let segment = publish(rows) else {
        // The next flush tries again, for instance when a full disk has room.
        state.withLock { $0.pending = rows.map(\.0) + $0.pending }
        return
      }
      let merging = state.withLock { state -> [(segment: URL, keys: [Key])] in
        state.own.append((segment, rows.map(\.0)))
        return state.own.count >= Self.mergeCount ? state.own : []
      }
      guard !merging.isEmpty else { return }
      let all = state.withLock { state in
        merging.flatMap(\.keys).compactMap { key in state.values[key].map { (key, $0.value) } }
      }
      guard publish(all) != nil else { return }
      for old in merging { try? FileManager.default.removeItem(at: old.segment) }
      state.withLock { $0.own = [] }
    }
  }

  private func key(for request: Data) -> Key {
    var digest = seed
    digest.update(request)
    return Key(bytes: digest.bytes)
  }

  /// Publishes rows as one segment; nil where it cannot be written.
  private func publish(_ rows: [(Key, Data)]) -> URL? {
    folder.key(isMade: true).flatMap { folder.publish(Self.segment(of: rows, $0)) }
  }

  private static func segment(of rows: [(Key, Data)], _ secret: [UInt8]) -> Data {
    var body = Data()
    for (key, value) in rows {
      body.append(contentsOf: key.bytes)
      withUnsafeBytes(of: UInt32(value.count).littleEndian) { body.append(contentsOf: $0) }
      body.append(value)
    }
    var data = Data(capacity: headerBytes + body.count)
    data.append(contentsOf: magic)
    withUnsafeBytes(of: UInt32(rows.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(contentsOf: SegmentFolder.code(secret, data, body))
    data.append(body)
    return data
  }

  /// The rows of an intact segment; none where the data is anything else.
  private static func rows(of data: Data, _ secret: [UInt8]) -> [(Key, Data)] {
    guard data.count >= headerBytes, data.prefix(8).elementsEqual(magic),
      SegmentFolder.code(secret, data[..<12], data[headerBytes...]) == Array(data[12..<44])
    else { return [] }
    func number(_ place: Int) -> Int {
      data.withUnsafeBytes {
        Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
      }
    }
    var rows: [(Key, Data)] = []
    var place = headerBytes
    for _ in 0..<number(8) {
      guard place + 36 <= data.count else { return [] }
      let end = place + 36 + number(place + 32)
      guard end <= data.count else { return [] }
      rows.append((Key(bytes: Array(data[place..<place + 32])), Data(data[place + 36..<end])))
      place = end
    }
    return rows
  }
}
