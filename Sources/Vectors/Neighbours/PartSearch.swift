import Concurrency

/// Some rows of a larger matrix, with their numbers in it.
package struct NumberedRows: Sendable {
  package let vectors: Matrix
  /// Ascending; one for each row of `vectors`.
  package let numbers: [Int32]

  package init(vectors: Matrix, numbers: [Int32]) {
    precondition(numbers.count == vectors.rows, "every row has a number")
    self.vectors = vectors
    self.numbers = numbers
  }

  /// Some such rows behind the others.
  package init(_ parts: [NumberedRows], columns: Int) {
    let numbers = parts.flatMap(\.numbers)
    var storage: [Float] = []
    storage.reserveCapacity(numbers.count * columns)
    for part in parts { storage += part.vectors.storage }
    self.init(
      vectors: Matrix(rows: numbers.count, columns: columns, storage: storage), numbers: numbers)
  }
}

/// The nearest rows of some rows, among a part of all: `k` numbers and similarities each, nearest first, ties by
/// number; −1 fills a list where the part has fewer rows.
package struct NeighbourLists: Sendable, Equatable {
  package let k: Int
  package let indices: [Int32]
  package let similarities: [Float]

  package init(k: Int, indices: [Int32], similarities: [Float]) {
    precondition(indices.count == similarities.count && (k == 0 || indices.count % k == 0))
    self.k = k
    self.indices = indices
    self.similarities = similarities
  }

  /// The lists of the same rows among both parts, which must have no row in common. The lists of several parts,
  /// merged in any order, are those of all parts together.
  package func merged(with other: NeighbourLists) -> NeighbourLists {
    precondition(k == other.k && indices.count == other.indices.count)
    var mergedIndices: [Int32] = []
    var mergedSimilarities: [Float] = []
    mergedIndices.reserveCapacity(indices.count)
    mergedSimilarities.reserveCapacity(indices.count)
    var best = NearestRows(capacity: k)
    for start in stride(from: 0, to: indices.count, by: max(k, 1)) {
      best.removeAll()
      for slot in start..<start + k where indices[slot] >= 0 {
        best.offer(indices[slot], score: similarities[slot])
      }
      for slot in start..<start + k where other.indices[slot] >= 0 {
        best.offer(other.indices[slot], score: other.similarities[slot])
      }
      let missing = k - best.indices.count
      mergedIndices += best.indices + repeatElement(-1, count: missing)
      mergedSimilarities += best.scores + repeatElement(0, count: missing)
    }
    return NeighbourLists(k: k, indices: mergedIndices, similarities: mergedSimilarities)
  }
}

/// Finds the `k` rows of `index` with the largest `dotProduct` with each query, which is left out by its number.
///
/// Fast products, whose sums differ by rounding, propose rows: all that could be among the nearest within the
/// bound of that rounding. These are measured again with `dotProduct`. Where more rows are that near than a list
/// has room for, such as copies of one text, the query is compared with every row. So the lists are those of
/// `ExactNeighbourSearch`, byte for byte, and the number of threads changes none.
///
/// - Complexity: O(queries × index × columns).
package func nearestOfPart(
  of queries: NumberedRows, among index: NumberedRows, k: Int, threads: Int
) -> NeighbourLists {
  precondition(queries.vectors.columns == index.vectors.columns)
  let count = queries.numbers.count
  let columns = index.vectors.columns
  let margin = 2 * roundingBound(queries.vectors, index.vectors)
  let indices = Cells<Int32>(repeating: -1, count: count * k)
  let similarities = Cells<Float>(repeating: 0, count: count * k)
  guard k > 0 else { return NeighbourLists(k: 0, indices: [], similarities: []) }
  Parallel.chunks(of: count, chunk: queriesPerChunk, threads: threads) { range in
    let proposed = proposals(for: queries, range, among: index, capacity: k + spare)
    var best = NearestRows(capacity: k)
    for (query, places) in zip(range, proposed) {
      let values = Array(queries.vectors.row(query))
      let own = queries.numbers[query]
      let least = places.scores.count >= k ? places.scores[k - 1] - margin : -.infinity
      best.removeAll()
      func measure(_ place: Int) {
        best.offer(
          index.numbers[place],
          score: dotProduct(values, index.vectors.storage, from: place * columns))
      }
      if places.least >= least, places.scores.count == places.capacity {
        for place in index.numbers.indices where index.numbers[place] != own { measure(place) }
      } else {
        for (place, score) in zip(places.indices, places.scores) where score >= least {
          measure(Int(place))
        }
      }
      for slot in best.indices.indices {
        indices[query * k + slot] = best.indices[slot]
        similarities[query * k + slot] = best.scores[slot]
      }
    }
  }
  return NeighbourLists(k: k, indices: indices.values, similarities: similarities.values)
}

