import Concurrency

/// Rows of numbers that are read in blocks: a matrix, or rows that are decoded or computed when they are
/// read.
///
/// Where a file has many records, their vectors do not fit into memory several times over. What needs them
/// reads a few at a time, and never needs to know how they are kept.
package protocol VectorRows: Sendable {
  var rows: Int { get }
  /// Numbers per row.
  var columns: Int { get }
  /// Writes the rows with these numbers into `result`, one after the other, in place of what it had.
  func read(_ numbers: ArraySlice<Int32>, into result: inout [Float])
  /// Writes the rows `range` into `result`, one after the other, in place of what it had.
  func read(_ range: Range<Int>, into result: inout [Float])
}

extension VectorRows {
  package func read(_ range: Range<Int>, into result: inout [Float]) {
    read(Array(Int32(range.lowerBound)..<Int32(range.upperBound))[...], into: &result)
  }

  /// All rows as one matrix.
  package var matrix: Matrix {
    if let matrix = self as? Matrix { return matrix }
    var storage: [Float] = []
    read(0..<rows, into: &storage)
    return Matrix(rows: rows, columns: columns, storage: storage)
  }

  /// Some of the rows as a matrix.
  package func gathered(_ numbers: [Int32]) -> Matrix {
    var storage: [Float] = []
    read(numbers[...], into: &storage)
    return Matrix(rows: numbers.count, columns: columns, storage: storage)
  }

  /// Calls `body` with all rows in order, a block at a time, on the caller's thread. Several threads read
  /// ahead, which changes no bit.
  ///
  /// - Parameter body: gets the numbers of the rows, and the rows one after the other.
  package func forEachBlock(
    threads: Int, _ body: (_ rows: Range<Int>, _ values: [Float]) -> Void
  ) {
    let piece = blockRows
    for start in stride(from: 0, to: rows, by: piece * 16) {
      let range = start..<min(rows, start + piece * 16)
      let read = Cells<Float>(repeating: 0, count: range.count * columns)
      Parallel.chunks(of: range.count, chunk: piece, threads: threads) { part in
        var values: [Float] = []
        self.read(start + part.lowerBound..<start + part.upperBound, into: &values)
        _ = read.slice(part.lowerBound * columns..<part.upperBound * columns)
          .update(fromContentsOf: values)
      }
      body(range, read.values)
    }
  }

  /// Rows that are read at once: about a megabyte, which a core's caches hold.
  private var blockRows: Int { max(16, 262_144 / max(columns, 1)) }
}

extension Matrix: VectorRows {
  package func read(_ numbers: ArraySlice<Int32>, into result: inout [Float]) {
    result.removeAll(keepingCapacity: true)
    result.reserveCapacity(numbers.count * columns)
    for number in numbers { result += row(Int(number)) }
  }

  package func read(_ range: Range<Int>, into result: inout [Float]) {
    result.removeAll(keepingCapacity: true)
    result += storage[range.lowerBound * columns..<range.upperBound * columns]
  }
}
