extension Matrix {
  /// Dot products of the rows `range` with every row of `other`, row by row into `result`, which
  /// must hold `range.count × other.rows` numbers.
  package func multiplyRows(
    _ range: Range<Int>, by other: Matrix, into result: inout [Float]
  ) {
    precondition(columns == other.columns && result.count == range.count * other.rows)
    storage.withUnsafeBufferPointer { left in
      other.storage.withUnsafeBufferPointer { right in
        result.withUnsafeMutableBufferPointer { out in
          guard let left = left.baseAddress, let right = right.baseAddress,
            let out = out.baseAddress
          else { return }
          products(
            left + range.lowerBound * columns, rows: range.count, right, rows: other.rows,
            width: columns, into: out)
        }
      }
    }
  }
}