/// The places in `index` with the largest products, by the queries of a range.
private func proposals(
  for queries: NumberedRows, _ range: Range<Int>, among index: NumberedRows, capacity: Int
) -> [NearestRows] {
  let columns = index.vectors.columns
  var best = [NearestRows](repeating: NearestRows(capacity: capacity), count: range.count)
  var asked: [Float] = []
  var block: [Float] = []
  var scores: [Float] = []
  queries.vectors.read(range, into: &asked)
  for start in stride(from: 0, to: index.numbers.count, by: rowsPerBlock) {
    let places = start..<min(start + rowsPerBlock, index.numbers.count)
    index.vectors.read(places, into: &block)
    resize(&scores, to: range.count * places.count)
    multiply(asked, by: block, columns: columns, into: &scores)
    for query in 0..<range.count {
      let own = queries.numbers[range.lowerBound + query]
      let first = query * places.count
      var worst = best[query].least
      for place in places {
        let score = scores[first + place - start]
        // Most scores are too low, so the comparison is repeated here.
        if score > worst, index.numbers[place] != own {
          best[query].offer(Int32(place), score: score)
          worst = best[query].least
        }
      }
    }
  }
  return best
}

/// The most by which two sums of products of one pair of rows can differ in single precision, for the longest
/// rows: twice γ·|x|·|y| with γ = columns × 2⁻²⁴ (Higham, Accuracy and Stability of Numerical Algorithms, 3.1),
/// and a little more for the second-order part of γ.
package func roundingBound(_ matrices: Matrix...) -> Float {
  var longest: Float = 0
  for matrix in matrices {
    for row in 0..<matrix.rows { longest = max(longest, matrix.dotProduct(row, row)) }
  }
  let columns = matrices.first?.columns ?? 0
  return 2.2 * Float(columns + 2) * 0x1p-24 * longest
}

/// Proposals beyond `k`: near ties of the last neighbour.
private let spare = 32
/// So many that reading the rows takes a small share of the time, and so few that the scores of a block stay in a
/// core's cache.
private let queriesPerChunk = 256
private let rowsPerBlock = 512

extension NeighbourGraph {
  /// The first row with a similarity that is not the `dotProduct` of the two rows of `vectors`; nil where all
  /// agree. One neighbour of each row is compared, so a graph of other rows is found out at little cost.
  ///
  /// - Complexity: O(rows × columns).
  package func firstDisagreement(with vectors: any VectorRows) -> Int? {
    guard k > 0 else { return nil }
    var own: [Float] = []
    var others: [Float] = []
    for start in stride(from: 0, to: count, by: rowsPerBlock) {
      let rows = start..<min(start + rowsPerBlock, count)
      let slots = rows.map { $0 * k + $0 % k }
      vectors.read(rows, into: &own)
      vectors.read(slots.map { indices[$0] }[...], into: &others)
      for (place, row) in rows.enumerated() {
        let from = place * vectors.columns
        let values = Array(own[from..<from + vectors.columns])
        let similarity = dotProduct(values, others, from: from)
        guard similarity.bitPattern == similarities[slots[place]].bitPattern else { return row }
      }
    }
    return nil
  }
}
