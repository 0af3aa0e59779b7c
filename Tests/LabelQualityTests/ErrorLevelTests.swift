import Foundation
import Testing
import Vectors

@testable import LabelQuality

@Suite("Level of the error rate") struct ErrorLevelTests {
  @Test("the estimate is the model's, computed by hand")
  func estimate() {
    // −.529 + .461·ln(.103/.903) − 1.605·.2 = −1.8509; its logistic is .13578, less .01.
    let level = ErrorLevel(corruptedShare: 0.1, asymmetry: 0.2)
    #expect(abs(level.estimate - 0.12578) < 1e-4)
    #expect(abs(level.low - (1 / (1 + exp(1.8509 + 2.06)) - 0.01)) < 1e-4)
    #expect(abs(level.high - (1 / (1 + exp(1.8509 - 1.84)) - 0.01)) < 1e-4)
  }

  @Test("the rate rises with what looks wrong, falls with one-sidedness, and stays in 0…1")
  func directions() {
    var before = -1.0
    for share in [0, 0.001, 0.01, 0.1, 0.5, 0.9, 1] {
      let level = ErrorLevel(corruptedShare: share, asymmetry: 0.3)
      #expect(level.estimate >= before)
      #expect((0...1).contains(level.low) && level.low <= level.estimate)
      #expect(level.estimate <= level.high && level.high <= 1)
      #expect(
        ErrorLevel(corruptedShare: share, asymmetry: 0.6).estimate <= level.estimate)
      before = level.estimate
    }
  }

  @Test("confusions in one direction are one-sided, in both directions they are not")
  func asymmetry() throws {
    func asymmetry(_ given: [Int32], _ likely: [Int]) throws -> Double {
      try KnownRecords(
        likely.map { $0 == 0 ? [0.9, 0.1] : [0.1, 0.9] }, given: given.map { [$0] }
      ).transition.asymmetry
    }
    let likely = (0..<40).map { $0 % 2 }
    let right = likely.map(Int32.init)
    #expect(try asymmetry(right, likely) < 1e-9)
    var both = right
    for row in 0..<8 { both[row] = 1 - both[row] }
    #expect(try asymmetry(both, likely) < 1e-9)
    var one = right
    for row in stride(from: 0, to: 16, by: 2) { one[row] = 1 }
    #expect(try asymmetry(one, likely) > 0.4)
  }
}
