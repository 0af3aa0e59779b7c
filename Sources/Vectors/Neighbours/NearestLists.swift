import Concurrency
import Synchronization

/// The nearest rows of each of many rows, which several threads fill, each at places of its own. A list
/// may have fewer than `k`.
struct NearestLists: Sendable {
  let k: Int
  private let indices: Cells<Int32>
  private let scores: Cells<Float>

  init(count: Int, k: Int) {
    self.k = k
    indices = Cells(repeating: -1, count: count * k)
    scores = Cells(repeating: -.infinity, count: count * k)
  }

  func set(_ list: NearestRows, at place: Int) {
    for (slot, index) in list.indices.prefix(k).enumerated() {
      indices[place * k + slot] = index
      scores[place * k + slot] = list.scores[slot]
    }
  }

  /// The row in a slot of a list; −1 where the list has fewer.
  func row(_ place: Int, _ slot: Int) -> Int32 { indices[place * k + slot] }

  func similarity(_ place: Int, _ slot: Int) -> Float { scores[place * k + slot] }

  func similarities(of place: Int) -> [Float] { (0..<k).map { similarity(place, $0) } }
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
