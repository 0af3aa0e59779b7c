import CKernels
import Concurrency

/// Writes `left · rightᵀ`, the dot products of every row of `left` with every row of `right`, into
/// `result`, row by row.
///
/// It takes four rows of `right` at a time, so that each loaded number of `left` serves four sums.
/// Every dot product is summed in the same order, wherever it lies among the four, so results do not
/// depend on how a caller splits the rows.
///
/// - Complexity: O(leftRows × rightRows × width).
package func products(
  _ left: UnsafePointer<Float>, rows leftRows: Int,
  _ right: UnsafePointer<Float>, rows rightRows: Int,
  width: Int, into result: UnsafeMutablePointer<Float>
) {
  if hasKernels {
    emend_products(left, leftRows, right, rightRows, width, result)
  } else {
    plainProducts(left, rows: leftRows, right, rows: rightRows, width: width, into: result)
  }
}

/// Whether this processor can run the loops of `CKernels`, which are about twice as fast and give the same
/// bits.
let hasKernels = emend_kernels_are_available() != 0

/// `products` for every processor.
func plainProducts(
  _ left: UnsafePointer<Float>, rows leftRows: Int,
  _ right: UnsafePointer<Float>, rows rightRows: Int,
  width: Int, into result: UnsafeMutablePointer<Float>
) {
  let stride = MemoryLayout<SIMD8<Float>>.size
  let blockEnd = width / 8 * stride
  let tail = width / 8 * 8
  for row in 0..<leftRows {
    let leftBytes = UnsafeRawPointer(left + row * width)
    let leftRow = left + row * width
    let out = result + row * rightRows
    var column = 0
    while column + 4 <= rightRows {
      let base = right + column * width
      let bytes0 = UnsafeRawPointer(base)
      let bytes1 = UnsafeRawPointer(base + width)
      let bytes2 = UnsafeRawPointer(base + 2 * width)
      let bytes3 = UnsafeRawPointer(base + 3 * width)
      var sum0 = SIMD8<Float>.zero
      var sum1 = SIMD8<Float>.zero
      var sum2 = SIMD8<Float>.zero
      var sum3 = SIMD8<Float>.zero
      var offset = 0
      while offset < blockEnd {
        let value = leftBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        sum0 += value * bytes0.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        sum1 += value * bytes1.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        sum2 += value * bytes2.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        sum3 += value * bytes3.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        offset += stride
      }
      var total0 = sum0.sum()
      var total1 = sum1.sum()
      var total2 = sum2.sum()
      var total3 = sum3.sum()
      for index in tail..<width {
        let value = leftRow[index]
        total0 += value * base[index]
        total1 += value * base[width + index]
        total2 += value * base[2 * width + index]
        total3 += value * base[3 * width + index]
      }
      out[column] = total0
      out[column + 1] = total1
      out[column + 2] = total2
      out[column + 3] = total3
      column += 4
    }
    while column < rightRows {
      let base = right + column * width
      let bytes = UnsafeRawPointer(base)
      var sum = SIMD8<Float>.zero
      var offset = 0
      while offset < blockEnd {
        sum +=
          leftBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
          * bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        offset += stride
      }
      var total = sum.sum()
      for index in tail..<width { total += leftRow[index] * base[index] }
      out[column] = total
      column += 1
    }
  }
}

extension Matrix {
  /// `self · otherᵀ`: the dot product of every row of this matrix with every row of `other`.
  ///
  /// - Complexity: O(rows × other.rows × columns), split over `threads`.
  package func timesTransposed(_ other: Matrix, threads: Int) -> Matrix {
    precondition(columns == other.columns)
    let cells = Cells<Float>(repeating: 0, count: rows * other.rows)
    Parallel.chunks(of: rows, chunk: 64, threads: threads) { range in
      storage.withUnsafeBufferPointer { left in
        other.storage.withUnsafeBufferPointer { right in
          guard let left = left.baseAddress, let right = right.baseAddress else { return }
          let out = cells.slice(
            range.lowerBound * other.rows..<range.upperBound * other.rows)
          guard let start = out.baseAddress else { return }
          products(
            left + range.lowerBound * columns, rows: range.count, right, rows: other.rows,
            width: columns, into: start)
        }
      }
    }
    return Matrix(rows: rows, columns: other.rows, storage: cells.values)
  }

  /// `self · selfᵀ`, of which only the upper half is computed; the same bits as `timesTransposed(self)`.
  ///
  /// - Complexity: O(rows² × columns / 2), split over `threads`.
  package func timesOwnTransposed(threads: Int) -> Matrix {
    let cells = Cells<Float>(repeating: 0, count: rows * rows)
    Parallel.chunks(of: rows, chunk: 32, threads: threads) { range in
      let width = rows - range.lowerBound
      var part = [Float](repeating: 0, count: range.count * width)
      storage.withUnsafeBufferPointer { left in
        part.withUnsafeMutableBufferPointer { out in
          guard let left = left.baseAddress, let out = out.baseAddress else { return }
          let start = left + range.lowerBound * columns
          products(start, rows: range.count, start, rows: width, width: columns, into: out)
        }
      }
      for row in range {
        for other in row..<rows {
          let value = part[(row - range.lowerBound) * width + other - range.lowerBound]
          cells[row * rows + other] = value
          cells[other * rows + row] = value
        }
      }
    }
    return Matrix(rows: rows, columns: rows, storage: cells.values)
  }

  /// Every row scaled to unit length; a row of zeros stays as it is.
  package func normalised() -> Matrix {
    var result = self
    for row in 0..<rows {
      var square = 0.0
      for column in 0..<columns {
        let value = Double(storage[row * columns + column])
        square += value * value
      }
      guard square > 0 else { continue }
      let scale = 1 / square.squareRoot()
      for column in 0..<columns {
        result.storage[row * columns + column] =
          Float(Double(storage[row * columns + column]) * scale)
      }
    }
    return result
  }
}
