import Concurrency
import Foundation
import Testing
import Vectors

@testable import LabelQuality

@Suite("Error probabilities") struct ErrorProbabilitiesTests {
  /// The Brier score, per record, that the soft labels cost if every given label is right.
  private func brierCost(_ records: KnownRecords, _ wrong: [Double]) -> Double {
    let targets = records.data.targets
    let posterior = records.posterior
    var own: [Float] = []
    var cost = 0.0
    for row in targets.annotated.map(Int.init) {
      guard let given = targets.single(row) else { continue }
      posterior.write(row, given: given, into: &own)
      let rest = 1 - Double(own[given])
      for label in own.indices {
        let difference =
          label == given ? wrong[row] : wrong[row] * Double(own[label]) / rest
        cost += difference * difference
      }
    }
    return cost / Double(targets.annotated.count)
  }

  @Test("with two labels and equal margins, q² · 2 is the Brier budget")
  func budgetOfTwoLabels() throws {
    let records = try KnownRecords(
      [[0.8, 0.2], [0.2, 0.8], [0.8, 0.2], [0.2, 0.8]], given: [[0], [1], [0], [1]])
    let probabilities = records.errorProbabilities()
    for wrong in probabilities.cautious { #expect(abs(wrong - 0.0015.squareRoot()) < 1e-6) }
    #expect(abs(probabilities.cautiousRate - 0.0015.squareRoot()) < 1e-6)
  }

  @Test("with three labels, the other two equally likely, q² · 1.5 is the Brier budget")
  func budgetOfThreeLabels() throws {
    let records = try KnownRecords(
      [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]], given: [[0], [1], [2]])
    for wrong in records.errorProbabilities().cautious {
      #expect(abs(wrong - 0.002.squareRoot()) < 1e-6)
    }
  }

  @Test("without a gate the soft labels cost the Brier budget and no more", arguments: 1...5)
  func budgetIsSpent(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let labels = 2 + Int(seed % 3)
    let rows = (0..<60).map { _ in
      let weights = (0..<labels).map { _ in Float.random(in: 0.02...1, using: &generator) }
      let total = weights.reduce(0, +)
      return weights.map { $0 / total }
    }
    // The likeliest label is given, save for every fourth record, if another label is about as likely.
    let given = rows.enumerated().map { index, row -> [Int32]? in
      let best = row.indices.max { row[$0] < row[$1] } ?? 0
      let other = row.indices.filter { $0 != best }.max { row[$0] < row[$1] } ?? 0
      let isWrong = index.isMultiple(of: 4) && row[best] < 1.5 * row[other]
      return [Int32(isWrong ? other : best)]
    }
    #expect(zip(rows, given).contains { $0.max() != $0[Int($1?.first ?? 0)] })
    let records = try KnownRecords(rows, given: given)
    let probabilities = records.errorProbabilities()
    let cost = brierCost(records, probabilities.cautious)
    #expect(cost <= ErrorProbabilities.maximumBrierCost + 1e-6)
    #expect(cost > ErrorProbabilities.maximumBrierCost - 1e-5)
    #expect(probabilities.cautious.allSatisfy { (0...1).contains($0) })
  }

  @Test(
    "the probabilities add up to the estimated errors, whatever the soft labels may cost",
    arguments: [0.05, 0.3, 0.6])
  func levelIsTheEstimate(rate: Double) throws {
    let records = try KnownRecords(
      [[0.9, 0.1], [0.2, 0.8], [0.25, 0.75], [0.75, 0.25]], given: [[0], [1], [0], [1]])
    let probabilities = records.errorProbabilities(rate: rate)
    #expect(abs(probabilities.wrong.reduce(0, +) - 4 * rate) < 1e-9)
    #expect(abs(probabilities.rate - rate) < 1e-9)
    let low = records.errorProbabilities(rate: 0.01)
    #expect(probabilities.cautious == low.cautious)
    let order = probabilities.wrong.indices.sorted {
      probabilities.wrong[$0] < probabilities.wrong[$1]
    }
    #expect(order == low.cautious.indices.sorted { low.cautious[$0] < low.cautious[$1] })
  }

  @Test("where there is only one label, no given label is wrong")
  func oneLabel() throws {
    let probabilities = try KnownRecords([[1], [1]], given: [[0], [0]]).errorProbabilities()
    #expect(probabilities.wrong == [0, 0] && probabilities.cautious == [0, 0])
    #expect(probabilities.rate == 0)
  }

  @Test("no file is taken to have no error")
  func lowestRate() throws {
    let records = try KnownRecords([[0.8, 0.2], [0.2, 0.8]], given: [[0], [1]])
    #expect(abs(records.errorProbabilities(rate: 0).rate - ErrorProbabilities.lowestRate) < 1e-9)
  }

