import Concurrency

/// Very many rows, grouped by their bytes: as `DistinctRows`, without a copy of the rows.
struct EqualRows: Sendable {
  /// The first row of each group, ascending.
  let representatives: [Int32]
  /// The representatives of the groups that have a candidate, ascending.
  let candidates: [Int32]
  private let groupOfRow: [Int32]
  /// The candidates of each group, ascending, group by group.
  private let members: ListedRows
  private let isDistinct: Bool

  /// - Complexity: O(rows × columns + rows × log rows).
  init(_ vectors: any VectorRows, candidates: [Int32], threads: Int) {
    let count = vectors.rows
    let hashes = Cells<UInt64>(repeating: 0, count: count)
    let columns = vectors.columns
    Parallel.chunks(of: count, chunk: 256, threads: threads) { range in
      var values: [Float] = []
      vectors.read(range, into: &values)
      for row in range {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let start = (row - range.lowerBound) * columns
        for offset in start..<start + columns {
          hash = (hash ^ UInt64(values[offset].bitPattern)) &* 0x9e37_79b9_7f4a_7c15
          hash ^= hash >> 32
        }
        hashes[row] = hash
      }
    }
    let order = (0..<Int32(count)).sorted {
      (hashes[Int($0)], $0) < (hashes[Int($1)], $1)
    }
    // The representative of each row: the first one of the same bytes.
    var leader = Array(0..<Int32(count))
    var first = 0
    while first < count {
      var end = first + 1
      while end < count, hashes[Int(order[end])] == hashes[Int(order[first])] { end += 1 }
      if end - first > 1 { Self.lead(order[first..<end], of: vectors, &leader) }
      first = end
    }
    var groupOfRow = [Int32](repeating: 0, count: count)
    var representatives: [Int32] = []
    for row in 0..<count {
      if Int(leader[row]) == row {
        groupOfRow[row] = Int32(representatives.count)
        representatives.append(Int32(row))
      } else {
        groupOfRow[row] = groupOfRow[Int(leader[row])]
      }
    }
    members = ListedRows(
      candidates, homes: candidates.map { groupOfRow[Int($0)] }, count: representatives.count)
    isDistinct = representatives.count == count
    let listed = members
    self.candidates =
      isDistinct
      ? candidates
      : representatives.indices.filter { !listed.of($0).isEmpty }.map { representatives[$0] }
    self.groupOfRow = groupOfRow
    self.representatives = representatives
  }

  /// Finds the leaders of rows with one hash, which are nearly always equal.
  private static func lead(
    _ rows: ArraySlice<Int32>, of vectors: any VectorRows, _ leader: inout [Int32]
  ) {
    var known: [(row: Int32, values: [Float])] = []
    var values: [Float] = []
    for row in rows {
      vectors.read([row], into: &values)
      let same = known.first { entry in
        zip(entry.values, values).allSatisfy { $0.bitPattern == $1.bitPattern }
      }
      if let same { leader[Int(row)] = same.row } else { known.append((row, values)) }
    }
  }

  /// The graph over all rows, made from the lists of the representatives.
  func expand(
    _ lists: consuming NearestLists, vectors: any VectorRows, k: Int, threads: Int
  ) throws -> NeighbourGraph {
    let count = groupOfRow.count
    guard !isDistinct else {
      return NeighbourGraph(
        count: count, k: lists.k, indices: lists.indices, similarities: lists.scores)
    }
    let lists = lists
    return try NeighbourGraph.filled(count: count, k: k) { indices, similarities in
      Parallel.chunks(of: count, chunk: 1024, threads: threads) { range in
        var own: [Float] = []
        var best = NearestRows(capacity: k)
        for row in range {
          let group = Int(groupOfRow[row])
          best.removeAll()
          vectors.read([Int32(row)], into: &own)
          if !members.of(group).isEmpty {
            let square = dotProduct(own, own, from: 0)
            for member in members.of(group).prefix(k + 1) where member != Int32(row) {
              best.offer(member, score: square)
            }
          }
          for slot in 0..<lists.k where lists.row(group, slot) >= 0 {
            let similarity = lists.similarity(group, slot)
            // Lists begin with the nearest.
            if best.indices.count == k, let least = best.scores.last, similarity < least { break }
            let near = Int(groupOfRow[Int(lists.row(group, slot))])
            for member in members.of(near).prefix(k) { best.offer(member, score: similarity) }
          }
          if best.indices.count < k { offerAll(of: own, to: &best, vectors, row: row) }
          best.store(row, indices, similarities)
        }
      }
    }
  }

  /// Compares a row with the candidates of all groups, where the lists of few groups leave out one.
  private func offerAll(
    of own: [Float], to best: inout NearestRows, _ vectors: any VectorRows, row: Int
  ) {
    best.removeAll()
    var values: [Float] = []
    vectors.read(candidates[...], into: &values)
    for (place, candidate) in candidates.enumerated() {
      let similarity = dotProduct(own, values, from: place * vectors.columns)
      for member in members.of(Int(groupOfRow[Int(candidate)])).prefix(best.capacity + 1)
      where member != Int32(row) {
        best.offer(member, score: similarity)
      }
    }
  }
}
