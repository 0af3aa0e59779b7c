/// Rows grouped by their bytes.
///
/// A search then needs to look at each distinct vector only once, so thousands of copies of a row
/// cost hardly any time.
package struct DistinctRows: Sendable {
  /// Every different row once, ordered by its first appearance.
  package let vectors: Matrix
  /// The distinct row of every original row.
  package let groupOfRow: [Int32]
  /// The original rows of every distinct row, ascending.
  package let members: [[Int32]]

  /// - Complexity: O(rows × columns).
  package init(_ matrix: Matrix) {
    var groups: [UInt64: [Int32]] = [:]
    var groupOfRow: [Int32] = []
    var firstRows: [Int] = []
    var members: [[Int32]] = []
    groupOfRow.reserveCapacity(matrix.rows)
    matrix.storage.withUnsafeBufferPointer { numbers in
      for row in 0..<matrix.rows {
        let start = row * matrix.columns
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for offset in start..<start + matrix.columns {
          hash = (hash ^ UInt64(numbers[offset].bitPattern)) &* 0x9e37_79b9_7f4a_7c15
          hash ^= hash >> 32
        }
        let known = groups[hash]?.first { group in
          let other = firstRows[Int(group)] * matrix.columns
          return (0..<matrix.columns).allSatisfy {
            numbers[start + $0].bitPattern == numbers[other + $0].bitPattern
          }
        }
        if let known {
          groupOfRow.append(known)
          members[Int(known)].append(Int32(row))
        } else {
          let group = Int32(firstRows.count)
          groups[hash, default: []].append(group)
          groupOfRow.append(group)
          firstRows.append(row)
          members.append([Int32(row)])
        }
      }
    }
    self.groupOfRow = groupOfRow
    self.members = members
    if firstRows.count == matrix.rows {
      vectors = matrix
    } else {
      var storage: [Float] = []
      storage.reserveCapacity(firstRows.count * matrix.columns)
      for row in firstRows { storage += matrix.row(row) }
      vectors = Matrix(rows: firstRows.count, columns: matrix.columns, storage: storage)
    }
  }

  /// The graph over all rows, made from the graph over the distinct rows.
  ///
  /// - Parameters:
  ///   - graph: has at least `min(k, distinct rows − 1)` neighbours per distinct row.
  ///   - k: neighbours per row of the new graph, or all other rows where there are fewer.
  package func expand(_ graph: NeighbourGraph, k: Int) -> NeighbourGraph {
    guard members.count < groupOfRow.count else { return graph.truncated(to: k) }
    let count = groupOfRow.count
    let limit = max(0, min(k, count - 1))
    var indices: [Int32] = []
    var similarities: [Float] = []
    indices.reserveCapacity(count * limit)
    similarities.reserveCapacity(count * limit)
    var best = NearestRows(capacity: limit)
    for row in 0..<count {
      let group = Int(groupOfRow[row])
      best.removeAll()
      let own = vectors.dotProduct(group, group)
      for member in members[group].prefix(limit + 1) where member != Int32(row) {
        best.offer(member, score: own)
      }
      for slot in group * graph.k..<(group + 1) * graph.k {
        for member in members[Int(graph.indices[slot])].prefix(limit) {
          best.offer(member, score: graph.similarities[slot])
        }
      }
      indices += best.indices
      similarities += best.scores
    }
    return NeighbourGraph(count: count, k: limit, indices: indices, similarities: similarities)
  }
}