  @Test("a larger margin is more suspect, and equal margins are equally suspect")
  func orderOfMargins() throws {
    // Half of the records have candidates that are not their labels, so the transition has no effect and
    // the margins are the logs of the odds: of 1/9, 1/4, 3 and 3.
    let records = try KnownRecords(
      [[0.9, 0.1], [0.2, 0.8], [0.25, 0.75], [0.75, 0.25]], given: [[0], [1], [0], [1]])
    let margins = records.margins.margin
    for (margin, odds) in zip(margins, [1.0 / 9, 1.0 / 4, 3, 3]) {
      #expect(abs(margin - log(odds)) < 1e-5)
    }
    let wrong = records.errorProbabilities().wrong
    #expect(wrong[0] < wrong[1])
    #expect(wrong[1] < wrong[2])
    #expect(abs(wrong[2] - wrong[3]) < 1e-6)
    // Log-odds differ as γ = 0.7 times the margins do.
    func logOdds(_ probability: Double) -> Double { log(probability / (1 - probability)) }
    let spread = logOdds(wrong[2]) - logOdds(wrong[0])
    #expect(abs(spread - 0.7 * (margins[2] - margins[0])) < 1e-5)
  }

  @Test("a record without a label has no error probability, and counts in no mean")
  func withoutLabel() throws {
    let labelled: [[Float]] = [[0.8, 0.2], [0.2, 0.8]]
    let alone = try KnownRecords(labelled, given: [[0], [1]]).errorProbabilities()
    let beside = try KnownRecords(labelled + [[0.3, 0.7]], given: [[0], [1], nil])
      .errorProbabilities()
    #expect(beside.wrong[2].isNaN)
    #expect(Array(beside.wrong.prefix(2)) == alone.wrong)
    #expect(beside.rate == alone.rate)
  }

  /// Two labels with 20 agreements each, and 12 disagreements, for `supported` of which the names prefer
  /// the label that the evidence prefers.
  private func gateAndRecords(supported: Int) throws -> (LabelNameGate, KnownRecords) {
    var rows: [[Float]] = []
    var given: [[Int32]?] = []
    var vectors: [Float] = []
    for row in 0..<52 {
      let preferred = row % 2
      let isDisputed = row >= 40
      rows.append(preferred == 0 ? [0.9, 0.1] : [0.1, 0.9])
      given.append([Int32(isDisputed ? 1 - preferred : preferred)])
      let named = isDisputed && row - 40 >= supported ? 1 - preferred : preferred
      vectors += named == 0 ? [1, 0] : [0, 1]
    }
    let records = try KnownRecords(rows, given: given)
    let gate = LabelNameGate(
      outOfFold: records.outOfFold, targets: records.data.targets,
      meanings: LabelMeanings(
        records: Matrix(rows: 52, columns: 2, storage: vectors),
        names: Matrix(rows: 2, columns: 2, storage: [1, 0, 0, 1])),
      threads: 1)
    return (gate, records)
  }

  @Test("with an open gate, all probabilities add up to the gate's estimate of wrong labels")
  func openGate() throws {
    let (gate, records) = try gateAndRecords(supported: 9)
    // Ten agreements per label count, so a = 11/12 and b = 1/12. The share of right disagreements is
    // (9/12 − 1/12)/(10/12) = 4/5.
    #expect(gate.isOpen)
    #expect(abs((gate.rightShare ?? 0) - 0.8) < 1e-9)
    #expect(abs(gate.informativeness - 25.0 / 36) < 1e-9)
    let probabilities = records.errorProbabilities(gate: gate)
    // Less the bias of .075, that is 8.7 of the 12 disagreements.
    let total: Double = probabilities.cautious.reduce(0, +)
    #expect(abs(total - 8.7) < 1e-6)
    #expect(abs(probabilities.cautiousRate - 8.7 / 52) < 1e-8)
    #expect(probabilities.wrong == probabilities.cautious)
    #expect(abs((probabilities.rightShare ?? 0) - 0.725) < 1e-9)
  }

  @Test("a shut gate changes nothing")
  func shutGate() throws {
    // (8/12 − 1/12)/(10/12) is .7, and (6/12 − 1/12)/(10/12) is .5, which is too little.
    let (open, _) = try gateAndRecords(supported: 8)
    let (shut, records) = try gateAndRecords(supported: 6)
    #expect(open.isOpen)
    #expect(!shut.isOpen)
    let probabilities = records.errorProbabilities(gate: shut)
    #expect(probabilities.wrong == records.errorProbabilities().wrong)
    #expect(probabilities.cautious == records.errorProbabilities().cautious)
    #expect(probabilities.rightShare == nil)
  }

  @Test("what is left beside a label that is all but certain is shared as the others are likely")
  func softLabelOfACertainOne() {
    let soft = SingleLabelDecisions.softLabel(given: 0, wrong: 0.5, posterior: [1, 1e-8, 3e-8])
    for (own, expected) in zip(soft, [0.5, 0.125, 0.375]) { #expect(abs(own - expected) < 1e-6) }
    #expect(SingleLabelDecisions.softLabel(given: 0, wrong: 0.5, posterior: [1, 0]) == [1, 0])
  }

  @Test("the logistic function has no overflow")
  func logistic() {
    #expect(sigmoid(0) == 0.5)
    #expect(abs(sigmoid(log(3)) - 0.75) < 1e-12)
    #expect(abs(sigmoid(-log(3)) - 0.25) < 1e-12)
    #expect(sigmoid(1e6) == 1)
    #expect(sigmoid(-1e6) == 0)
  }
}
