import Concurrency

/// Rows of which most numbers are 0: a matrix, or rows that are computed when they are read.
package protocol SparseRows: Sendable {
  var rows: Int { get }
  var columns: Int { get }
  /// The rows with these numbers, in this order.
  func selecting(_ numbers: [Int32]) -> SparseMatrix
}

/// A matrix of which most numbers are 0, row by row.
package struct SparseMatrix: SparseRows {
  package let rows: Int
  package let columns: Int
  /// The entries of row `i` are `offsets[i] ..< offsets[i + 1]`.
  package let offsets: [Int]
  /// The column of each entry, ascending within a row.
  package let places: [Int32]
  package let values: [Float]

  package init(
    rows: Int, columns: Int, offsets: [Int], places: [Int32], values: [Float]
  ) {
    precondition(offsets.count == rows + 1 && offsets.last == places.count)
    precondition(places.count == values.count)
    precondition(places.allSatisfy { $0 >= 0 && Int($0) < columns })
    self.rows = rows
    self.columns = columns
    self.offsets = offsets
    self.places = places
    self.values = values
  }

  /// The matrix with rows and columns exchanged.
  ///
  /// - Complexity: O(entries + rows + columns).
  package func transposed() -> SparseMatrix {
    var starts = [Int](repeating: 0, count: columns + 1)
    for place in places { starts[Int(place) + 1] += 1 }
    for column in 0..<columns { starts[column + 1] += starts[column] }
    var next = starts
    var newPlaces = [Int32](repeating: 0, count: places.count)
    var newValues = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
      for entry in offsets[row]..<offsets[row + 1] {
        let target = next[Int(places[entry])]
        next[Int(places[entry])] += 1
        newPlaces[target] = Int32(row)
        newValues[target] = values[entry]
      }
    }
    return SparseMatrix(
      rows: columns, columns: rows, offsets: starts, places: newPlaces, values: newValues)
  }

  /// The rows with these numbers, in this order.
  package func selecting(_ numbers: [Int32]) -> SparseMatrix {
    if numbers.count == rows, numbers.elementsEqual(0..<Int32(rows)) { return self }
    var newOffsets = [0]
    var newPlaces: [Int32] = []
    var newValues: [Float] = []
    for number in numbers {
      let entries = offsets[Int(number)]..<offsets[Int(number) + 1]
      newPlaces += places[entries]
      newValues += values[entries]
      newOffsets.append(newPlaces.count)
    }
    return SparseMatrix(
      rows: numbers.count, columns: columns, offsets: newOffsets, places: newPlaces,
      values: newValues)
  }

  /// `self · other`. The sums of a row are added in the order of its entries, so the number of threads
  /// changes no bit.
  ///
  /// - Complexity: O(entries × other.columns).
  package func times(_ other: Matrix, threads: Int) -> Matrix {
    let cells = Cells<Float>(repeating: 0, count: rows * other.columns)
    Parallel.chunks(of: rows, chunk: 32, threads: threads) { range in
      multiply(
        range, by: other,
        into: cells.slice(range.lowerBound * other.columns..<range.upperBound * other.columns))
    }
    return Matrix(rows: rows, columns: other.columns, storage: cells.values)
  }

  /// Adds the products of some rows with `other` to `out`, row by row.
  fileprivate func multiply(
    _ range: Range<Int>, by other: Matrix, into out: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(columns == other.rows)
    let width = other.columns
    let stride = MemoryLayout<SIMD8<Float>>.size
    let blocks = width / 8
    other.storage.withUnsafeBufferPointer { right in
      guard let right = right.baseAddress, let out = out.baseAddress else { return }
      for row in range {
        let sums = out + (row - range.lowerBound) * width
        let sumBytes = UnsafeMutableRawPointer(sums)
        for entry in offsets[row]..<offsets[row + 1] {
          let value = values[entry]
          let source = right + Int(places[entry]) * width
          let bytes = UnsafeRawPointer(source)
          for block in 0..<blocks {
            let sum =
              sumBytes.loadUnaligned(fromByteOffset: block * stride, as: SIMD8<Float>.self)
              + value
              * bytes.loadUnaligned(fromByteOffset: block * stride, as: SIMD8<Float>.self)
            sumBytes.storeBytes(of: sum, toByteOffset: block * stride, as: SIMD8<Float>.self)
          }
          for column in blocks * 8..<width { sums[column] += value * source[column] }
        }
      }
    }
  }
}

extension HalfMatrix {
  /// `sparse · other`, in half precision.
  ///
  /// - Complexity: O(entries × other.columns).
  package convenience init(_ sparse: any SparseRows, times other: Matrix, threads: Int) {
    self.init(rows: sparse.rows, columns: other.columns)
    Parallel.chunks(of: rows, chunk: 64, threads: threads) { range in
      let part = sparse.selecting(Array(Int32(range.lowerBound)..<Int32(range.upperBound)))
      var products = [Float](repeating: 0, count: range.count * other.columns)
      products.withUnsafeMutableBufferPointer {
        part.multiply(0..<range.count, by: other, into: $0)
      }
      write(products, from: range.lowerBound)
    }
  }
}
