import Concurrency
import Foundation
import LabelQuality
import Testing

@Suite struct BinomialIntervalTests {
  @Test func theEndsAreThoseOfTheTextbook() {
    // Clopper and Pearson for 5 of 20 at 90 %: beta quantiles .1041 and .4556.
    let interval = BinomialInterval(hits: 5, of: 20)
    #expect(abs(interval.low - 0.1041) < 5e-5 && abs(interval.high - 0.4556) < 5e-5)
    // Nothing found in n draws: 1 − .05^(1/n) above; all found: the mirror image.
    let none = BinomialInterval(hits: 0, of: 100)
    #expect(none.low == 0 && abs(none.high - (1 - pow(0.05, 0.01))) < 1e-9)
    let all = BinomialInterval(hits: 100, of: 100)
    #expect(all.high == 1 && abs(all.low - pow(0.05, 0.01)) < 1e-9)
    #expect(BinomialInterval(hits: 0, of: 0) == BinomialInterval(hits: 0, of: 0, confidence: 0.5))
    // 22 of 22 is the fewest that show nine of ten.
    #expect(BinomialInterval.lowerBound(hits: 22, of: 22) >= 0.9)
    #expect(BinomialInterval.lowerBound(hits: 21, of: 21) < 0.9)
  }
}

@Suite struct StratifiedRateTests {
  private func stratum(_ size: Int, _ reviewed: Int, _ wrong: Int) -> StratifiedRate.Stratum {
    StratifiedRate.Stratum(size: size, reviewed: reviewed, wrong: wrong)
  }

  @Test func oneStratumHasItsOwnInterval() throws {
    let rate = try #require(
      StratifiedRate(drawn: [stratum(10_000, 100, 8)], chosen: stratum(0, 0, 0)))
    let interval = BinomialInterval(hits: 8, of: 100)
    #expect(rate.estimate == 0.08)
    #expect(abs(rate.low - interval.low) < 1e-9 && abs(rate.high - interval.high) < 1e-9)
  }

  @Test func recordsThatWereSeenAreCertain() throws {
    // All of it was reviewed.
    let whole = try #require(
      StratifiedRate(drawn: [stratum(50, 50, 5)], chosen: stratum(50, 50, 20)))
    #expect(whole.estimate == 0.25 && whole.low == 0.25 && whole.high == 0.25)
    // Ten chosen ones were never reviewed: right at the low end, wrong at the high end.
    let part = try #require(
      StratifiedRate(drawn: [stratum(50, 50, 5)], chosen: stratum(50, 40, 20)))
    #expect(part.low == 0.25 && part.high == 0.35)
    #expect(StratifiedRate(drawn: [], chosen: stratum(50, 40, 20)) == nil)
    #expect(StratifiedRate(drawn: [stratum(9, 0, 0)], chosen: stratum(0, 0, 0)) == nil)
  }

  @Test func theFileAsItIsNowCounts() throws {
    // The eight wrong ones were mended: the others are as wrong as before.
    let mended = try #require(
      StratifiedRate(
        drawn: [stratum(1000, 100, 8)], chosen: stratum(0, 0, 0), known: (count: 100, wrong: 0)))
    #expect(abs(mended.estimate - 0.072) < 1e-12 && mended.low < 0.072 && mended.high > 0.08)
    // Half of the others were taken out.
    let halved = try #require(
      StratifiedRate(
        drawn: [StratifiedRate.Stratum(size: 1000, reviewed: 100, wrong: 8, left: 450)],
        chosen: stratum(0, 0, 0), known: (count: 100, wrong: 0)))
    #expect(abs(halved.estimate - 36.0 / 550) < 1e-12)
    // What came later is like all that was there: a tenth of the hundred, and of the suspects 10 of 10, with half
    // a one as the guess before.
    let later = try #require(
      StratifiedRate(drawn: [stratum(100, 50, 5)], chosen: stratum(20, 10, 10), later: 100))
    let ofSuspects = 10.5 / 11
    #expect(abs(later.estimate - (10 + 10 + 10 * ofSuspects) / 120) < 1e-12)
    #expect(later.high > 120.0 / 220 && later.low <= 25.0 / 220)
  }

  /// Property: over many draws, the interval contains the truth about nine times in ten. The squares are not
  /// exact where the strata's intervals are far from symmetric; at least 88 % of 300 draws must hold.
  @Test(arguments: [0.01, 0.05, 0.2, 0.5])
  func theIntervalCoversTheTruth(_ rate: Double) throws {
    var generator = SplitMix64(seed: 7)
    let sizes = [
      (size: 400, draws: 34, rate: min(1, rate * 3)), (size: 4000, draws: 66, rate: rate),
    ]
    var covered = 0
    let trials = 300
    for _ in 0..<trials {
      var strata: [StratifiedRate.Stratum] = []
      var truth = 0
      for part in sizes {
        let wrong = Int((Double(part.size) * part.rate).rounded())
        truth += wrong
        var left = (0..<part.size).map { $0 < wrong }
        left.shuffle(using: &generator)
        strata.append(stratum(part.size, part.draws, left.prefix(part.draws).count { $0 }))
      }
      let found = try #require(StratifiedRate(drawn: strata, chosen: stratum(0, 0, 0)))
      let share = Double(truth) / 4400
      if found.low <= share, share <= found.high { covered += 1 }
    }
    #expect(Double(covered) / Double(trials) >= 0.88, "\(covered)")
  }
}

