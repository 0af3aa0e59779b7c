import Concurrency
import Synchronization

/// Finds most of the nearest rows of very many rows, by comparing each row only with those in the groups
/// that are nearest to it (inverted lists; Jégou, Douze and Schmid, "Product quantization for nearest
/// neighbor search", 2011, section IV).
///
/// Up to `largestExact` rows the exact search does the work. Above, the rows are divided among about 2·√n
/// centroids, each with the list of its rows, and a row is compared with the lists of its nearest centroids.
/// How many lists are needed is measured on a sample of rows that are compared with all others, and what
/// share of the true neighbours the result has on another such sample. Where that is below `leastRecall`, or
/// half of the work of an exact search would be needed, the exact search does the work.
///
/// Similarities and order are those of `NeighbourSearch`. There is no random choice, and threads write to
/// places of their own, so the number of threads changes no bit.
///
/// - Complexity: O(n √n columns) for the centroids; O(n · lists · √n · columns / 2) for the search.
package struct InvertedListSearch: NeighbourSearch {
  /// Up to so many rows the exact search is used: it takes seconds, and misses nothing.
  package static let largestExact = 50_000
  /// The least share of the true neighbours that is good enough.
  package static let leastRecall = 0.98

  /// The number of lists is chosen so that this share of the sample's neighbours is found.
  private static let aimedRecall = 0.987
  /// Rows of each of the two samples.
  private static let sampleSize = 256
  private static let listsPerRoot = 2.0
  /// The largest share of all lists that is searched; with more, the exact search takes hardly longer.
  private static let largestShare = 0.25
  private static let candidatesPerNeighbour = 4
  /// Candidates beyond `k` that are measured again with `dotProduct`.
  private static let spare = 8

  private var exact: any NeighbourSearch
  private var progress: SearchProgress?
  private let threads: Int
  private let largestExact: Int

  /// - Parameters:
  ///   - exact: the search for few rows, and where lists would miss too much.
  ///   - largestExact: rows up to which `exact` is used; tests have less.
  package init(
    orExact exact: any NeighbourSearch, threads: Int, largestExact: Int = Self.largestExact
  ) {
    self.exact = exact
    self.threads = threads
    self.largestExact = largestExact
  }

  package func reporting(_ progress: @escaping SearchProgress) -> any NeighbourSearch {
    var search = self
    search.progress = progress
    search.exact = exact.reporting(progress)
    return search
  }

  package func neighbours(of vectors: any VectorRows, k: Int) throws -> NeighbourGraph {
    guard vectors.rows > largestExact else { return try exact.neighbours(of: vectors, k: k) }
    return try neighbours(
      of: vectors, among: Array(0..<Int32(vectors.rows)), k: k, threads: threads)
  }

  package func neighbours(
    of vectors: any VectorRows, among candidates: [Int32], k: Int, threads: Int
  ) throws -> NeighbourGraph {
    if vectors.rows > largestExact, candidates.count > 4 * k, k > 0,
      let graph = approximate(vectors, candidates, k: k)
    {
      return graph
    }
    return try exact.neighbours(of: vectors, among: candidates, k: k, threads: threads)
  }

  /// The graph by lists; nil where they would miss too much or spare too little.
  private func approximate(
    _ vectors: any VectorRows, _ candidates: [Int32], k: Int
  ) -> NeighbourGraph? {
    let groups = EqualRows(vectors, candidates: candidates, threads: threads)
    let members = groups.candidates
    let listCount = Int(Self.listsPerRoot * Double(members.count).squareRoot())
    guard members.count > 4 * k, listCount < members.count / 4 else { return nil }
    let centroids = Centroids(of: vectors, rows: members, count: listCount, threads: threads)

    let rows = groups.representatives
    let size = min(Self.sampleSize, rows.count / 2)
    // Every second one tells how many lists are needed, and the others what that gives.
    let places = (0..<2 * size).map { $0 * rows.count / (2 * size) }
    let samples = places.map { rows[$0] }
    let truth = exactLists(of: samples, among: members, in: vectors, k: k)
    guard
      let needed = listsNeeded(
        stride(from: 0, to: 2 * size, by: 2).map { (samples[$0], truth[$0]) }, centroids, vectors)
    else { return nil }
    // Enough rows for a list of neighbours, too.
    let reach = max(needed, Self.candidatesPerNeighbour * k * listCount / members.count + 1)

    let probes = centroids.nearest(to: rows, of: vectors, limit: reach, threads: threads)
    let lists = ListedRows(
      members, homes: homes(of: members, rows, probes, reach), count: listCount)
    let found = search(
      vectors, rows: rows, probes: probes, reach: reach, lists: lists, k: k)
    var graph = groups.expand(found, vectors: vectors, k: k, threads: threads)
    var hits = 0
    var total = 0
    for sample in stride(from: 1, to: 2 * size, by: 2) {
      guard let least = truth[sample].scores.last else { continue }
      total += truth[sample].scores.count
      hits += found.similarities(of: places[sample]).count { $0 >= least }
    }
    let recall = total > 0 ? Double(min(hits, total)) / Double(total) : 1
    guard recall >= Self.leastRecall else { return nil }
    graph.recall = recall
    return graph
  }

  // MARK: - Samples

  /// The true nearest candidates of some rows, themselves left out.
  private func exactLists(
    of samples: [Int32], among members: [Int32], in vectors: any VectorRows, k: Int
  ) -> [NearestRows] {
    let queries = vectors.gathered(samples)
    let block = 512
    let width = k + Self.spare
    // One part of the candidates after the other, all samples in parallel.
    let blocks = (members.count + block - 1) / block
    let parts = min(blocks, 64)
    let partial = Lists(count: parts * samples.count)
    Parallel.chunks(of: parts, chunk: 1, threads: threads) { range in
      for part in range {
        var best = samples.map { _ in NearestRows(capacity: width) }
        var values: [Float] = []
        for number in part * blocks / parts..<(part + 1) * blocks / parts {
          let places = number * block..<min(members.count, (number + 1) * block)
          vectors.read(members[places], into: &values)
          var scores = [Float](repeating: 0, count: samples.count * places.count)
          multiply(queries.storage, by: values, columns: vectors.columns, into: &scores)
          for sample in samples.indices {
            best[sample].offer(
              members[places], scores: scores, from: sample * places.count,
              except: samples[sample])
          }
        }
        partial.set(best, from: part * samples.count)
      }
    }
    let all = partial.values
    return samples.indices.map { sample in
      var merged = NearestRows(capacity: width)
      for part in 0..<parts {
        let own = all[part * samples.count + sample]
        for (index, score) in zip(own.indices, own.scores) { merged.offer(index, score: score) }
      }
      return remeasured(merged, query: Array(queries.row(sample)), in: vectors, k: k)
    }
  }

  /// The `k` best of a list, measured with `dotProduct`.
  private func remeasured(
    _ list: NearestRows, query: [Float], in vectors: any VectorRows, k: Int
  ) -> NearestRows {
    var values: [Float] = []
    vectors.read(list.indices[...], into: &values)
    var best = NearestRows(capacity: k)
    for (place, index) in list.indices.enumerated() {
      best.offer(index, score: dotProduct(query, values, from: place * vectors.columns))
    }
    return best
  }

  /// In how many lists one has to look for `aimedRecall` of the sample's neighbours; nil where these are too
  /// many.
  private func listsNeeded(
    _ sample: [(row: Int32, nearest: NearestRows)], _ centroids: Centroids,
    _ vectors: any VectorRows
  ) -> Int? {
    let most = max(1, Int(Self.largestShare * Double(centroids.count)))
    let ranked = centroids.nearest(
      to: sample.map(\.row), of: vectors, limit: most, threads: threads)
    let wanted = sample.flatMap(\.nearest.indices)
    let homes = centroids.nearest(to: wanted, of: vectors, limit: 1, threads: threads)
    var foundAt = [Int](repeating: 0, count: most)
    var next = 0
    for (place, entry) in sample.enumerated() {
      var rank: [Int32: Int] = [:]
      for slot in 0..<most { rank[ranked[place * most + slot]] = slot }
      for _ in entry.nearest.indices {
        if let slot = rank[homes[next]] { foundAt[slot] += 1 }
        next += 1
      }
    }
    var found = 0
    for slot in 0..<most {
      found += foundAt[slot]
      if Double(found) >= Self.aimedRecall * Double(wanted.count) { return slot + 1 }
    }
    return nil
  }

  // MARK: - The search

  private func homes(
    of members: [Int32], _ rows: [Int32], _ probes: Cells<Int32>, _ reach: Int
  ) -> [Int32] {
    // Both ascend, and every member is one of the rows.
    var place = 0
    return members.map { member in
      while rows[place] != member { place += 1 }
      return probes[place * reach]
    }
  }

  /// The nearest of the listed rows of each of `rows`, by place.
  private func search(
    _ vectors: any VectorRows, rows: [Int32], probes: Cells<Int32>, reach: Int,
    lists: ListedRows, k: Int
  ) -> NearestLists {
    let result = NearestLists(count: rows.count, k: k)
    let queries = ListedRows(
      Array(0..<Int32(rows.count)), homes: rows.indices.map { probes[$0 * reach] },
      count: lists.count)
    let spare = Self.spare
    let finished = Atomic(0)
    Parallel.chunks(of: lists.count, chunk: 1, threads: threads) { range in
      var own: [Float] = []
      var others: [Float] = []
      var asked: [Float] = []
      var scores: [Float] = []
      let columns = vectors.columns
      for list in range {
        defer {
          progress?(finished.wrappingAdd(1, ordering: .relaxed).newValue, lists.count)
        }
        let all = queries.of(list)
        for start in stride(from: all.startIndex, to: all.endIndex, by: Self.queriesAtOnce) {
          let places = Array(all[start..<min(start + Self.queriesAtOnce, all.endIndex)])
          let numbers = places.map { rows[Int($0)] }
          vectors.read(numbers[...], into: &own)
          var best = places.map { _ in NearestRows(capacity: k + spare) }
          // Which of the queries ask for each list.
          var pairs: [UInt64] = []
          pairs.reserveCapacity(places.count * reach)
          for (query, place) in places.enumerated() {
            for slot in 0..<reach where probes[Int(place) * reach + slot] >= 0 {
              pairs.append(UInt64(probes[Int(place) * reach + slot]) << 32 | UInt64(query))
            }
          }
          pairs.sort()
          var first = 0
          while first < pairs.count {
            let probe = pairs[first] >> 32
            var end = first
            asked.removeAll(keepingCapacity: true)
            while end < pairs.count, pairs[end] >> 32 == probe {
              let query = Int(pairs[end] & 0xFFFF_FFFF)
              asked += own[query * columns..<(query + 1) * columns]
              end += 1
            }
            let members = lists.of(Int(probe))
            for from in stride(
              from: members.startIndex, to: members.endIndex, by: Self.membersAtOnce)
            {
              let part = members[from..<min(from + Self.membersAtOnce, members.endIndex)]
              vectors.read(part, into: &others)
              resize(&scores, to: (end - first) * part.count)
              multiply(asked, by: others, columns: columns, into: &scores)
              for pair in first..<end {
                let query = Int(pairs[pair] & 0xFFFF_FFFF)
                best[query].offer(
                  part, scores: scores, from: (pair - first) * part.count, except: numbers[query])
              }
            }
            first = end
          }
          for (query, place) in places.enumerated() {
            // Lists can be nearly empty; then the row is compared with all others.
            let list =
              best[query].indices.count >= k
              ? remeasured(
                best[query], query: Array(own[query * columns..<(query + 1) * columns]),
                in: vectors, k: k)
              : exactLists(of: [numbers[query]], among: lists.all, in: vectors, k: k)[0]
            result.set(list, at: Int(place))
          }
        }
      }
    }
    return result
  }

  /// So that a worker's vectors stay small.
  private static let queriesAtOnce = 512
  private static let membersAtOnce = 512
}

