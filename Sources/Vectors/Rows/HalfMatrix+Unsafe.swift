import CKernels
import Concurrency

/// A dense matrix of numbers in half precision (IEEE 754 binary16), row by row: half the memory of `Matrix`.
///
/// A number between 2⁻¹⁴ and 65504 changes by at most one part in 2048 when it is written; a cosine of two
/// unit rows of 384 numbers changes by about 10⁻⁵. Rows are unit vectors, coordinates of such or probabilities,
/// so none is too large.
package final class HalfMatrix: VectorRows {
  package let rows: Int
  package let columns: Int
  private let bits: Cells<UInt16>

  /// A matrix of zeros, to be filled by `write`.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    bits = Cells(repeating: 0, count: rows * columns)
  }

  /// A copy of other rows.
  package convenience init(_ other: some VectorRows, threads: Int) {
    self.init(rows: other.rows, columns: other.columns)
    Parallel.chunks(of: rows, chunk: 256, threads: threads) { range in
      var values: [Float] = []
      other.read(range, into: &values)
      write(values, from: range.lowerBound)
    }
  }

  /// Replaces the rows from `first` on. Two threads must not write the same row at once, and none may read
  /// until all are done.
  ///
  /// - Parameter values: whole rows, one after the other.
  package func write(_ values: [Float], from first: Int) {
    let out = bits.slice(first * columns..<first * columns + values.count)
    values.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress, let target = out.baseAddress else { return }
      if hasKernels {
        emend_to_half(source, values.count, target)
      } else {
        for index in values.indices { target[index] = halfBits(of: source[index]) }
      }
    }
  }

  package subscript(row: Int, column: Int) -> Float {
    number(ofHalfBits: bits[row * columns + column])
  }

  package func read(_ numbers: ArraySlice<Int32>, into result: inout [Float]) {
    resize(&result, to: numbers.count * columns)
    for (place, number) in numbers.enumerated() {
      decode(Int(number)..<Int(number) + 1, into: &result, at: place * columns)
    }
  }

  package func read(_ range: Range<Int>, into result: inout [Float]) {
    resize(&result, to: range.count * columns)
    decode(range, into: &result, at: 0)
  }

  private func decode(_ range: Range<Int>, into result: inout [Float], at offset: Int) {
    let source = bits.slice(range.lowerBound * columns..<range.upperBound * columns)
    result.withUnsafeMutableBufferPointer { result in
      guard let source = UnsafePointer(source.baseAddress), let target = result.baseAddress else {
        return
      }
      let count = range.count * columns
      if hasKernels {
        emend_from_half(source, count, target + offset)
      } else {
        for index in 0..<count { target[offset + index] = number(ofHalfBits: source[index]) }
      }
    }
  }
}

/// Gives an array a length, without setting what it holds.
func resize(_ array: inout [Float], to count: Int) {
  if array.count > count {
    array.removeLast(array.count - count)
  } else if array.count < count {
    array += repeatElement(0, count: count - array.count)
  }
}

/// The nearest number in half precision, ties to even.
func halfBits(of value: Float) -> UInt16 {
  let bits = value.bitPattern
  let sign = UInt16(bits >> 16 & 0x8000)
  let magnitude = bits & 0x7FFF_FFFF
  if magnitude > 0x7F80_0000 { return sign | 0x7E00 | UInt16(magnitude >> 13 & 0x1FF) }
  // From here on, numbers round to infinity.
  if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
  if magnitude < 0x3880_0000 {
    // Below the least normal number, steps are 2⁻²⁴; adding ½ makes the sum's last bit such a step.
    let sum = Float(bitPattern: magnitude) + 0.5
    return sign | UInt16(sum.bitPattern - Float(0.5).bitPattern)
  }
  let rounded = magnitude &+ 0xFFF &+ (magnitude >> 13 & 1)
  return sign | UInt16((rounded &- 0x3800_0000) >> 13)
}

/// The number that sixteen bits stand for.
func number(ofHalfBits bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let magnitude = UInt32(bits & 0x7FFF)
  if magnitude >= 0x7C00 {
    return Float(
      bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13
        | (magnitude > 0x7C00 ? 0x40_0000 : 0))
  }
  if magnitude < 0x400 {
    let value = Float(magnitude) * 0x1p-24
    return sign == 0 ? value : -value
  }
  return Float(bitPattern: sign | (magnitude << 13) + 0x3800_0000)
}
