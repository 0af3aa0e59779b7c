import Concurrency
import Foundation
import Testing

@testable import PassageUtility

@Suite struct CalibrationFitTests {
  private static let truth = Calibration(slope: 1.5, mean: -1, intercept: -0.5)
  /// The parameters from which the fit starts, and from which the ridge penalises the distance.
  private static let start = Calibration(slope: 1, mean: -0.6, intercept: -1)

  @Test("finds the parameters with which gold labels were drawn") func recovery() throws {
    var generator = SplitMix64(seed: 7)
    let rows = (0..<3000).map { _ in
      SyntheticQuery(&generator, truth: Self.truth).scores(isTrusted: true)
    }
    let fit = try #require(CalibrationFit(rows).calibration(near: Self.start))
    #expect(abs(fit.slope - Self.truth.slope) < 0.1)
    #expect(abs(fit.mean - Self.truth.mean) < 0.1)
    #expect(abs(fit.intercept - Self.truth.intercept) < 0.15)
  }

  @Test(
    "is nearer to the true probabilities than its start, and than a fit that trusts flipped labels",
    arguments: [(0.0, 0.0), (0.15, 0.15), (0.2, 0.02), (0.02, 0.2)])
  func noisyRecovery(_ useful: Double, _ useless: Double) throws {
    var generator = SplitMix64(seed: 7)
    let rows = (0..<1000).map { _ in
      SyntheticQuery(&generator, truth: Self.truth).scores(
        flipping: (useful, useless), &generator)
    }
    func error(_ calibration: Calibration) -> Double {
      let errors = rows.flatMap { row in
        row.scores.map {
          abs(
            calibration.probability($0, mean: row.mean)
              - Self.truth.probability($0, mean: row.mean))
        }
      }
      return errors.reduce(0, +) / Double(errors.count)
    }
    let fit = try #require(CalibrationFit(rows).calibration(near: Self.start))
    let trusting = try #require(
      CalibrationFit(
        rows.map {
          LabelledScores(scores: $0.scores, mean: $0.mean, labels: $0.labels, isTrusted: true)
        }
      ).calibration(near: Self.start))
    #expect(error(fit) < 0.9 * error(Self.start))
    if useful + useless > 0 { #expect(error(fit) < 0.8 * error(trusting)) }
  }

  @Test("with gold labels, the fit has the least loss by its definition") func optimum() throws {
    var generator = SplitMix64(seed: 8)
    let rows = (0..<40).map { index in
      SyntheticQuery(&generator, passages: 2 + index % 7, truth: Self.truth).scores(isTrusted: true)
    }
    func loss(_ parameters: [Double]) -> Double {
      let shipped = [Calibration.texts.slope, Calibration.texts.mean, Calibration.texts.intercept]
      let distance = zip(parameters, shipped).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return rows.reduce(3 * distance) { sum, row in
        sum
          + zip(row.scores, row.labels).reduce(0) { sum, passage in
            let odds =
              parameters[0] * passage.0 + parameters[1] * row.mean + parameters[2]
            return sum + log(1 + exp(passage.1 ? -odds : odds))
          } / Double(row.scores.count)
      }
    }
    let fit = try #require(CalibrationFit(rows).calibration(near: .texts))
    let found = [fit.slope, fit.mean, fit.intercept]
    for place in found.indices {
      for change in [-1e-3, 1e-3] {
        var other = found
        other[place] += change
        #expect(loss(other) > loss(found))
      }
    }
  }

  @Test("the fit trusts gold labels, and allows for errors in others") func trusted() throws {
    func fit(isTrusted: Bool) throws -> Calibration {
      var generator = SplitMix64(seed: 9)
      let rows = (0..<300).map { _ in
        let query = SyntheticQuery(&generator, truth: Self.truth)
        let flipped = query.scores(flipping: (0.15, 0.15), &generator)
        return LabelledScores(
          scores: flipped.scores, mean: flipped.mean, labels: flipped.labels, isTrusted: isTrusted)
      }
      return try #require(CalibrationFit(rows).calibration(near: .texts))
    }
    #expect(try fit(isTrusted: true).slope < 0.75 * fit(isTrusted: false).slope)
  }

  @Test("a few queries change the fit little, and more of the same change it more") func ridge()
    throws
  {
    var generator = SplitMix64(seed: 10)
    let rows = (0..<20).map { _ in
      SyntheticQuery(&generator, truth: Calibration(slope: 3, mean: -3, intercept: 1)).scores()
    }
    func distance(_ copies: Int) throws -> Double {
      let many = Array(repeating: rows, count: copies).flatMap(\.self)
      let fit = try #require(CalibrationFit(many).calibration(near: .texts))
      return abs(fit.slope - Calibration.texts.slope)
    }
    let (few, some, many) = (try distance(1), try distance(10), try distance(100))
    #expect(few > 0 && few < some && some < many)
  }

  @Test(
    "no fit to equal labels, to no labels, to labels against the scores, or to scores that are no numbers"
  )
  func refusals() {
    var generator = SplitMix64(seed: 11)
    let queries = (0..<200).map { _ in SyntheticQuery(&generator, truth: Self.truth) }
    func fit(_ change: (SyntheticQuery) -> SyntheticQuery) -> Calibration? {
      CalibrationFit(queries.map { change($0).scores(isTrusted: true) }).calibration(near: .texts)
    }
    #expect(fit { $0 } != nil)
    #expect(CalibrationFit([]).calibration(near: .texts) == nil)
    for label in [true, false] { #expect(fit { $0.labelled { _ in label } } == nil) }
    #expect(fit { query in query.labelled { !query.labels[$0] } } == nil)
    #expect(fit { $0.scored { _ in .nan } } == nil)
    #expect(fit { query in query.scored { query.values[$0] * 1e300 * 1e10 } } == nil)
  }

  @Test(
    "with scores that have no information, the slope stays positive or there is no fit")
  func noEvidence() {
    var generator = SplitMix64(seed: 12)
    let rows = (0..<300).map { _ in
      SyntheticQuery(&generator, truth: Calibration(slope: 0, mean: 0, intercept: 0)).scores()
    }
    if let fit = CalibrationFit(rows).calibration(near: .texts) { #expect(fit.slope > 0) }
    // With equal scores, the labels determine only the sum of the parameters, and the ridge the rest.
    let flat = (0..<30).map { index in
      LabelledScores(
        scores: [1, 1, 1], mean: 1, labels: [true, index % 2 == 0, false], isTrusted: true)
    }
    #expect(CalibrationFit(flat).calibration(near: .texts)?.slope.isFinite ?? true)
  }
}
