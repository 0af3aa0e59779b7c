import Foundation
import Testing

@testable import Evaluation

/// Worked by hand.
@Suite struct LabelTests {
  private func label(_ number: Int32) -> EvaluatedLabel {
    EvaluatedLabel(identity: number, name: number)
  }

  private func corrections(
    _ given: [Int32], _ corrected: [Int32], _ gold: [Int32], sets: [[Int32]]? = nil
  ) -> Figures {
    Correction.figures(
      given: given.map(label), corrected: corrected.map(label), gold: gold.map(label),
      goldSets: sets.map { $0.map { $0.map(label) } } ?? given.map { _ in [] })
  }

  @Test func correctionsAreCounted() {
    // Given a a b b, corrected a b b a, gold a b b b.
    let figures = corrections([0, 0, 1, 1], [0, 1, 1, 0], [0, 1, 1, 1])
    #expect(figures.number("fixed") == 1 && figures.number("broken") == 1)
    #expect(figures.number("net_gain") == 0 && figures.number("changed") == 2)
    #expect(figures.number("acc_before") == 0.75 && figures.number("acc_gain") == 0)
    // F1 of a: 2·1/(2+1), of b: 2·2/(2+3).
    let macro = (2.0 / 3 + 4.0 / 5) / 2
    #expect(abs((figures.number("macro_f1_before") ?? 0) - macro) < 1e-12)
  }

  @Test func anyLabelOfASetIsRight() {
    let figures = corrections([0], [1], [2], sets: [[0, 1]])
    #expect(figures.number("acc_before") == 1 && figures.number("broken") == 0)
  }

  @Test func softLabelsAreMeasured() {
    let rows = [
      SparseDistribution(entries: [(0, 0.8), (1, 0.2)]),
      SparseDistribution(entries: [(0, 0.4), (1, 0.6)]),
    ]
    let figures = SoftLabels.figures(rows, truth: [0, 0], classes: [0, 1], clip: 1e-6)
    #expect(abs((figures.number("brier") ?? 0) - ((0.04 + 0.04) + (0.36 + 0.36)) / 2) < 1e-12)
    #expect(abs((figures.number("nll") ?? 0) + (log(0.8) + log(0.4)) / 2) < 1e-12)
    #expect(abs((figures.number("ece") ?? 0) - (0.2 * 0.5 + 0.6 * 0.5)) < 1e-12)
    #expect(figures.number("acc") == 0.5)
  }

  @Test func aClassThatIsNotListedHasTheRest() {
    // Three classes: the given one .4, the others .3 each.
    let row = SparseDistribution(entries: [(1, 0.4)], rest: 0.3)
    let figures = SoftLabels.figures([row], truth: [2], classes: [0, 1, 2], clip: 1e-6)
    #expect(
      abs((figures.number("brier") ?? 0) - (0.3 * 0.3 + 0.4 * 0.4 + 0.7 * 0.7)) < 1e-12)
    // A row of zeros says nothing: every class has a third, and the first is as likely as any.
    let empty = SoftLabels.figures(
      [SparseDistribution(shares: [(1, 0)])], truth: [0], classes: [0, 1, 2], clip: 1e-6)
    #expect(abs((empty.number("nll") ?? 0) - log(3)) < 1e-12 && empty.number("acc") == 1)
  }

  /// The expected values are those of the reference implementation: .8 · 15 is 12, and whether a confidence
  /// stays below that is up to the order in which 150 shares are added.
  @Test func aConfidenceOnTheBorderOfTwoIntervalsFallsWhereTheReferencePutsIt() {
    let classes = Array<Int32>(0..<150)
    let given = classes + classes
    let truth = given.enumerated().map { $0.offset % 5 == 0 ? ($0.element + 1) % 150 : $0.element }
    let rows = given.map { SparseDistribution(entries: [($0, 1 - 0.2)], rest: 0.2 / 149) }
    let figures = SoftLabels.figures(rows, truth: truth, classes: classes, clip: 1e-6)
    #expect(abs((figures.number("ece") ?? 0) - 0.00267) < 5e-6)
  }

  @Test func divergenceIsInBits() {
    let (first, second) = (
      SparseDistribution(certain: 0), SparseDistribution(entries: [(0, 0.5), (1, 0.5)])
    )
    #expect(SoftLabels.divergence(first, first) == 0)
    #expect(SoftLabels.divergence(first, SparseDistribution(certain: 1)) == 1)
    let expected = (log2(1 / 0.75) + 0.5 * log2(0.5 / 0.75) + 0.5) / 2
    #expect(abs(SoftLabels.divergence(first, second) - expected) < 1e-12)
  }

  @Test func passagesOfOneQuery() {
    func passage(_ utility: Double?, _ gold: Double) -> EvaluatedPassage {
      EvaluatedPassage(gold: gold, utility: utility, isUseful: nil)
    }
    let ranked = UtilityEvaluation([[passage(3, 0), passage(2, 1), passage(1, 0)]]).figures
    #expect(abs((ranked.number("ndcg5") ?? 0) - 1 / log2(3)) < 1e-12)
    #expect(ranked.number("mrr") == 0.5 && ranked.number("map") == 0.5)
    #expect(ranked.number("pairs") == 2 && ranked.number("pair_auc") == 0.5)
    let tied = UtilityEvaluation([[passage(1, 0), passage(1, 1)]]).figures
    #expect(abs((tied.number("ndcg5") ?? 0) - (1 + 1 / log2(3)) / 2) < 1e-12)
    #expect(tied.number("pair_auc") == 0.5)
  }
}
