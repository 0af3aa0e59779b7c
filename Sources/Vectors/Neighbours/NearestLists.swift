import Concurrency
import Synchronization

/// The nearest rows of each of many rows. A list may have fewer than `k`.
struct NearestLists: Sendable {
  let k: Int
  /// The row in each slot of each list; −1 where the list has fewer.
  let indices: [Int32]
  let scores: [Float]

  /// Lists that `body` sets, on several threads, each at places of its own.
  init(count: Int, k: Int, _ body: (Writer) -> Void) {
    var indices = [Int32](repeating: -1, count: count * k)
    var scores = [Float](repeating: -.infinity, count: count * k)
    indices.withUnsafeMutableBufferPointer { indexBuffer in
      scores.withUnsafeMutableBufferPointer { scoreBuffer in
        guard let indexBase = indexBuffer.baseAddress, let scoreBase = scoreBuffer.baseAddress
        else { return }
        body(
          Writer(
            count: count, k: k, indices: SharedBuffer(indexBase), scores: SharedBuffer(scoreBase)))
      }
    }
    self.k = k
    self.indices = indices
    self.scores = scores
  }

  init(k: Int, indices: [Int32], scores: [Float]) {
    precondition(indices.count == scores.count)
    self.k = k
    self.indices = indices
    self.scores = scores
  }

  /// Sets lists while they are made.
  struct Writer: Sendable {
    fileprivate let count: Int
    let k: Int
    fileprivate let indices: SharedBuffer<Int32>
    fileprivate let scores: SharedBuffer<Float>

    func set(_ list: NearestRows, at place: Int) {
      precondition(place >= 0 && place < count)
      for (slot, index) in list.indices.prefix(k).enumerated() {
        indices.base[place * k + slot] = index
        scores.base[place * k + slot] = list.scores[slot]
      }
    }
  }

  /// The row in a slot of a list; −1 where the list has fewer.
  func row(_ place: Int, _ slot: Int) -> Int32 { indices[place * k + slot] }

  func similarity(_ place: Int, _ slot: Int) -> Float { scores[place * k + slot] }

  func similarities(of place: Int) -> ArraySlice<Float> { scores[place * k..<(place + 1) * k] }
}

/// Lists that several threads set.
final class Lists: Sendable {
  private let lists: Mutex<[NearestRows]>

  init(count: Int) {
    lists = Mutex([NearestRows](repeating: NearestRows(capacity: 0), count: count))
  }

  func set(_ new: [NearestRows], from start: Int) {
    lists.withLock { $0.replaceSubrange(start..<start + new.count, with: new) }
  }

  var values: [NearestRows] { lists.withLock { $0 } }
}
