import Concurrency
import Synchronization

/// The middles of lists of similar unit rows, in two levels: a row is compared with the middles of some groups of
/// centroids, and then with the centroids of the nearest groups alone. So finding the nearest of √n times as many
/// centroids takes hardly longer (hierarchical k-means; Nistér and Stewénius, "Scalable recognition with a
/// vocabulary tree", 2006).
///
/// Both levels are found by spherical k-means (Dhillon and Modha, "Concept decompositions for large sparse text data
/// using clustering", 2001). It learns from an evenly spread sample and starts from rows of it, so the same rows
/// always give the same centroids.
struct Centroids: Sendable {
  /// The number of centroids, those of one group after the other.
  let count: Int
  /// The middles of the groups, one unit row each.
  private let groups: Matrix
  /// The centroids of each group, one unit row each.
  private let members: [Matrix]
  /// The number of each group's first centroid.
  private let starts: [Int]

  var groupCount: Int { groups.rows }

  /// In how many groups the nearest centroids are searched, where these are enough.
  static let fewestGroups = 8
  /// So many rows of the sample for each centroid place it well enough; more improve the search hardly.
  private static let rowsPerCentroid = 24
  private static let passes = 5
  private static let chunk = 256

  /// - Parameter count: about how many centroids.
  /// - Complexity: O(passes × rowsPerCentroid × count × √count × columns) where groups are about equally large.
  init(of source: any VectorRows, rows: [Int32], count: Int, threads: Int) {
    let size = min(rows.count, count * Self.rowsPerCentroid)
    let sample = (0..<size).map { rows[$0 * rows.count / size] }
    // A search compares with all groups and with the centroids of a few; here both are equally many.
    let groupCount = min(count, Int(Double(Self.fewestGroups * count).squareRoot()))
    let learned = min(size, groupCount * Self.rowsPerCentroid)
    let groups = Self.means(
      of: source.gathered((0..<learned).map { sample[$0 * size / learned] }), count: groupCount,
      threads: threads)
    let homes = Cells<Int32>(repeating: 0, count: size)
    Parallel.chunks(of: size, chunk: Self.chunk, threads: threads) { range in
      var values: [Float] = []
      source.read(sample[range], into: &values)
      for (place, home) in zip(range, Self.nearest(values, groups)) { homes[place] = home }
    }
    let listed = ListedRows(sample, homes: homes.values, count: groupCount)
    let found = Mutex([Matrix?](repeating: nil, count: groupCount))
    Parallel.chunks(of: groupCount, chunk: 1, threads: threads) { range in
      for group in range {
        let own = listed.of(group)
        let share = (Double(own.count * count) / Double(size)).rounded()
        // A group without rows of the sample keeps its middle.
        let middles =
          own.isEmpty
          ? Matrix(rows: 1, columns: groups.columns, storage: Array(groups.row(group)))
          : Self.means(
            of: source.gathered(Array(own)), count: min(own.count, max(1, Int(share))),
            threads: 1)
        found.withLock { $0[group] = middles }
      }
    }
    let members = found.withLock { $0.compactMap(\.self) }
    var starts = [0]
    for matrix in members { starts.append(starts[starts.count - 1] + matrix.rows) }
    self.groups = groups
    self.members = members
    self.starts = starts
    self.count = starts[groupCount]
  }

  /// The nearest centroid of each of some rows, which lie one after the other.
  private static func nearest(_ values: [Float], _ centroids: Matrix) -> [Int32] {
    let count = centroids.rows
    let rows = values.count / max(centroids.columns, 1)
    var scores = [Float](repeating: 0, count: rows * count)
    multiply(values, by: centroids, into: &scores)
    return (0..<rows).map { row in
      let start = row * count
      var best = start
      for index in start..<start + count where scores[index] > scores[best] { best = index }
      return Int32(best - start)
    }
  }

