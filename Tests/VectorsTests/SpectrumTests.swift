import Testing
import Vectors
import Concurrency

@Suite("Spectrum") struct SpectrumTests {
  @Test("the eigenvalues and eigenvectors of a known 2 × 2 matrix")
  func knownMatrix() {
    // Eigenvalues 3 and 1, along (1, 1) and (1, −1).
    let (values, vectors) = symmetricEigen([2, 1, 1, 2], order: 2)
    #expect(abs(values[0] - 3) < 1e-12 && abs(values[1] - 1) < 1e-12)
    #expect(abs(vectors[0] - vectors[1]) < 1e-12)
    #expect(abs(vectors[2] + vectors[3]) < 1e-12)
  }

  @Test("V·diag(w)·Vᵀ equals the matrix, and V is orthonormal", arguments: [1, 2, 5, 40, 97])
  func decompositionIsExact(order: Int) {
    var generator = SplitMix64(seed: UInt64(order))
    var matrix = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0...row {
        let value = generator.gaussian()
        matrix[row * order + column] = value
        matrix[column * order + row] = value
      }
    }
    let (values, vectors) = symmetricEigen(matrix, order: order)
    #expect(values == values.sorted(by: >))
    for row in 0..<order {
      for column in 0..<order {
        var rebuilt = 0.0
        var product = 0.0
        for index in 0..<order {
          rebuilt +=
            values[index] * vectors[index * order + row] * vectors[index * order + column]
          product += vectors[row * order + index] * vectors[column * order + index]
        }
        #expect(abs(rebuilt - matrix[row * order + column]) < 1e-9)
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-10)
      }
    }
  }

  @Test func repeatedEigenvaluesOfADiagonalMatrixAreFound() {
    let (values, _) = symmetricEigen([5, 0, 0, 0, 5, 0, 0, 0, 0], order: 3)
    #expect(values == [5, 5, 0])
  }

  @Test("the scatter of projected rows is diagonal and holds the eigenvalues")
  func projectionDiagonalisesTheScatter() {
    let matrix = ProductTests.random(200, 12, seed: 9)
    let spectrum = Spectrum(of: matrix, rows: (0..<200).map(Int32.init), threads: 2)
    let projected = spectrum.project(matrix, threads: 2)
    for first in 0..<12 {
      for second in 0...first {
        var sum = 0.0
        for row in 0..<200 { sum += Double(projected[row, first]) * Double(projected[row, second]) }
        let expected = first == second ? spectrum.values[first] : 0
        #expect(abs(sum - expected) < 2e-3)
      }
    }
  }

  @Test("whitened rows have unit length, and identical rows stay identical")
  func whitenedRowsAreUnit() {
    var matrix = ProductTests.random(50, 6, seed: 10)
    for column in 0..<6 { matrix[1, column] = matrix[0, column] }
    let spectrum = Spectrum(of: matrix, rows: (0..<50).map(Int32.init), threads: 1)
    let whitened = spectrum.whitened(spectrum.project(matrix, threads: 1))
    for row in 0..<50 { #expect(abs(whitened.dotProduct(row, row) - 1) < 1e-5) }
    #expect(Array(whitened.row(0)) == Array(whitened.row(1)))
  }

  @Test("identical rows have no variance, and whitening them gives finite numbers")
  func constantRows() {
    let matrix = Matrix(rows: 10, columns: 3, storage: [Float](repeating: 0.5, count: 30))
    let spectrum = Spectrum(of: matrix, rows: (0..<10).map(Int32.init), threads: 1)
    let whitened = spectrum.whitened(spectrum.project(matrix, threads: 1))
    #expect(whitened.storage.allSatisfy { $0.isFinite })
  }
}
