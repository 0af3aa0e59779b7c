extension Matrix {
  /// Writes the dot products of the rows `range` with every row of `other` into `result`, row by row.
  /// `result` must hold `range.count × other.rows` numbers.
  ///
  /// - Complexity: O(range × other.rows × columns).
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
