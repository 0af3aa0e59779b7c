import Records
import Synchronization
package import Vectors

/// The neighbours of a dataset's records in one space, from the lists that `emend stage search` wrote.
///
/// A row has `k` times the number of a row, −1 for none, and the similarity.
package struct StoredNeighbours: Sendable {
  /// Lists of some rows among some parts of the space.
  private struct Block {
    let rows: Range<Int>
    var searched: [Range<Int>]
    var lists: NeighbourLists
  }

  private let file: String
  private let shape: StagePart.Header
  /// By the first row; no two have a row in common.
  private var blocks: [Int: Block] = [:]

  /// Reads lists in any order. Lists of the same rows among different parts are merged.
  ///
  /// - Throws: `InputError` where lists do not fit together.
  package init(_ reader: StageReader) throws {
    var reader = reader
    file = reader.file
    guard let first = try reader.next() else {
      throw InputError(
        file: reader.file, reason: "there are no lists in it",
        remedy: "Name a file that emend stage search wrote.")
    }
    shape = first.header
    try add(first)
    while let part = try reader.next() { try add(part) }
    var end = 0
    for block in ordered {
      guard block.rows.lowerBound >= end else { throw mismatch("rows of two parts overlap") }
      end = block.rows.upperBound
    }
  }

  private var ordered: [Block] {
    blocks.values.sorted { $0.rows.lowerBound < $1.rows.lowerBound }
  }

  private func mismatch(_ reason: String) -> InputError {
    InputError(
      file: file, reason: reason,
      remedy: "Search every part of one space once for the rows of each of its parts.")
  }

  /// The error for lists that name other records than can be neighbours now.
  private var stale: InputError {
    InputError(
      file: file,
      reason:
        "the lists are of other labels: when they were searched, other records could be neighbours, which are those with a label",
      remedy: "Run emend stage fit and search again on the dataset as it is, with these rules.")
  }

  private mutating func add(_ part: StagePart) throws {
    let header = part.header
    guard header.of == shape.of, header.k == shape.k, header.candidates == shape.candidates else {
      throw mismatch("its parts are of several spaces or datasets")
    }
    let rows = header.first..<header.first + header.rows
    var searched: [Range<Int>] = []
    for pair in header.searched ?? [] {
      guard pair.count == 2, pair[0] >= 0, pair[0] <= pair[1], pair[1] <= header.of else {
        throw mismatch("a part does not say which rows were searched")
      }
      searched.append(pair[0]..<pair[1])
    }
    var indices: [Int32] = []
    var similarities: [Float] = []
    indices.reserveCapacity(header.rows * header.k)
    similarities.reserveCapacity(header.rows * header.k)
    for row in 0..<header.rows {
      for slot in 0..<header.k {
        let place = row * header.rowBytes + slot * 8
        let index = StageNumbers.int32(part.payload, at: place)
        guard index >= -1, index < header.of, index != Int32(rows.lowerBound + row) else {
          throw mismatch("a list has a row that does not exist")
        }
        indices.append(index)
        similarities.append(StageNumbers.float(part.payload, at: place + 4))
      }
    }
    let lists = NeighbourLists(k: header.k, indices: indices, similarities: similarities)
    guard var block = blocks[rows.lowerBound] else {
      blocks[rows.lowerBound] = Block(rows: rows, searched: searched, lists: lists)
      return
    }
    guard block.rows == rows else { throw mismatch("rows of two parts overlap") }
    for range in searched where block.searched.contains(where: { $0.overlaps(range) }) {
      throw mismatch(
        "rows \(range.lowerBound) to \(range.upperBound) were searched twice for the rows from \(rows.lowerBound) on"
      )
    }
    block.searched += searched
    block.lists = block.lists.merged(with: lists)
    blocks[rows.lowerBound] = block
  }

  /// The merged lists, by row.
  package var parts: [StagePart] {
    ordered.map { block in
      var header = shape
      header.rows = block.rows.count
      header.first = block.rows.lowerBound
      return Self.part(
        block.lists, of: header,
        searched: block.searched.sorted { $0.lowerBound < $1.lowerBound }.map {
          [$0.lowerBound, $0.upperBound]
        })
    }
  }

  /// Lists as a part.
  ///
  /// - Parameter queries: the header of the rows that the lists are of.
  static func part(
    _ lists: NeighbourLists, of queries: StagePart.Header, searched: [[Int]]
  ) -> StagePart {
    let rowBytes = StagePart.rowBytes(.neighbours, columns: 0, k: lists.k)
    var payload: [UInt8] = []
    payload.reserveCapacity(queries.rows * rowBytes)
    for slot in lists.indices.indices {
      StageNumbers.append(lists.indices[slot], to: &payload)
      StageNumbers.append(lists.similarities[slot], to: &payload)
    }
    return StagePart(
      header: StagePart.Header(
        emend: .neighbours, version: StagePart.version(of: .neighbours), rows: queries.rows,
        rowBytes: rowBytes, first: queries.first, of: queries.of, k: lists.k,
        candidates: queries.candidates, searched: searched), payload: payload)
  }

  /// How many neighbours each row of a graph has.
  static func width(_ k: Int, candidates: Int) -> Int { max(0, min(k, candidates - 1)) }

  /// The graph of these rows.
  ///
  /// - Throws: `InputError` where the lists are not of these rows, or not of all, or where other rows than
  ///   `candidates` could be neighbours when they were searched.
  package func graph(
    of vectors: any VectorRows, among candidates: [Int32], k: Int
  ) throws -> NeighbourGraph {
    let width = Self.width(k, candidates: candidates.count)
    guard shape.of == vectors.rows, shape.k == width else {
      throw mismatch(
        "the lists are of \(shape.of) records with \(shape.k) neighbours each, and the dataset has \(vectors.rows) "
          + "with \(width)")
    }
    guard shape.candidates == SpaceRecorder.digest(of: candidates) else { throw stale }
    var indices: [Int32] = []
    var similarities: [Float] = []
    indices.reserveCapacity(vectors.rows * width)
    similarities.reserveCapacity(vectors.rows * width)
    for block in ordered {
      guard block.rows.lowerBound * width == indices.count else {
        throw mismatch("the lists of row \(width > 0 ? indices.count / width : 0) are missing")
      }
      var end = 0
      for range in block.searched.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        guard range.lowerBound == end else { break }
        end = range.upperBound
      }
      guard end == vectors.rows else {
        throw mismatch("row \(end) was not searched for the rows from \(block.rows.lowerBound) on")
      }
      indices += block.lists.indices
      similarities += block.lists.similarities
    }
    guard indices.count == vectors.rows * width else {
      throw mismatch("the lists of row \(width > 0 ? indices.count / width : 0) are missing")
    }
    guard !indices.contains(-1) else { throw mismatch("a list is too short") }
    var isCandidate = [Bool](repeating: false, count: vectors.rows)
    for row in candidates { isCandidate[Int(row)] = true }
    guard indices.allSatisfy({ isCandidate[Int($0)] }) else { throw stale }
    let graph = NeighbourGraph(
      count: vectors.rows, k: width, indices: indices, similarities: similarities)
    if let row = graph.firstDisagreement(with: vectors) {
      throw InputError(
        file: file,
        reason: "the neighbours of record \(row + 1) are not those of these records' vectors",
        remedy:
          "Search the space that emend stage fit writes for this file, these vectors and these rules."
      )
    }
    return graph
  }
}

/// Gives the graphs that `emend stage search` found, in the order in which `Evidence` asks for them.
package final class StoredNeighbourSearch: NeighbourSearch {
  private let graphs: [StoredNeighbours]
  private let asked = Mutex(0)

  package init(_ graphs: [StoredNeighbours]) { self.graphs = graphs }

  package func neighbours(of vectors: any VectorRows, k: Int) throws -> NeighbourGraph {
    try neighbours(of: vectors, among: Array(0..<Int32(vectors.rows)), k: k, threads: 1)
  }

  package func neighbours(
    of vectors: any VectorRows, among candidates: [Int32], k: Int, threads: Int
  ) throws -> NeighbourGraph {
    let place = asked.withLock { count in
      defer { count += 1 }
      return count
    }
    guard place < graphs.count else {
      throw InputError(
        file: "--neighbours",
        reason: "the lists of \(graphs.count) spaces are given, and this dataset has more",
        remedy: "Name one file for each space that emend stage fit wrote, in their order.")
    }
    return try graphs[place].graph(of: vectors, among: candidates, k: k)
  }
}
