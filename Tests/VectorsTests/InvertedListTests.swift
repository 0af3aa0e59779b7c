import Concurrency
import Synchronization
import Testing
@testable import Vectors

@Suite("The search by lists") struct InvertedListTests {
  private static let k = 10

  /// Unit rows around some middles, as texts are.
  private static func clustered(
    _ count: Int, columns: Int = 16, seed: UInt64 = 1, spread: Float = 0.4
  ) -> Matrix {
    var generator = SplitMix64(seed: seed)
    let middles = ProductTests.random(40, columns, seed: seed &+ 1)
    var matrix = Matrix(rows: count, columns: columns)
    for row in 0..<count {
      let middle = Int(generator.next() % 40)
      for column in 0..<columns {
        matrix[row, column] = middles[middle, column] + spread * Float(generator.gaussian())
      }
    }
    return matrix.normalised()
  }

  private static func search(threads: Int, largestExact: Int = 100) -> InvertedListSearch {
    InvertedListSearch(
      orExact: ExactNeighbourSearch(threads: threads), threads: threads, largestExact: largestExact)
  }

  private static func share(of exact: NeighbourGraph, in graph: NeighbourGraph) -> Double {
    var hits = 0
    for row in 0..<exact.count {
      let own = Set(graph.indices[row * graph.k..<(row + 1) * graph.k])
      hits += exact.indices[row * exact.k..<(row + 1) * exact.k].count { own.contains($0) }
    }
    return Double(hits) / Double(exact.indices.count)
  }

  @Test("it finds nearly all neighbours, says how many, and the threads change no bit")
  func findsNearlyAll() throws {
    let rows = Self.clustered(2_500)
    let graph = try Self.search(threads: 2).neighbours(of: rows, k: Self.k)
    let exact = try ExactNeighbourSearch(threads: 2).neighbours(of: rows, k: Self.k)
    let recall = try #require(graph.recall)
    let share = Self.share(of: exact, in: graph)
    #expect(recall >= InvertedListSearch.leastRecall && abs(share - recall) < 0.02, "\(share)")
    #expect(share < 1, "otherwise this compares nothing")
    #expect(try graph == Self.search(threads: 1).neighbours(of: rows, k: Self.k))
    // What is found has the similarity and the order of the exact search.
    for row in 0..<50 {
      for slot in row * Self.k..<(row + 1) * Self.k {
        #expect(graph.similarities[slot] == rows.dotProduct(row, Int(graph.indices[slot])))
      }
    }
  }

