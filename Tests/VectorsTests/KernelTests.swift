import Concurrency
import Testing
@testable import Vectors

@Suite("Kernels: the loops for newer processors") struct KernelTests {
  @Test(
    "a product has the bits of the plain loop",
    arguments: [(1, 1, 1), (2, 4, 8), (3, 5, 13), (7, 11, 384), (5, 90, 100), (2, 3, 0)])
  func productsEqual(left: Int, right: Int, width: Int) {
    let one = ProductTests.random(left, width, seed: 1)
    let other = ProductTests.random(right, width, seed: 2)
    var plain = [Float](repeating: 7, count: left * right)
    one.storage.withUnsafeBufferPointer { one in
      other.storage.withUnsafeBufferPointer { other in
        plain.withUnsafeMutableBufferPointer { out in
          guard let first = one.baseAddress, let second = other.baseAddress,
            let result = out.baseAddress
          else { return }
          plainProducts(first, rows: left, second, rows: right, width: width, into: result)
        }
      }
    }
    let fast = one.timesTransposed(other, threads: 1).storage
    #expect(width == 0 || fast.map(\.bitPattern) == plain.map(\.bitPattern))
  }

  @Test("a dot product has the bits of the plain loop", arguments: [0, 1, 31, 32, 33, 384, 640])
  func dotProductsEqual(length: Int) {
    let rows = ProductTests.random(2, length, seed: 3)
    let plain = rows.storage.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { plainDotProduct($0, $0 + length, count: length) } ?? 0
    }
    #expect(rows.dotProduct(0, 1).bitPattern == plain.bitPattern)
    #expect(
      dotProduct(Array(rows.row(0)), rows.storage, from: length).bitPattern == plain.bitPattern)
  }

  @Test("every number in half precision is read and written as it is")
  func halvesAreKept() {
    let numbers = (UInt16.min...UInt16.max).map(number(ofHalfBits:)).filter(\.isFinite)
    let matrix = HalfMatrix(rows: 1, columns: numbers.count)
    matrix.write(numbers, from: 0)
    var read: [Float] = []
    matrix.read(0..<1, into: &read)
    #expect(read.map(\.bitPattern) == numbers.map(\.bitPattern))
    #expect(numbers.allSatisfy { number(ofHalfBits: halfBits(of: $0)).bitPattern == $0.bitPattern })
  }

  @Test("other numbers are rounded to the nearest, ties to even, on every processor")
  func halvesAreRounded() {
    var generator = SplitMix64(seed: 4)
    var numbers: [Float] = [1 + 0x1p-11, 1 + 0x3p-11, 0x1p-25, 0x3p-25, 65519, 65520, 1e9, -1e-9]
    for _ in 0..<4096 {
      numbers.append(Float(generator.gaussian() * generator.uniform() * generator.uniform()))
    }
    let matrix = HalfMatrix(rows: 1, columns: numbers.count)
    matrix.write(numbers, from: 0)
    var read: [Float] = []
    matrix.read(0..<1, into: &read)
    #expect(
      read.map(\.bitPattern) == numbers.map { number(ofHalfBits: halfBits(of: $0)).bitPattern })
    #expect(read[0..<4] == [1, 1 + 0x1p-9, 0, 0x1p-23])
    #expect(zip(numbers[8...], read[8...]).allSatisfy { abs($0 - $1) <= abs($0) / 2048 + 0x1p-25 })
  }
}
