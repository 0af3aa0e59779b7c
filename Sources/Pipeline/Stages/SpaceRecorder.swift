import Digests
import Records
import Synchronization
package import Vectors

/// Writes the rows among which neighbours are searched, in place of searching: one file for each space, in the
/// order in which `Evidence` asks for its graphs.
///
/// A row has 1 where the record can be a neighbour of others, else 0, and its numbers in single precision.
package final class SpaceRecorder: NeighbourSearch {
  static let prefixBytes = 4

  private let rowsPerPart: Int
  private let write: @Sendable (_ space: Int, _ part: StagePart) throws -> Void
  private let recorded = Mutex(0)

  /// - Parameters:
  ///   - rowsPerPart: at least one.
  ///   - write: called with the number of the space, from 1, and its parts in order.
  package init(
    rowsPerPart: Int, write: @escaping @Sendable (_ space: Int, _ part: StagePart) throws -> Void
  ) {
    precondition(rowsPerPart > 0)
    self.rowsPerPart = rowsPerPart
    self.write = write
  }

  /// The SHA-256 digest, in hexadecimal, of the numbers of rows, in ascending order and little-endian.
  static func digest(of candidates: [Int32]) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * candidates.count)
    for row in candidates.sorted() { StageNumbers.append(row, to: &bytes) }
    return Digest.hexadecimal(of: bytes)
  }

  /// How many spaces were written.
  package var count: Int { recorded.withLock { $0 } }

  package func neighbours(of vectors: any VectorRows, k: Int) throws -> NeighbourGraph {
    try neighbours(of: vectors, among: Array(0..<Int32(vectors.rows)), k: k, threads: 1)
  }

  package func neighbours(
    of vectors: any VectorRows, among candidates: [Int32], k: Int, threads: Int
  ) throws -> NeighbourGraph {
    let space = recorded.withLock { count in
      count += 1
      return count
    }
    var isCandidate = [Bool](repeating: false, count: vectors.rows)
    for row in candidates { isCandidate[Int(row)] = true }
    let digest = Self.digest(of: candidates)
    let rowBytes = StagePart.rowBytes(.space, columns: vectors.columns, k: 0)
    let width = StoredNeighbours.width(k, candidates: candidates.count)
    var values: [Float] = []
    for start in stride(from: 0, to: vectors.rows, by: rowsPerPart) {
      let rows = start..<min(start + rowsPerPart, vectors.rows)
      vectors.read(rows, into: &values)
      var payload: [UInt8] = []
      payload.reserveCapacity(rows.count * rowBytes)
      for row in rows {
        StageNumbers.append(Int32(isCandidate[row] ? 1 : 0), to: &payload)
        let from = (row - start) * vectors.columns
        StageNumbers.append(values[from..<from + vectors.columns], to: &payload)
      }
      let header = StagePart.Header(
        emend: .space, version: StagePart.version(of: .space), rows: rows.count,
        rowBytes: rowBytes, columns: vectors.columns, first: start, of: vectors.rows, k: width,
        candidates: digest)
      try write(space, StagePart(header: header, payload: payload))
    }
    return NeighbourGraph(count: vectors.rows, k: 0, indices: [], similarities: [])
  }
}

/// A part of the rows of a space, of which each is compared with all rows that are asked for.
package struct SpacePart: Sendable {
  package let header: StagePart.Header
  fileprivate let rows: NumberedRows
  private let isCandidate: [Bool]

  package init(_ part: StagePart) {
    header = part.header
    var storage: [Float] = []
    storage.reserveCapacity(header.rows * header.columns)
    var isCandidate: [Bool] = []
    for row in 0..<header.rows {
      let start = row * header.rowBytes
      isCandidate.append(StageNumbers.int32(part.payload, at: start) == 1)
      for column in 0..<header.columns {
        storage.append(
          StageNumbers.float(part.payload, at: start + SpaceRecorder.prefixBytes + 4 * column))
      }
    }
    self.isCandidate = isCandidate
    rows = NumberedRows(
      vectors: Matrix(rows: header.rows, columns: header.columns, storage: storage),
      numbers: (0..<Int32(header.rows)).map { Int32(part.header.first) + $0 })
  }

  /// The rows that can be neighbours.
  fileprivate var candidates: NumberedRows {
    guard isCandidate.contains(false) else { return rows }
    let places = (0..<Int32(header.rows)).filter { isCandidate[Int($0)] }
    return NumberedRows(
      vectors: rows.vectors.gathered(places), numbers: places.map { rows.numbers[Int($0)] })
  }
}

