import Concurrency

/// A dense matrix of `Float`, row by row in one flat buffer.
package struct Matrix: Sendable, Equatable {
  package let rows: Int
  package let columns: Int
  /// `rows × columns` numbers; row `i` is `storage[i * columns ..< (i + 1) * columns]`.
  package var storage: [Float]

  /// Wraps a flat buffer. `storage.count` must be `rows × columns`.
  package init(rows: Int, columns: Int, storage: [Float]) {
    precondition(storage.count == rows * columns, "a matrix holds rows × columns numbers")
    self.rows = rows
    self.columns = columns
    self.storage = storage
  }

  /// A matrix of zeros.
  package init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, storage: [Float](repeating: 0, count: rows * columns))
  }

  /// The number at a row and a column.
  package subscript(row: Int, column: Int) -> Float {
    get { storage[row * columns + column] }
    set { storage[row * columns + column] = newValue }
  }

  /// One row, not copied.
  package func row(_ index: Int) -> ArraySlice<Float> {
    storage[index * columns..<(index + 1) * columns]
  }
}

extension Matrix {
  /// Numbers from the standard normal distribution, drawn row by row from `SplitMix64`.
  static func gaussian(rows: Int, columns: Int, seed: UInt64, threads: Int) -> Matrix {
    let cells = Cells<Float>(repeating: 0, count: rows * columns)
    Parallel.chunks(of: cells.count, chunk: 65_536, threads: threads) { range in
      // Each number takes two steps of the generator.
      var generator = SplitMix64(seed: seed, after: 2 * range.lowerBound)
      for index in range { cells[index] = Float(generator.gaussian()) }
    }
    return Matrix(rows: rows, columns: columns, storage: cells.values)
  }
}
