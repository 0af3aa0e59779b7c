import Foundation

/// For every row, the other rows that may still be among its `k` nearest: all whose approximate score is
/// at most `margin` below the k-th best seen so far.
///
/// A thread must hold the lock of a row's block while it writes the row's candidates (see `BlockLocks`).
package final class Candidates: @unchecked Sendable {
  private let k: Int
  private let margin: Float
  private let capacity: Int
  private let scores: UnsafeMutablePointer<Float>
  private let indices: UnsafeMutablePointer<Int32>
  private let counts: UnsafeMutablePointer<Int32>
  /// The least score that makes a candidate of each row; +∞ for rows with more candidates than fit.
  private let thresholds: UnsafeMutablePointer<Float>

  package init(rows: Int, k: Int, margin: Float) {
    self.k = k
    self.margin = margin
    // Room for k neighbours, as many near ties, and 32 more so that lists are not pruned too often.
    capacity = 2 * k + 32
    scores = .allocate(capacity: rows * capacity)
    indices = .allocate(capacity: rows * capacity)
    counts = .allocate(capacity: rows)
    counts.initialize(repeating: 0, count: rows)
    // Eight spare entries, since `take` loads eight thresholds at a time.
    thresholds = .allocate(capacity: rows + 8)
    thresholds.initialize(repeating: -.infinity, count: rows + 8)
  }

  deinit {
    scores.deallocate()
    indices.deallocate()
    counts.deallocate()
    thresholds.deallocate()
  }

  /// Whether a row had more candidates than its list can hold, so that they were dropped.
  func hasOverflowed(_ row: Int) -> Bool { thresholds[row] == .infinity }

  /// Calls `body` with every candidate of a row.
  package func forEach(of row: Int, _ body: (Int32) -> Void) {
    for slot in row * capacity..<row * capacity + Int(counts[row])
    where scores[slot] >= thresholds[row] {
      body(indices[slot])
    }
  }

  /// Adds the candidates in a block of scores, `left × right`, to the rows of both sides.
  package func take(_ block: UnsafeBufferPointer<Float>, left: Range<Int>, right: Range<Int>) {
    guard let base = block.baseAddress else { return }
    let diagonal = left == right
    let width = right.count
    let wide = width / 8 * 8
    for row in left {
      let line = base + (row - left.lowerBound) * width
      let bytes = UnsafeRawPointer(line)
      let columnBytes = UnsafeRawPointer(thresholds + right.lowerBound)
      var own = SIMD8<Float>(repeating: thresholds[row])
      var offset = 0
      while offset < wide {
        let place = offset * MemoryLayout<Float>.size
        let values = bytes.loadUnaligned(fromByteOffset: place, as: SIMD8<Float>.self)
        var limits = own
        if !diagonal {
          let theirs = columnBytes.loadUnaligned(fromByteOffset: place, as: SIMD8<Float>.self)
          limits = limits.replacing(with: theirs, where: theirs .< limits)
        }
        if any(values .>= limits) {
          for lane in offset..<offset + 8 {
            offer(line[lane], row, right.lowerBound + lane, diagonal)
          }
          own = SIMD8<Float>(repeating: thresholds[row])
        }
        offset += 8
      }
      for lane in wide..<width { offer(line[lane], row, right.lowerBound + lane, diagonal) }
    }
  }

  private func offer(_ score: Float, _ row: Int, _ other: Int, _ diagonal: Bool) {
    if diagonal && row == other { return }
    if score >= thresholds[row] { add(score, Int32(other), to: row) }
    // A block on the diagonal holds every pair twice, once in each order.
    if !diagonal, score >= thresholds[other] { add(score, Int32(row), to: other) }
  }

  private func add(_ score: Float, _ other: Int32, to row: Int) {
    let start = row * capacity
    scores[start + Int(counts[row])] = score
    indices[start + Int(counts[row])] = other
    counts[row] += 1
    if Int(counts[row]) == capacity { prune(row) }
  }

  /// Drops the candidates that can no longer be among the nearest.
  private func prune(_ row: Int) {
    let start = row * capacity
    let threshold = kthLargest(scores + start, count: capacity) - margin
    var kept = 0
    for slot in 0..<capacity where scores[start + slot] >= threshold {
      scores[start + kept] = scores[start + slot]
      indices[start + kept] = indices[start + slot]
      kept += 1
    }
    // A list that stays nearly full would be pruned again and again. Such a row is compared with every
    // other row later instead.
    let isCrowded = kept > capacity - 8
    counts[row] = isCrowded ? 0 : Int32(kept)
    thresholds[row] = isCrowded ? .infinity : threshold
  }

  /// The k-th largest of a few scores, found by quickselect on a copy.
  private func kthLargest(_ values: UnsafeMutablePointer<Float>, count: Int) -> Float {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { copy in
      _ = copy.initialize(fromContentsOf: UnsafeBufferPointer(start: values, count: count))
      var low = 0
      var high = count - 1
      while low < high {
        let pivot = copy[(low + high) / 2]
        var left = low
        var right = high
        while left <= right {
          while copy[left] > pivot { left += 1 }
          while copy[right] < pivot { right -= 1 }
          if left <= right {
            copy.swapAt(left, right)
            left += 1
            right -= 1
          }
        }
        if k - 1 <= right {
          high = right
        } else if k - 1 >= left {
          low = left
        } else {
          break
        }
      }
      return copy[k - 1]
    }
  }
}

/// One lock per block of rows.
final class BlockLocks: Sendable {
  private let locks: [NSLock]

  init(count: Int) { locks = (0..<count).map { _ in NSLock() } }

  /// Runs `body` while it holds the locks of two blocks, which may be the same. It always takes the lock
  /// of the lower block first, so that threads cannot wait for each other.
  func withBoth(_ first: Int, _ second: Int, _ body: () -> Void) {
    let low = min(first, second)
    let high = max(first, second)
    locks[low].lock()
    if high != low { locks[high].lock() }
    body()
    if high != low { locks[high].unlock() }
    locks[low].unlock()
  }
}
