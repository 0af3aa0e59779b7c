import CKernels

/// The dot product of two vectors of `count` numbers.
///
/// The order of additions is fixed: four accumulators of eight lanes, then the remaining numbers.
/// Every similarity that emend writes is computed here, so equal vectors give equal bytes, whichever
/// search proposed them. docs/METHODS.md, section 5.
///
/// - Complexity: O(count); about 45 ns for 384 numbers.
package func dotProduct(
  _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int
) -> Float {
  hasKernels
    ? emend_dot_product(left, right, count) : plainDotProduct(left, right, count: count)
}

/// `dotProduct` for every processor.
func plainDotProduct(
  _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int
) -> Float {
  var sum0 = SIMD8<Float>.zero
  var sum1 = SIMD8<Float>.zero
  var sum2 = SIMD8<Float>.zero
  var sum3 = SIMD8<Float>.zero
  let leftBytes = UnsafeRawPointer(left)
  let rightBytes = UnsafeRawPointer(right)
  let stride = MemoryLayout<SIMD8<Float>>.size
  var offset = 0
  let blockEnd = count / 32 * 32 * MemoryLayout<Float>.size
  while offset < blockEnd {
    // Multiplies and adds separately: on a target without FMA, a fused operation calls a function for
    // each lane.
    sum0 +=
      leftBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
      * rightBytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
    sum1 +=
      leftBytes.loadUnaligned(fromByteOffset: offset + stride, as: SIMD8<Float>.self)
      * rightBytes.loadUnaligned(fromByteOffset: offset + stride, as: SIMD8<Float>.self)
    sum2 +=
      leftBytes.loadUnaligned(fromByteOffset: offset + 2 * stride, as: SIMD8<Float>.self)
      * rightBytes.loadUnaligned(fromByteOffset: offset + 2 * stride, as: SIMD8<Float>.self)
    sum3 +=
      leftBytes.loadUnaligned(fromByteOffset: offset + 3 * stride, as: SIMD8<Float>.self)
      * rightBytes.loadUnaligned(fromByteOffset: offset + 3 * stride, as: SIMD8<Float>.self)
    offset += 4 * stride
  }
  var total = ((sum0 + sum1) + (sum2 + sum3)).sum()
  for index in count / 32 * 32..<count { total += left[index] * right[index] }
  return total
}

extension Matrix {
  /// The dot product of two rows of this matrix.
  package func dotProduct(_ first: Int, _ second: Int) -> Float {
    storage.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      return Vectors.dotProduct(
        base + first * columns, base + second * columns, count: columns)
    }
  }
}

/// The dot product of a vector with as many numbers of a list, from `start` on.
func dotProduct(_ left: [Float], _ right: [Float], from start: Int) -> Float {
  precondition(start >= 0 && start + left.count <= right.count)
  let count = left.count
  return left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in
      guard let left = left.baseAddress, let right = right.baseAddress else { return 0 }
      return dotProduct(left, right + start, count: count)
    }
  }
}
