import Concurrency
import Synchronization

/// Finds most of the nearest rows of very many rows, by comparing each row only with those in the groups
/// that are nearest to it (inverted lists; Jégou, Douze and Schmid, "Product quantization for nearest
/// neighbor search", 2011, section IV).
///
/// Up to `largestExact` different rows the exact search does the work. Above, the rows are divided among the lists
/// of so many centroids that a list has about `rowsPerList` rows, and a row is compared with the lists of its nearest
/// centroids. How many lists are needed is measured on a sample of rows that are compared with all others, and what
/// share of the true neighbours the result has on another such sample. Where that is below `leastRecall`, or
/// half of the work of an exact search would be needed, the exact search does the work.
///
/// Lists do not grow with the file, so the time of a search does not either, but for the few more lists that are
/// needed and for the centroids, which lie in groups (`Centroids`).
///
/// Similarities and order are those of `NeighbourSearch`. There is no random choice, and threads write to
/// places of their own, so the number of threads changes no bit.
///
/// - Complexity: O(n √n columns) for the centroids, with a small factor; O(n · lists · rowsPerList · columns) for
///   the search.
package struct InvertedListSearch: NeighbourSearch {
  /// Up to so many rows the exact search is used: it takes seconds, and misses nothing.
  package static let largestExact = 50_000
  /// The least share of the true neighbours that is good enough.
  package static let leastRecall = 0.98

  /// The number of lists is chosen so that this share of the sample's neighbours is found.
  ///
  /// Of 256 records the share is known to about half a hundredth; with less, the second sample often had less than
  /// `leastRecall`, and all was searched again.
  private static let aimedRecall = 0.99
  /// Rows of each of the two samples.
  private static let sampleSize = 256
  private static let rowsPerList = 128
  /// With fewer rows, lists have fewer, too, so that there are enough of them to choose from.
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
  private let largestInSinglePrecision: Int

  /// - Parameters:
  ///   - exact: the search for few rows, and where lists would miss too much.
  ///   - largestExact: rows up to which `exact` is used; tests have less.
  ///   - largestInSinglePrecision: rows up to which `exact` is used where lists would miss too much; tests have less.
  package init(
    orExact exact: any NeighbourSearch, threads: Int, largestExact: Int = Self.largestExact,
    largestInSinglePrecision: Int = 200_000
  ) {
    self.largestInSinglePrecision = largestInSinglePrecision
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
      let graph = try approximate(vectors, candidates, k: k)
    {
      return graph
    }
    if vectors.rows > largestInSinglePrecision, candidates.count > 4 * k, k > 0 {
      return try exactInBlocks(vectors, candidates, k: k)
    }
    return try exact.neighbours(of: vectors, among: candidates, k: k, threads: threads)
  }

  /// The graph by lists, or by an exact search where few rows differ; nil where lists would miss too much or spare
  /// too little.
  private func approximate(
    _ vectors: any VectorRows, _ candidates: [Int32], k: Int
  ) throws -> NeighbourGraph? {
    let groups = EqualRows(vectors, candidates: candidates, threads: threads)
    let rows = groups.representatives
    let members = groups.candidates
    if rows.count <= largestExact, rows.count < vectors.rows {
      let lists = try exactLists(groups, vectors, k: k)
      return try groups.expand(lists, vectors: vectors, k: k, threads: threads)
    }
    let listCount = max(
      Int(Self.listsPerRoot * Double(members.count).squareRoot()),
      members.count / Self.rowsPerList)
    guard members.count > 4 * k, listCount < members.count / 4 else { return nil }
    let centroids = Centroids(of: vectors, rows: members, count: listCount, threads: threads)

    let size = min(Self.sampleSize, rows.count / 2)
    // Every second one tells how many lists are needed, and the others what that gives.
    let places = (0..<2 * size).map { $0 * rows.count / (2 * size) }
    let samples = places.map { rows[$0] }
    let truth = exactLists(of: samples, among: members, in: vectors, k: k)
    guard
      let needed = listsNeeded(
        stride(from: 0, to: 2 * size, by: 2).map { (samples[$0], truth[$0]) }, centroids, vectors,
        members: members.count)
    else { return nil }
    let breadth = needed.breadth
    // Enough rows for a list of neighbours, too.
    var reach = max(
      needed.lists, Self.candidatesPerNeighbour * k * centroids.count / members.count + 1)
    let most = max(reach, Int(Self.largestShare * Double(centroids.count)))

    let homes = centroids.nearest(
      to: rows, of: vectors, limit: 1, breadth: breadth, threads: threads
    ).values
    let lists = ListedRows(
      members, homes: Self.homes(of: members, among: rows, homes), count: centroids.count)
    while true {
      let found = search(
        vectors, rows: rows, homes: homes, centroids: centroids, reach: reach, breadth: breadth,
        lists: lists, k: k)
      var hits = 0
      var total = 0
      for sample in stride(from: 1, to: 2 * size, by: 2) {
        guard let least = truth[sample].scores.last else { continue }
        total += truth[sample].scores.count
        hits += found.similarities(of: places[sample]).count { $0 >= least }
      }
      let recall = total > 0 ? Double(min(hits, total)) / Double(total) : 1
      if recall >= Self.leastRecall {
        var graph = try groups.expand(consume found, vectors: vectors, k: k, threads: threads)
        graph.recall = recall
        return graph
      }
      // The first half of the samples can promise too much. More lists cost far less than all rows.
      guard reach < most else { return nil }
      reach = min(2 * reach, most)
    }
  }

  /// Compares every row with all candidates, a block of rows at a time, so that it takes no more memory than the
  /// lists do.
  private func exactInBlocks(
    _ vectors: any VectorRows, _ candidates: [Int32], k: Int
  ) throws -> NeighbourGraph {
    let groups = EqualRows(vectors, candidates: candidates, threads: threads)
    let rows = groups.representatives
    let lists = NearestLists(count: rows.count, k: k) { result in
      for start in stride(from: 0, to: rows.count, by: Self.queriesAtOnce) {
        let block = Array(rows[start..<min(start + Self.queriesAtOnce, rows.count)])
        let own = exactLists(of: block, among: groups.candidates, in: vectors, k: k)
        for (place, list) in own.enumerated() { result.set(list, at: start + place) }
        progress?(start + block.count, rows.count)
      }
    }
    return try groups.expand(lists, vectors: vectors, k: k, threads: threads)
  }

  /// The exact lists of the representatives of few groups.
  private func exactLists(
    _ groups: EqualRows, _ vectors: any VectorRows, k: Int
  ) throws -> NearestLists {
    let rows = groups.representatives
    let width = min(k, groups.candidates.count)
    var places = [Int32](repeating: -1, count: vectors.rows)
    for (place, row) in rows.enumerated() { places[Int(row)] = Int32(place) }
    let graph = try exact.neighbours(
      of: vectors.gathered(rows), among: groups.candidates.map { places[Int($0)] }, k: width,
      threads: threads)
    return NearestLists(
      k: graph.k, indices: graph.indices.map { rows[Int($0)] }, scores: graph.similarities)
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

  /// In how many lists one has to look for `aimedRecall` of the sample's neighbours, and in how many groups for these
  /// lists; nil where there are too many. In more groups, fewer lists are enough; what compares each row least often
  /// is chosen.
  private func listsNeeded(
    _ sample: [(row: Int32, nearest: NearestRows)], _ centroids: Centroids,
    _ vectors: any VectorRows, members: Int
  ) -> (lists: Int, breadth: Int)? {
    let most = max(1, Int(Self.largestShare * Double(centroids.count)))
    let wanted = sample.flatMap(\.nearest.indices)
    let rowsPerList = Double(members) / Double(centroids.count)
    let listsPerGroup = Double(centroids.count) / Double(centroids.groupCount)
    var best: (lists: Int, breadth: Int)?
    var leastCost = Double.infinity
    var breadth = min(Centroids.fewestGroups, centroids.groupCount)
    while true {
      let ranked = centroids.nearest(
        to: sample.map(\.row), of: vectors, limit: most, breadth: breadth, threads: threads)
      let homes = centroids.nearest(
        to: wanted, of: vectors, limit: 1, breadth: breadth, threads: threads)
      var foundAt = [Int](repeating: 0, count: most)
      var next = 0
      for (place, entry) in sample.enumerated() {
        var rank: [Int32: Int] = [:]
        for slot in 0..<most where ranked[place * most + slot] >= 0 {
          rank[ranked[place * most + slot]] = slot
        }
        for _ in entry.nearest.indices {
          if let slot = rank[homes[next]] { foundAt[slot] += 1 }
          next += 1
        }
      }
      var found = 0
      for slot in 0..<most {
        found += foundAt[slot]
        guard Double(found) >= Self.aimedRecall * Double(wanted.count) else { continue }
        let cost = Double(breadth) * listsPerGroup + Double(slot + 1) * rowsPerList
        if cost < leastCost {
          leastCost = cost
          best = (slot + 1, breadth)
        }
        break
      }
      guard breadth < centroids.groupCount else { return best }
      breadth = min(2 * breadth, centroids.groupCount)
    }
  }

  // MARK: - The search

  /// The lists to which the members belong, of those of all rows.
  private static func homes(
    of members: [Int32], among rows: [Int32], _ homes: [Int32]
  ) -> [Int32] {
    guard members.count < rows.count else { return homes }
    // Both ascend, and every member is one of the rows.
    var place = 0
    return members.map { member in
      while rows[place] != member { place += 1 }
      return homes[place]
    }
  }

  /// The nearest of the listed rows of each of `rows`, by place.
  private func search(
    _ vectors: any VectorRows, rows: [Int32], homes: [Int32], centroids: Centroids, reach: Int,
    breadth: Int, lists: ListedRows, k: Int
  ) -> NearestLists {
    NearestLists(count: rows.count, k: k) { result in
      // Rows of one list, and of lists in one group, ask for the same lists, which are read from memory once for all
      // of them.
      let queries = ListedRows(
        Array(0..<Int32(rows.count)), homes: homes, count: centroids.count
      ).all
      let spare = Self.spare
      let finished = Atomic(0)
      Parallel.chunks(of: queries.count, chunk: Self.queriesAtOnce, threads: threads) { range in
        defer {
          progress?(finished.wrappingAdd(range.count, ordering: .relaxed).newValue, queries.count)
        }
        let places = queries[range]
        let numbers = places.map { rows[Int($0)] }
        var own: [Float] = []
        vectors.read(numbers[...], into: &own)
        var best = places.map { _ in NearestRows(capacity: k + spare) }
        var pending = Array(best.indices)
        var (reach, breadth) = (reach, breadth)
        while true {
          scan(
            pending, of: own, numbers, vectors, centroids, lists, reach: reach, breadth: breadth,
            into: &best)
          // Lists can be nearly empty. Their rows look in more lists; in the end in all of them.
          pending = pending.filter { best[$0].indices.count < k }
          guard !pending.isEmpty, reach < centroids.count || breadth < centroids.groupCount else {
            break
          }
          (reach, breadth) = (min(4 * reach, centroids.count), centroids.groupCount)
        }
        let columns = vectors.columns
        for (query, place) in places.enumerated() {
          let list = remeasured(
            best[query], query: Array(own[query * columns..<(query + 1) * columns]), in: vectors,
            k: k)
          result.set(list, at: Int(place))
        }
      }
    }
  }

  /// Finds the nearest of the listed rows of some queries.
  ///
  /// - Parameters:
  ///   - queries: their places among `numbers`.
  ///   - own: the vectors of all of `numbers`, one after the other.
  ///   - best: a list for each of `numbers`; those of `queries` are found anew.
  private func scan(
    _ queries: [Int], of own: [Float], _ numbers: [Int32], _ vectors: any VectorRows,
    _ centroids: Centroids, _ lists: ListedRows, reach: Int, breadth: Int,
    into best: inout [NearestRows]
  ) {
    let columns = vectors.columns
    var others: [Float] = []
    var asked: [Float] = []
    var scores: [Float] = []
    for query in queries {
      best[query].removeAll()
      asked += own[query * columns..<(query + 1) * columns]
    }
    // Which of the queries ask for each list.
    let probes = centroids.nearest(to: asked, limit: reach, breadth: breadth)
    var pairs: [UInt64] = []
    pairs.reserveCapacity(probes.count)
    for (slot, probe) in probes.enumerated() where probe >= 0 {
      pairs.append(UInt64(probe) << 32 | UInt64(queries[slot / reach]))
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
      for from in stride(from: members.startIndex, to: members.endIndex, by: Self.membersAtOnce) {
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
  }

  /// So that a worker's vectors stay small.
  private static let queriesAtOnce = 1024
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