  @Test("up to the limit, and where lists would miss too much, the exact search does the work")
  func fallsBack() throws {
    let few = Self.clustered(300)
    let exact = ExactNeighbourSearch(threads: 2)
    #expect(
      try Self.search(threads: 2, largestExact: 300).neighbours(of: few, k: 5)
        == exact.neighbours(of: few, k: 5))
    // Rows without any structure are near to rows in all lists.
    let noise = ProductTests.random(1_200, 60, seed: 9).normalised()
    let graph = try Self.search(threads: 2).neighbours(of: noise, k: Self.k)
    #expect(graph.recall == nil)
    #expect(try graph == exact.neighbours(of: noise, k: Self.k))
    // Very many rows are compared with each other block by block, with the same result.
    let blocks = InvertedListSearch(
      orExact: exact, threads: 2, largestExact: 100, largestInSinglePrecision: 1_000)
    #expect(try graph == blocks.neighbours(of: noise, k: Self.k))
  }

  @Test("copies of a row are neighbours of each other, in the order of the file")
  func copiesAreNeighbours() throws {
    let own = Self.clustered(1_200)
    // Every third row twice more, and one row two hundred times.
    let order =
      (0..<1_200).map { $0 } + (0..<400).flatMap { [3 * $0, 3 * $0] }
      + [Int](repeating: 5, count: 200)
    let rows = Matrix(
      rows: order.count, columns: own.columns, storage: order.flatMap { Array(own.row($0)) })
    let graph = try Self.search(threads: 2).neighbours(of: rows, k: Self.k)
    let exact = try ExactNeighbourSearch(threads: 2).neighbours(of: rows, k: Self.k)
    #expect(graph.recall != nil && Self.share(of: exact, in: graph) > 0.97)
    #expect(graph.indices[5 * Self.k..<6 * Self.k] == exact.indices[5 * Self.k..<6 * Self.k])
    #expect(graph.indices.allSatisfy { $0 >= 0 && $0 < Int32(order.count) })
  }

  @Test("only candidates are neighbours, of all rows")
  func candidatesAlone() throws {
    let rows = Self.clustered(2_000)
    let candidates = (0..<Int32(2_000)).filter { $0 % 4 != 1 }
    let graph = try Self.search(threads: 2)
      .neighbours(of: rows, among: candidates, k: Self.k, threads: 2)
    let exact = try ExactNeighbourSearch(threads: 2)
      .neighbours(of: rows, among: candidates, k: Self.k, threads: 2)
    #expect(graph.recall != nil && Self.share(of: exact, in: graph) > 0.97)
    #expect(graph.indices.allSatisfy { $0 % 4 != 1 })
  }

  @Test("rows in half precision are searched like those of the same numbers")
  func halvesAreSearched() throws {
    let half = HalfMatrix(Self.clustered(1_000), threads: 2)
    let search = Self.search(threads: 2)
    #expect(
      try search.neighbours(of: half, k: Self.k) == search.neighbours(of: half.matrix, k: Self.k))
  }

  @Test(
    "what is found for a row does not depend on the rows beside it, and all groups give the nearest of all"
  )
  func centroidsOfBlocks() {
    let rows = Self.clustered(3_000)
    let numbers = Array(0..<Int32(3_000))
    let centroids = Centroids(of: rows, rows: numbers, count: 120, threads: 2)
    #expect(centroids.groupCount > 20 && abs(centroids.count - 120) <= centroids.groupCount)
    let limit = 7
    let all = centroids.nearest(to: numbers, of: rows, limit: limit, breadth: 3, threads: 2).values
    for row in stride(from: 0, to: 3_000, by: 101) {
      let own = centroids.nearest(to: Array(rows.row(row)), limit: limit, breadth: 3)
      #expect(own == Array(all[row * limit..<(row + 1) * limit]))
    }
    // The middle of a list is nearest to more of its own rows than any other is, so most rows keep their list.
    let whole = centroids.nearest(
      to: numbers, of: rows, limit: 1, breadth: centroids.groupCount, threads: 1
    ).values
    let few = centroids.nearest(to: numbers, of: rows, limit: 1, breadth: 8, threads: 1).values
    #expect(zip(whole, few).count { $0 == $1 } > 2_800)
    #expect(Set(whole).count > centroids.count / 2)
  }

  @Test("of few different rows each is searched once, exactly, however often it is there")
  func fewDifferentRows() throws {
    let own = Self.clustered(6)
    let rows = Matrix(
      rows: 400, columns: own.columns, storage: (0..<400).flatMap { Array(own.row($0 % 6)) })
    let graph = try Self.search(threads: 2).neighbours(of: rows, k: Self.k)
    #expect(graph.recall == nil)
    #expect(try graph == ExactNeighbourSearch(threads: 1).neighbours(of: rows, k: Self.k))
    // Only copies of two rows are candidates, of one of which there is a single copy.
    let candidates = (0..<Int32(400)).filter { $0 % 6 == 0 || $0 == 1 }
    #expect(
      try Self.search(threads: 2).neighbours(of: rows, among: candidates, k: Self.k, threads: 2)
        .indices
        == ExactNeighbourSearch(threads: 1)
        .neighbours(of: rows, among: candidates, k: Self.k, threads: 1).indices)
  }

  @Test("rows in lists of a few rows look in all lists, and their neighbours are the true ones")
  func nearlyEmptyLists() throws {
    // Pairs of rows far from all others and from each other, at the places from which the groups start: each pair
    // has a list of its own, whose nearest lists are those of other pairs.
    var rows = Self.clustered(1_500, spread: 0.15)
    for row in 0..<1_500 { rows[row, 0] = 2 }
    let places = (0..<10).map { 24 * $0 * 1_500 / 576 }
    for (axis, place) in places.enumerated() {
      for (row, shift) in [(place, Float(0)), (place + 1, 0.01)] {
        for column in 0..<rows.columns { rows[row, column] = 0 }
        rows[row, 0] = -1
        rows[row, 1 + axis] = 1.2
        rows[row, 12] = shift
      }
    }
    rows = rows.normalised()
    let k = 20
    let graph = try Self.search(threads: 2).neighbours(of: rows, k: k)
    let exact = try ExactNeighbourSearch(threads: 2).neighbours(of: rows, k: k)
    #expect(graph.recall != nil && Self.share(of: exact, in: graph) > 0.97)
    #expect(graph.indices.allSatisfy { $0 >= 0 })
    for row in places {
      #expect(
        graph.indices[row * k..<(row + 1) * k] == exact.indices[row * k..<(row + 1) * k], "\(row)")
    }
  }

  @Test(
    "where the first sample promises too much, more lists are searched, and the recall is that of the second"
  )
  func recallIsMeasured() throws {
    // The rows at multiples of 4 choose how many lists are searched, and those 2 further on measure the recall.
    var rows = Self.clustered(1_024, columns: 6, spread: 0.1)
    let noise = ProductTests.random(1_024, 6, seed: 5).normalised()
    for row in stride(from: 2, to: 1_024, by: 4) {
      for column in 0..<6 { rows[row, column] = noise[row, column] }
    }
    let graph = try Self.search(threads: 2).neighbours(of: rows, k: Self.k)
    let exact = try ExactNeighbourSearch(threads: 2).neighbours(of: rows, k: Self.k)
    let recall = try #require(graph.recall)
    var hits = 0
    for row in stride(from: 2, to: 1_024, by: 4) {
      let places = row * Self.k..<(row + 1) * Self.k
      let least = exact.similarities[places.upperBound - 1]
      hits += graph.similarities[places].count { $0 >= least }
    }
    #expect(recall == Double(hits) / Double(256 * Self.k))
    #expect(recall >= InvertedListSearch.leastRecall && recall < 1, "\(recall)")
  }

  @Test("of many rows that are equally near, those with the smallest numbers are found")
  func tiesAreInOrder() throws {
    // In each of 36 clusters, 32 rows differ only where the first one has zeros.
    let middles = ProductTests.random(36, 11, seed: 3)
    var rows = Matrix(rows: 33 * 36, columns: 16)
    for row in 0..<rows.rows {
      for column in 0..<11 { rows[row, column] = middles[row % 36, column] }
      let variant = row / 36
      for bit in 0..<5 where variant > 0 {
        rows[row, 11 + bit] = (variant - 1) >> bit & 1 == 1 ? 0.3 : -0.3
      }
    }
    rows = rows.normalised()
    let graph = try Self.search(threads: 2).neighbours(of: rows, k: Self.k)
    #expect(graph.recall != nil)
    for cluster in 0..<36 {
      let own = Array(graph.indices[cluster * Self.k..<(cluster + 1) * Self.k])
      #expect(own == (1...Int32(Self.k)).map { 36 * $0 + Int32(cluster) })
    }
  }

  /// An exact search that tells of its progress once.
  private struct TellingSearch: NeighbourSearch {
    var progress: SearchProgress?

    func neighbours(of vectors: any VectorRows, k: Int) throws -> NeighbourGraph {
      progress?(vectors.rows, vectors.rows)
      return try ExactNeighbourSearch(threads: 1).neighbours(of: vectors, k: k)
    }

    func reporting(_ progress: @escaping SearchProgress) -> any NeighbourSearch {
      TellingSearch(progress: progress)
    }
  }

  @Test("what is told of the progress never exceeds the whole, and ends with it")
  func progressIsTold() throws {
    let noise = ProductTests.random(700, 40, seed: 9).normalised()
    // By lists, block by block, and by the exact search for few rows.
    for rows in [Self.clustered(1_200), noise, Self.clustered(80)] {
      let told = Mutex<[(done: Int, total: Int)]>([])
      let search = InvertedListSearch(
        orExact: TellingSearch(), threads: 1, largestExact: 100, largestInSinglePrecision: 600
      ).reporting { done, total in told.withLock { $0.append((done, total)) } }
      _ = try search.neighbours(of: rows, k: Self.k)
      let all = told.withLock { $0 }
      #expect(all.allSatisfy { $0.total == rows.rows && $0.done <= $0.total }, "\(all)")
      #expect(all.last?.done == rows.rows)
    }
  }
}
