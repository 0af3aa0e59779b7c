import Concurrency
import Foundation
import Testing

@testable import PassageUtility

@Suite struct JudgeReliabilityTests {
  /// A file of queries whose passages are useful as often as their utility says.
  ///
  /// - Parameter score: the judge's score of a passage, given whether it is useful.
  private static func file(
    _ queries: Int, seed: UInt64, score: (Bool, inout SplitMix64) -> Double
  ) -> (utility: [[Double]], truth: [[Bool]], judged: [[Double?]?]) {
    var generator = SplitMix64(seed: seed)
    var utility: [[Double]] = []
    var truth: [[Bool]] = []
    var judged: [[Double?]?] = []
    for _ in 0..<queries {
      let row = (0..<8).map { _ in
        let share = Double.random(in: 0..<1, using: &generator)
        return min(max(share * share, 0.01), 0.95)
      }
      let useful = row.map { Double.random(in: 0..<1, using: &generator) < $0 }
      utility.append(row)
      truth.append(useful)
      judged.append(useful.map { score($0, &generator) })
    }
    return (utility, truth, judged)
  }

  private static func brier(_ utility: [[Double]], _ truth: [[Bool]]) -> Double {
    let errors = zip(utility, truth).flatMap { zip($0, $1).map { pow($0 - ($1 ? 1 : 0), 2) } }
    return errors.reduce(0, +) / Double(errors.count)
  }

  private static func joined(
    _ file: (utility: [[Double]], truth: [[Bool]], judged: [[Double?]?])
  ) -> [[Double]] {
    let reliability = JudgeReliability.estimate(file.utility, judged: file.judged)
    return zip(file.utility, file.judged).map { row, judged in
      zip(row, judged ?? []).map { reliability.joined($0, score: $1 ?? 0) }
    }
  }

  /// By hand: ln(.85/.13) = 1.878, ln(.08/.22) = −1.012, ln(.07/.65) = −2.228.
  @Test("without judgements, the reliability is the published prior") func prior() {
    for file in [[], [nil]] as [[[Double?]?]] {
      let reliability = JudgeReliability.estimate(file.map { _ in [0.5] }, judged: file)
      for (found, expected) in zip(reliability.logOdds, [-2.228, -1.012, 1.878]) {
        #expect(abs(found - expected) < 0.001)
      }
      // .5 has even odds: e^(.5 · 1.878) = 2.557 to 1.
      #expect(abs(reliability.joined(0.5, score: 1) - 2.557 / 3.557) < 0.001)
    }
  }

  @Test(
    "a score has the grade of its range",
    arguments: [(0.0, 0), (0.24, 0), (0.25, 1), (0.74, 1), (0.75, 2), (1, 2)])
  func grades(score: Double, grade: Int) {
    #expect(JudgeReliability.Grade(score: score).rawValue == grade)
  }

  @Test("a judge that scores at random changes utility little", arguments: [1, 2, 3] as [UInt64])
  func random(seed: UInt64) {
    let file = Self.file(200, seed: seed) { _, generator in
      [0, 0.5, 1].randomElement(using: &generator) ?? 0
    }
    let reliability = JudgeReliability.estimate(file.utility, judged: file.judged)
    #expect(reliability.added.allSatisfy { abs($0.logOdds) < 0.35 })
    let texts = Self.brier(file.utility, file.truth)
    #expect(Self.brier(Self.joined(file), file.truth) < texts + 0.005)
  }

  @Test("a good judge has high log-odds and improves utility", arguments: [1, 2, 3] as [UInt64])
  func good(seed: UInt64) {
    let file = Self.file(200, seed: seed) { isUseful, generator in
      Double.random(in: 0..<1, using: &generator) < 0.1 ? 0.5 : isUseful ? 1 : 0
    }
    let reliability = JudgeReliability.estimate(file.utility, judged: file.judged)
    #expect(reliability.logOdds[2] > 1.5 && reliability.logOdds[0] < -1)
    let texts = Self.brier(file.utility, file.truth)
    #expect(Self.brier(Self.joined(file), file.truth) < 0.75 * texts)
  }

  @Test("a blank passage stays useless, and every combined utility is a probability")
  func bounds() {
    let file = Self.file(5, seed: 4) { isUseful, _ in isUseful ? 1 : 0 }
    let reliability = JudgeReliability.estimate(file.utility, judged: file.judged)
    #expect(reliability.joined(0, score: 1) == 0)
    for utility in [1e-300, 1e-9, 0.5, 1 - 1e-12] {
      for score in [0, 0.5, 1] {
        #expect((0...1).contains(reliability.joined(utility, score: score)))
      }
    }
  }
}