  /// So many middles of unit rows.
  private static func means(of values: Matrix, count: Int, threads: Int) -> Matrix {
    let size = values.rows
    let columns = values.columns
    var centroids = values.gathered((0..<count).map { Int32($0 * size / count) })
    for _ in 0..<passes {
      let centres = centroids
      let nearest = Cells<Int32>(repeating: 0, count: size)
      Parallel.chunks(of: size, chunk: chunk, threads: threads) { range in
        var block: [Float] = []
        values.read(range, into: &block)
        for (row, home) in zip(range, Self.nearest(block, centres)) { nearest[row] = home }
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
    return centroids
  }

  /// The `limit` nearest centroids of each row, the nearest first; −1 where there are fewer.
  ///
  /// - Parameter breadth: in how many groups they are searched.
  /// - Returns: `numbers.count × limit`.
  /// - Complexity: O(numbers × (groups + breadth × count / groups) × columns).
  func nearest(
    to numbers: [Int32], of source: any VectorRows, limit: Int, breadth: Int, threads: Int
  ) -> Cells<Int32> {
    let found = Cells<Int32>(repeating: -1, count: numbers.count * limit)
    Parallel.chunks(of: numbers.count, chunk: Self.chunk, threads: threads) { range in
      var values: [Float] = []
      source.read(numbers[range], into: &values)
      let own = nearest(to: values, limit: limit, breadth: breadth)
      for (place, centroid) in own.enumerated() {
        found[range.lowerBound * limit + place] = centroid
      }
    }
    return found
  }

  /// The same for rows that lie one after the other. What is found for a row does not depend on the others.
  func nearest(to values: [Float], limit: Int, breadth: Int) -> [Int32] {
    let columns = groups.columns
    let rows = values.count / max(columns, 1)
    var scores = [Float](repeating: 0, count: rows * groupCount)
    multiply(values, by: groups, into: &scores)
    // Which of the rows ask for each group.
    var pairs: [UInt64] = []
    var best = NearestRows(capacity: min(breadth, groupCount))
    for row in 0..<rows {
      best.removeAll()
      best.offerAll(scores, from: row * groupCount, count: groupCount)
      for group in best.indices { pairs.append(UInt64(group) << 32 | UInt64(row)) }
    }
    pairs.sort()
    var lists = [NearestRows](repeating: NearestRows(capacity: min(limit, count)), count: rows)
    var asked: [Float] = []
    var first = 0
    while first < pairs.count {
      let group = Int(pairs[first] >> 32)
      var end = first
      asked.removeAll(keepingCapacity: true)
      while end < pairs.count, pairs[end] >> 32 == group {
        let row = Int(pairs[end] & 0xFFFF_FFFF)
        asked += values[row * columns..<(row + 1) * columns]
        end += 1
      }
      let own = members[group]
      resize(&scores, to: (end - first) * own.rows)
      multiply(asked, by: own, into: &scores)
      for pair in first..<end {
        lists[Int(pairs[pair] & 0xFFFF_FFFF)].offerAll(
          scores, from: (pair - first) * own.rows, count: own.rows, numberedFrom: starts[group])
      }
      first = end
    }
    var found = [Int32](repeating: -1, count: rows * limit)
    for (row, list) in lists.enumerated() {
      for (slot, centroid) in list.indices.enumerated() { found[row * limit + slot] = centroid }
    }
    return found
  }
}

extension NearestRows {
  /// Offers `count` scores, whose rows are numbered from `first` on and above those that were offered before.
  mutating func offerAll(
    _ scores: [Float], from start: Int, count: Int, numberedFrom first: Int = 0
  ) {
    for index in 0..<count {
      let score = scores[start + index]
      // Most scores are too low, so the comparison is repeated here.
      if score > least { offer(Int32(first + index), score: score) }
    }
  }

  /// A score that is not above it changes nothing, provided that rows are offered in ascending order.
  var least: Float { scores.count == capacity ? scores.last ?? .infinity : -.infinity }
}
