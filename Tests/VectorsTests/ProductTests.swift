import Testing
import Vectors
import Concurrency

@Suite("Products") struct ProductTests {
  static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SplitMix64(seed: seed)
    var matrix = Matrix(rows: rows, columns: columns)
    for index in matrix.storage.indices { matrix.storage[index] = Float(generator.gaussian()) }
    return matrix
  }

  @Test("a tiled product equals a plain one in Double", arguments: [1, 3, 8, 33, 384])
  func productEqualsReference(width: Int) {
    let left = Self.random(7, width, seed: 1)
    let right = Self.random(9, width, seed: 2)
    let product = left.timesTransposed(right, threads: 2)
    for row in 0..<7 {
      for column in 0..<9 {
        var expected = 0.0
        for index in 0..<width {
          expected += Double(left[row, index]) * Double(right[column, index])
        }
        #expect(abs(Double(product[row, column]) - expected) < 1e-4)
      }
    }
  }

  @Test("neither the threads nor the place in a tile changes a bit of a product")
  func productIsTheSameEverywhere() {
    let left = Self.random(300, 50, seed: 3)
    let right = Self.random(11, 50, seed: 4)
    let one = left.timesTransposed(right, threads: 1)
    #expect(one == left.timesTransposed(right, threads: 2))
    for column in 0..<11 {
      let alone = Matrix(rows: 1, columns: 50, storage: Array(right.row(column)))
      #expect(left.timesTransposed(alone, threads: 1)[17, 0] == one[17, column])
    }
  }

  @Test(
    "the dot product equals a plain one at every length", arguments: [0, 1, 7, 31, 32, 33, 100])
  func dotProductEqualsReference(length: Int) {
    let rows = Self.random(2, length, seed: 5)
    var expected = 0.0
    for index in 0..<length { expected += Double(rows[0, index]) * Double(rows[1, index]) }
    #expect(abs(Double(rows.dotProduct(0, 1)) - expected) < 1e-5)
  }

  @Test func rowsOfZerosStayWhenNormalised() {
    let matrix = Matrix(rows: 2, columns: 2, storage: [0, 0, 3, 4]).normalised()
    #expect(matrix.storage == [0, 0, 0.6, 0.8])
  }
}
