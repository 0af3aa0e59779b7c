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

/// Writes the dot products of every row in `left` with every row of `other` into `result`, row by row, which
/// must hold so many numbers.
///
/// - Parameter left: rows as long as those of `other`, one after the other.
package func multiply(_ left: [Float], by other: Matrix, into result: inout [Float]) {
  multiply(left, by: other.storage, columns: other.columns, into: &result)
}

/// Writes the dot products of every row in `left` with every row in `right` into `result`, row by row, which
/// must hold so many numbers.
package func multiply(
  _ left: [Float], by right: [Float], columns: Int, into result: inout [Float]
) {
  guard columns > 0 else {
    for index in result.indices { result[index] = 0 }
    return
  }
  let leftRows = left.count / columns
  let rightRows = right.count / columns
  precondition(result.count == leftRows * rightRows)
  left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in
      result.withUnsafeMutableBufferPointer { out in
        guard let left = left.baseAddress, let right = right.baseAddress, let out = out.baseAddress
        else { return }
        products(left, rows: leftRows, right, rows: rightRows, width: columns, into: out)
      }
    }
  }
}