/// Finds the nearest rows of some parts of a space, the queries, among other parts, which may come one after the
/// other: more than fit into memory.
package struct SpaceSearch: Sendable {
  private let queries: [SpacePart]
  private var found: [NeighbourLists]
  private var searched: [[Int]] = []
  private let shape: StagePart.Header

  /// - Throws: `InputError` where the parts do not fit together.
  package init(queries: [SpacePart], file: String) throws {
    guard let shape = queries.first?.header else {
      throw InputError(
        file: file, reason: "there are no rows in it",
        remedy: "Give parts of a file that emend stage fit wrote.")
    }
    guard queries.allSatisfy({ $0.header.isOfSpace(shape) }) else { throw Self.mixed(file) }
    self.queries = queries
    self.shape = shape
    found = queries.map { part in
      let count = part.header.rows * shape.k
      return NeighbourLists(
        k: shape.k, indices: [Int32](repeating: -1, count: count),
        similarities: [Float](repeating: 0, count: count))
    }
  }

  /// Searches further parts, each of which may come once.
  ///
  /// - Throws: `InputError` where they are of another space.
  package mutating func search(_ parts: [SpacePart], file: String, threads: Int) throws {
    guard parts.allSatisfy({ $0.header.isOfSpace(shape) }) else { throw Self.mixed(file) }
    let parts = parts.sorted { $0.header.first < $1.header.first }
    let candidates = NumberedRows(parts.map(\.candidates), columns: shape.columns)
    for place in queries.indices {
      found[place] = found[place].merged(
        with: nearestOfPart(
          of: queries[place].rows, among: candidates, k: shape.k, threads: threads))
    }
    searched += parts.map { [$0.header.first, $0.header.first + $0.header.rows] }
  }

  /// Searches all parts of a file, of which so many are in memory at once.
  ///
  /// - Parameter bytesAtOnce: with few, merging lists takes a larger share of the time.
  /// - Returns: whether the file has any part.
  /// - Throws: `InputError` where it is damaged, or of another space.
  package mutating func search(
    all reader: inout StageReader, bytesAtOnce: Int, threads: Int
  ) throws -> Bool {
    var parts: [SpacePart] = []
    var bytes = 0
    while let part = try reader.next() {
      parts.append(SpacePart(part))
      bytes += part.payload.count
      guard bytes >= bytesAtOnce else { continue }
      try search(parts, file: reader.file, threads: threads)
      parts.removeAll()
      bytes = 0
    }
    try search(parts, file: reader.file, threads: threads)
    return reader.offset > 0
  }

  /// The lists of each part of the queries.
  package var lists: [StagePart] {
    zip(queries, found).map {
      StoredNeighbours.part($1, of: $0.header, searched: searched)
    }
  }

  private static func mixed(_ file: String) -> InputError {
    InputError(
      file: file, reason: "its parts are not all of the space that is searched",
      remedy: "Search each space that emend stage fit wrote by itself.")
  }
}

extension StagePart.Header {
  /// Whether both are parts of one space of one dataset, as far as their shape shows.
  fileprivate func isOfSpace(_ other: Self) -> Bool {
    columns == other.columns && of == other.of && k == other.k && candidates == other.candidates
  }
}
