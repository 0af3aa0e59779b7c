import Testing

@testable import Vectors

@Suite("Cholesky's factor") struct CholeskyFactorTests {
  @Test("factor, solution and inverse of a matrix worked by hand")
  func byHand() {
    // A = L·Lᵀ with L = [[2, 0], [1, 3]].
    let factor = CholeskyFactor(of: [4, 2, 2, 10], order: 2)
    #expect(factor.lower[0] == 2 && factor.lower[2] == 1 && factor.lower[3] == 3)
    // A·[1, 2] = [8, 22].
    let solution = factor.solved([8, 22])
    #expect(abs(solution[0] - 1) < 1e-12 && abs(solution[1] - 2) < 1e-12)
    // L⁻¹ = [[1/2, 0], [−1/6, 1/3]].
    let inverse = factor.inverted()
    for (own, expected) in zip(inverse.storage, [0.5, 0, -1.0 / 6, 1.0 / 3]) {
      #expect(abs(Double(own) - expected) < 1e-6)
    }
  }

  @Test("a column that depends on another has no part in solution or inverse")
  func dependent() {
    let factor = CholeskyFactor(of: [1, 2, 0, 2, 4, 0, 0, 0, 9], order: 3)
    #expect(factor.isDependent == [false, true, false])
    #expect(factor.solved([1, 2, 18]) == [1, 0, 2])
    #expect(factor.inverted().storage == [1, 0, 0, 0, 0, 0, 0, 0, Float(1) / 3])
  }
}