@Suite struct RecalibrationTests {
  /// Records whose run says x as the log-odds of an error, and whose truth follows `truth(x)`.
  private func sample(_ count: Int, seed: UInt64, _ truth: (Double) -> Double) -> [Recalibration
    .Example]
  {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      let x = generator.gaussian() * 2 - 2
      return Recalibration.Example(
        credibility: 1 / (1 + exp(x)), isWrong: generator.uniform() < truth(x), weight: 3)
    }
  }

  @Test func aShiftOfTheLevelIsFound() throws {
    let map = try #require(Recalibration(sample(2000, seed: 1) { 1 / (1 + exp(-($0 + 1.5))) }))
    for x in [-4.0, -2, 0] {
      #expect(abs(map.credibility(1 / (1 + exp(x))) - 1 / (1 + exp(x + 1.5))) < 0.06)
    }
  }

  @Test func aStepIsFoundByTheStepsAndNotByTheLine() throws {
    let map = try #require(Recalibration(sample(2000, seed: 2) { $0 > -2 ? 0.9 : 0.02 }))
    #expect(map.isIsotonic)
    #expect(
      map.credibility(1 / (1 + exp(-4.0))) > 0.9 && map.credibility(1 / (1 + exp(0.0))) < 0.25)
  }

  @Test func equalCredibilitiesHaveOneProbability() throws {
    // Of the least credible ones, nine in ten are wrong, and of the others one in ten.
    let examples = [0.2, 0.9].flatMap { credibility in
      (0..<100).map {
        Recalibration.Example(
          credibility: credibility, isWrong: ($0 % 10 == 0) != (credibility < 0.5), weight: 1)
      }
    }
    let map = try #require(Recalibration(examples))
    #expect(abs(map.credibility(0.2) - 0.1) < 0.03 && abs(map.credibility(0.9) - 0.9) < 0.03)
    #expect(abs(map.credibility(0.199999) - map.credibility(0.2)) < 0.03)
    #expect(abs(map.credibility(0.899999) - map.credibility(0.9)) < 0.03)
  }

  @Test func theOrderIsKeptAndFewDecisionsSayNothing() throws {
    let map = try #require(Recalibration(sample(60, seed: 3) { _ in 0 }))
    let credibilities = stride(from: 0.0, through: 1, by: 0.01).map { map.credibility($0) }
    #expect(zip(credibilities, credibilities.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(credibilities.allSatisfy { (0...1).contains($0) })
    #expect(Recalibration(sample(Recalibration.fewest - 1, seed: 4) { _ in 0.5 }) == nil)
  }
}

@Suite struct ProvenChangesTests {
  private func candidates(_ count: Int, every: Int, right: (Int) -> Bool) -> [Bool?] {
    (0..<count).map { $0 % every == 0 ? right($0) : nil }
  }

  @Test func asManyAsAreShownAreApplied() {
    // One of four was checked, and all checked ones are right.
    let all = ProvenChanges(candidates(400, every: 4) { _ in true })
    #expect(all.count == 400 && all.reviewed == 100 && all.right == 100)
    // From the 160th on, half are wrong.
    let part = ProvenChanges(candidates(400, every: 4) { $0 < 160 || $0 % 8 == 0 })
    #expect(part.count == 160 && part.reviewed == 40)
    #expect(abs(part.lowerBound - pow(0.1, 1.0 / 40)) < 1e-9)
  }

  @Test func tooFewDecisionsShowNothing() {
    #expect(ProvenChanges(candidates(400, every: 20) { _ in true }) == .nothing)
    #expect(ProvenChanges(candidates(400, every: 4) { $0 % 20 != 0 }) == .nothing)
    #expect(ProvenChanges([]) == .nothing)
    #expect(ProvenChanges(candidates(400, every: 4) { _ in true }, target: 0.999) == .nothing)
  }

  @Test func drawsOfWhichNothingIsKnownAnyMoreCountAsWrong() {
    let candidates = candidates(400, every: 4) { _ in true }
    let few = ProvenChanges(candidates, lost: 2)
    #expect(few.count == 400 && few.reviewed == 102 && few.right == 100)
    #expect(ProvenChanges(candidates, lost: 30) == .nothing)
  }

  /// Property: where the proposals are less often right than the target, hardly any draw applies them.
  @Test func theTargetHolds() {
    var generator = SplitMix64(seed: 5)
    let applied = (0..<400).count { _ in
      ProvenChanges(
        (0..<300).map { _ in
          generator.uniform() < 0.25 ? generator.uniform() < 0.88 : nil
        }
      ).count > 0
    }
    #expect(Double(applied) / 400 <= 0.1, "\(applied)")
  }
}