/// Numbers of rows by the list that they belong to.
struct ListedRows: Sendable {
  private let starts: [Int]
  private let rows: [Int32]

  /// - Parameters:
  ///   - rows: ascending.
  ///   - homes: the list of each row.
  init(_ rows: [Int32], homes: [Int32], count: Int) {
    var starts = [Int](repeating: 0, count: count + 1)
    for home in homes { starts[Int(home) + 1] += 1 }
    for list in 0..<count { starts[list + 1] += starts[list] }
    var next = starts
    var sorted = [Int32](repeating: 0, count: rows.count)
    for (row, home) in zip(rows, homes) {
      sorted[next[Int(home)]] = row
      next[Int(home)] += 1
    }
    self.starts = starts
    self.rows = sorted
  }

  var count: Int { starts.count - 1 }

  /// The rows of all lists, list by list.
  var all: [Int32] { rows }

  func of(_ list: Int) -> ArraySlice<Int32> { rows[starts[list]..<starts[list + 1]] }
}

extension NearestRows {
  /// Offers rows, ascending, with their scores.
  fileprivate mutating func offer(
    _ rows: ArraySlice<Int32>, scores: [Float], from start: Int, except own: Int32
  ) {
    // Lists come in no order of rows, so a row with an equal score may have a smaller number.
    var worst = least
    for (place, row) in rows.enumerated() {
      let score = scores[start + place]
      if score >= worst, row != own {
        offer(row, score: score)
        worst = least
      }
    }
  }
}
