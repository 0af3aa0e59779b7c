import Concurrency
import Testing
@testable import Vectors

@Suite("Rows that are computed when they are read") struct RowsTests {
  private let matrix = ProductTests.random(300, 12, seed: 1).normalised()
  private var spectrum: Spectrum {
    Spectrum(of: matrix, rows: (0..<200).map(Int32.init), threads: 2)
  }

  @Test("projected rows have the bits of the projected matrix, in any order")
  func projectedRowsEqual() {
    let projected = spectrum.project(matrix, threads: 2)
    let rows = ProjectedRows(matrix, in: spectrum)
    #expect(rows.matrix == projected)
    var some: [Float] = []
    rows.read([7, 299, 7], into: &some)
    #expect(some == [7, 299, 7].flatMap { Array(projected.row($0)) })
    #expect(rows.whitened(threads: 2).matrix == spectrum.whitened(projected))
  }

  @Test("joined rows have the numbers of both, of unit length where that is asked for")
  func joinedRowsEqual() {
    let other = ProductTests.random(300, 3, seed: 2)
    let joined = JoinedRows(matrix, other, widest: 5, isNormalised: false).matrix
    #expect(Array(joined.row(9)) == Array(matrix.row(9).prefix(5)) + Array(other.row(9)))
    #expect(JoinedRows(matrix, other, isNormalised: false).columns == 15)
    #expect(
      JoinedRows(matrix, other, widest: 5, isNormalised: true).matrix == joined.normalised())
  }

  @Test("blocks have all rows in order, whatever the number of threads", arguments: [1, 2])
  func blocksAreInOrder(threads: Int) {
    let long = ProductTests.random(9_000, 100, seed: 3)
    var read: [Float] = []
    var next = 0
    long.forEachBlock(threads: threads) { rows, values in
      #expect(rows.lowerBound == next && values.count == rows.count * 100)
      next = rows.upperBound
      read += values
    }
    #expect(next == 9_000 && read == long.storage)
  }

  @Test("a sparse product in half precision is the rounded product")
  func sparseProductsAreRounded() {
    let sparse = SparseMatrix(
      rows: 3, columns: 12, offsets: [0, 2, 2, 3], places: [0, 11, 4], values: [0.5, 2, -1])
    let axes = ProductTests.random(12, 9, seed: 4)
    let exact = sparse.times(axes, threads: 1)
    #expect(
      HalfMatrix(sparse, times: axes, threads: 2).matrix == HalfMatrix(exact, threads: 1).matrix)
  }

  @Test("the draws of several threads are those of one generator")
  func gaussiansAreInOrder() {
    var generator = SplitMix64(seed: 5)
    let drawn = Matrix.gaussian(rows: 2, columns: 70_000, seed: 5, threads: 2)
    #expect(drawn.storage.allSatisfy { $0 == Float(generator.gaussian()) })
  }
}
