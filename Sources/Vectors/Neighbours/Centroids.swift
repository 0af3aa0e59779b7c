import Concurrency

/// The middles of groups of similar unit rows, found by spherical k-means (Dhillon and Modha, "Concept
/// decompositions for large sparse text data using clustering", 2001).
///
/// It learns from an evenly spread sample and starts from rows of it, so the same rows always give the same
/// centroids.
struct Centroids: Sendable {
  /// One unit row each.
  let vectors: Matrix
  var count: Int { vectors.rows }

  /// So many rows of the sample for each centroid place it well enough; more improve the search hardly.
  private static let rowsPerCentroid = 24
  private static let passes = 5
  private static let chunk = 256

  /// - Complexity: O(passes × rowsPerCentroid × count² × columns).
  init(of source: any VectorRows, rows: [Int32], count: Int, threads: Int) {
    let size = min(rows.count, count * Self.rowsPerCentroid)
    let sample = (0..<size).map { rows[$0 * rows.count / size] }
    let values = source.gathered(sample)
    let columns = source.columns
    var centroids = source.gathered((0..<count).map { sample[$0 * size / count] })
    for _ in 0..<Self.passes {
      let centres = centroids
      let nearest = Cells<Int32>(repeating: 0, count: size)
      Parallel.chunks(of: size, chunk: Self.chunk, threads: threads) { range in
        var scores = [Float](repeating: 0, count: range.count * count)
        values.multiplyRows(range, by: centres, into: &scores)
        for row in range {
          let start = (row - range.lowerBound) * count
          var best = start
          for index in start..<start + count where scores[index] > scores[best] { best = index }
          nearest[row] = Int32(best - start)
        }
      }
      var sums = [Double](repeating: 0, count: count * columns)
      var isEmpty = [Bool](repeating: true, count: count)
      for row in 0..<size {
        let out = Int(nearest[row]) * columns
        isEmpty[Int(nearest[row])] = false
        for column in 0..<columns {
          sums[out + column] += Double(values.storage[row * columns + column])
        }
      }
      var moved = Matrix(rows: count, columns: columns, storage: sums.map(Float.init)).normalised()
      // A centroid to which no row belongs stays where it is.
      for centroid in 0..<count where isEmpty[centroid] {
        for column in 0..<columns { moved[centroid, column] = centroids[centroid, column] }
      }
      centroids = moved
    }
    vectors = centroids
  }

  /// The `limit` nearest centroids of each row, the nearest first; −1 where there are fewer.
  ///
  /// - Returns: `numbers.count × limit`.
  /// - Complexity: O(numbers × count × columns).
  func nearest(
    to numbers: [Int32], of source: any VectorRows, limit: Int, threads: Int
  ) -> Cells<Int32> {
    let found = Cells<Int32>(repeating: -1, count: numbers.count * limit)
    let count = count
    Parallel.chunks(of: numbers.count, chunk: Self.chunk, threads: threads) { range in
      var values: [Float] = []
      source.read(numbers[range], into: &values)
      var scores = [Float](repeating: 0, count: range.count * count)
      multiply(values, by: vectors, into: &scores)
      var best = NearestRows(capacity: min(limit, count))
      for place in range {
        best.removeAll()
        best.offerAll(scores, from: (place - range.lowerBound) * count, count: count)
        for (slot, centroid) in best.indices.enumerated() {
          found[place * limit + slot] = centroid
        }
      }
    }
    return found
  }
}

extension NearestRows {
  /// Offers `count` scores, whose rows are numbered from 0 on.
  mutating func offerAll(_ scores: [Float], from start: Int, count: Int) {
    for index in 0..<count {
      let score = scores[start + index]
      // Most scores are too low, so the comparison is repeated here.
      if score > least { offer(Int32(index), score: score) }
    }
  }

  /// A score that is not above it changes nothing, provided that rows are offered in ascending order.
  var least: Float { scores.count == capacity ? scores.last ?? .infinity : -.infinity }
}
