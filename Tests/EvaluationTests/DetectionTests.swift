import Testing

@testable import Evaluation

/// Worked by hand.
@Suite struct DetectionTests {
  @Test func aRankingWithoutTies() {
    // From the top: wrong, right, wrong, right.
    let curve = RankingCurve(
      scores: [0.9, 0.8, 0.7, 0.1], positives: [true, false, true, false])
    #expect(abs(curve.averagePrecision - (1 + 2.0 / 3) / 2) < 1e-12)
    #expect(curve.areaUnderROC == 0.75)
    #expect(abs(curve.bestF1 - 0.8) < 1e-12)
    #expect(curve.precision(of: 2) == 0.5)
    #expect(curve.recall(atPrecision: 0.9) == 0.5)
    #expect(curve.recall(atPrecision: 0.5) == 1)
  }

  @Test func equalScoresAreTakenTogether() {
    let curve = RankingCurve(
      scores: [0, 0, 0, 0], positives: [true, false, true, false])
    #expect(curve.averagePrecision == 0.5)
    #expect(curve.areaUnderROC == 0.5)
    #expect(curve.precision(of: 1) == 0.5)
    // Two of the three tied records are wrong, and one of them is among the second and third.
    let tied = RankingCurve(
      scores: [3, 2, 2, 2, 1], positives: [false, true, true, false, false])
    #expect(abs(tied.precision(of: 2) - (2.0 / 3) / 2) < 1e-12)
  }

  @Test func withoutErrorsThereIsNoOrderToMeasure() {
    let figures = Detection.figures(
      suspicion: [0, 0, 0], errors: [false, false, false], flags: [false, true, false])
    #expect(figures["ap"] == nil)
    #expect(figures.number("flag_f1") == 0)
    #expect(figures.number("flag_f1_clean_positive") == 0.8)
  }

  @Test func thereIsNothingInAnEmptyFile() {
    let figures = ClassEvaluation([], leftOut: 2).figures
    #expect(figures.number("rows") == 0 && figures.number("coverage") == 0)
    #expect(figures.number("detection", "prevalence") == 0)
    #expect(UtilityEvaluation([]).figures.number("passages") == 0)
  }
}

@Suite struct TieBreakingTests {
  /// Values of numpy.random.default_rng(seed).random, NumPy 2.
  static let sequences: [(seed: UInt32, values: [Double])] = [
    (0, [0.6369616873214543, 0.2697867137638703, 0.04097352393619469]),
    (3_735_928_559, [0.3495996094149477, 0.6246819820584529]),
  ]

  @Test(arguments: sequences)
  func theNumbersAreThoseOfNumPy(_ seed: UInt32, _ expected: [Double]) {
    var generator = PCG64(seed: seed)
    #expect(expected.map { _ in generator.nextUnit() } == expected)
  }

  @Test func theChecksumIsThatOfZlib() {
    // The check value that the catalogue of CRCs gives for CRC-32/ISO-HDLC.
    #expect(cyclicRedundancyCheck("123456789".utf8) == 0xCBF4_3926)
  }
}
