import OpenVINOBackend
import Vectors

extension Kernel {
  /// What is done beside OpenVINO's products, which search up to 50,000 records.
  static let neighbourCandidates = Kernel(
    "neighbour-candidates", "50 neighbours of 1,024 rows, chosen from three blocks of products"
  ) {
    let rows = MadeInput.vectors(1_024, columns: 64)
    let halves = [0..<512, 512..<1_024]
    let blocks = [(halves[0], halves[0]), (halves[0], halves[1]), (halves[1], halves[1])].map {
      left, right in
      var scores = [Float](repeating: 0, count: left.count * right.count)
      multiply(
        Array(rows.storage[left.lowerBound * 64..<left.upperBound * 64]),
        by: Array(rows.storage[right.lowerBound * 64..<right.upperBound * 64]), columns: 64,
        into: &scores)
      return (left, right, scores)
    }
    return {
      let candidates = Candidates(rows: rows.rows, k: 50, margin: 1e-5)
      for (left, right, scores) in blocks {
        scores.withUnsafeBufferPointer { candidates.take($0, left: left, right: right) }
      }
      var count = 0.0
      for row in 0..<rows.rows { candidates.forEach(of: row) { _ in count += 1 } }
      return count
    }
  }
}
