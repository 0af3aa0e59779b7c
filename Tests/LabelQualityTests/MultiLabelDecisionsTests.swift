import Assessments
import Foundation
import Testing

@testable import LabelQuality

@Suite("Multi-label decisions") struct MultiLabelDecisionsTests {
  /// The assessments of lists of labels with the given probabilities.
  private func assess(
    _ probabilities: [[Float]], given: [[Int32]?], trusted: Set<Int> = [],
    slots: [LabelSlot]? = nil, mode: CorrectionMode = .auto, flagBelow: Double? = nil,
    errors: ListErrors = ListErrors()
  ) throws -> [LabelAssessment] {
    let records = try KnownRecords(
      probabilities, given: given, isMultiLabel: true, trusted: trusted, slots: slots)
    return MultiLabelDecisions(
      data: records.data, outOfFold: records.outOfFold, errors: errors,
      options: AssessmentOptions(mode: mode, flagBelow: flagBelow)
    ).assessments()
  }

  private func isNear(_ value: Double?, _ expected: Double) -> Bool {
    abs((value ?? .nan) - expected) < 1e-6
  }

  /// Whether the soft label has these labels in this order, with these probabilities.
  private func isNear(
    _ soft: [(label: Int32, probability: Double)], _ expected: [(Int32, Double)]
  ) -> Bool {
    soft.count == expected.count
      && zip(soft, expected).allSatisfy { $0.label == $1.0 && isNear($0.probability, $1.1) }
  }

  @Test("credibility is that of the least credible membership, given or missing")
  func credibility() throws {
    let all = try assess(
      [[0.9, 0.2, 0.3], [0.9, 0.4, 0.1], [0.7, 0.9, 0.1]], given: [[0], [0, 1], [1]])
    // Label 2 is missing: 1 − .3. Label 1 is given: .4. Label 0 is missing: 1 − .7.
    #expect(isNear(all[0].credibility, 0.7))
    #expect(isNear(all[1].credibility, 0.4))
    #expect(isNear(all[2].credibility, 0.3))
  }

  @Test("a list is kept where the evidence prefers the same list")
  func kept() throws {
    let kept = try assess([[0.9, 0.2], [0.1, 0.8]], given: [[0], [1]])[0]
    #expect(kept.action == .kept)
    #expect(!kept.isFlagged)
    #expect(kept.labels == [0])
    #expect(kept.proposal.isEmpty)
    #expect(isNear(kept.weight, 0.8))
    #expect(kept.reason == nil)
  }

  @Test("the soft label is the probability of each label to belong to the record")
  func softLabel() throws {
    let rows: [[Float]] = [[0.5, 0.9, 0.2], [0.2, 0.2, 0.8]]
    let all = try assess(rows, given: [[0], [2]])
    #expect(isNear(all[0].softLabel, [(1, 0.9), (0, 0.5), (2, 0.2)]))
    // Equal probabilities are ordered by label.
    #expect(isNear(all[1].softLabel, [(2, 0.8), (0, 0.2), (1, 0.2)]))
    // Where errors are rare, the same evidence moves the given list less: log-odds 1 less.
    let rare = try assess(rows, given: [[0], [2]], errors: ListErrors(shift: -1))
    #expect(isNear(rare[0].credibility, 1 - sigmoid(log(9) - 1)))
    // Labels 1 and 2 were not given, label 0 was.
    let expected: [(Int32, Double)] = [
      (1, sigmoid(log(9) - 1)), (0, 1 - sigmoid(-1)), (2, sigmoid(log(0.25) - 1)),
    ]
    #expect(isNear(rare[0].softLabel, expected))
  }

  @Test("a label is preferred where its absence is likelier wrong than right")
  func threshold() throws {
    let all = try assess([[0.501, 0.9], [0.499, 0.9]], given: [[1], [1]])
    #expect(all[0].proposal == [0, 1])
    #expect(all[0].action == .review)
    #expect(all[1].action == .kept)
  }

  @Test("as many lists are flagged as are expected to be wrong, the most suspect first")
  func expected() throws {
    let all = try assess(
      [[0.4, 0.1], [0.1, 0.1], [0.2, 0.1], [0.9, 0.1]], given: [[0], [0], [0], [0]],
      errors: ListErrors(rate: 0.5))
    #expect(all.map(\.isFlagged) == [false, true, true, false])
    #expect(all[0].proposal.isEmpty && all[0].doubtful.isEmpty)
    // Trusted lists are not expected to be wrong: .4 of the three others is one, of all four it would be two.
    let some = try assess(
      [[0.1, 0.1], [0.1, 0.1], [0.2, 0.1], [0.3, 0.1]], given: [[0], [0], [0], [0]], trusted: [0],
      errors: ListErrors(rate: 0.4))
    #expect(some.map(\.isFlagged) == [false, true, false, false])
  }

  @Test("a list is emptied only where the file has empty lists")
  func emptied() throws {
    let rows: [[Float]] = [[0.1, 0.1], [0.9, 0.1]]
    let without = try assess(rows, given: [[0], [0]], mode: .all)[0]
    #expect(without.action == .review && without.labels == [0] && without.proposal.isEmpty)
    let with = try assess(rows + [[0.1, 0.1]], given: [[0], [0], []], mode: .all)[0]
    #expect(with.action == .corrected && with.labels.isEmpty)
  }

  @Test("a proposal changes what looks like a known error, and at least the most suspect label")
  func boundary() throws {
    let rows: [[Float]] = [[0.02, 0.4, 0.6, 0.99], [0.1, 0.6, 0.1, 0.9]]
    let all = try assess(rows, given: [[0, 1], [0, 3]], errors: ListErrors(boundary: 3))
    // Label 0 is one too many (log-odds 3.9), label 3 is missing (4.6); 1 and 2 are less clear.
    #expect(all[0].proposal == [1, 3])
    #expect(all[0].doubtful.map(\.label) == [3, 0])
    #expect(all[0].doubtful.map(\.isGiven) == [false, true])
    #expect(isNear(all[0].doubtful[0].probability, 0.99))
    #expect(isNear(all[0].doubtful[1].probability, 0.02))
    #expect(all[1].proposal == [3])
  }

  @Test("lists that tell nothing are not judged")
  func notJudged() throws {
    let errors = try learned(rows: 200) { _, _ in 0.5 }
    #expect(!errors.isJudged)
    let all = try assess([[0.1, 0.8]], given: [[0]], errors: errors)
    #expect(all[0].credibility == nil && !all[0].isFlagged && all[0].action == .kept)
    #expect(isNear(all[0].softLabel, [(0, 1)]))
  }

  @Test("the expected share of wrong lists grows with what looks wrong, whatever the threads")
  func rate() throws {
    // Every tenth or no list has a label that the evidence is sure it should not have.
    let clean = try learned(rows: 400) { row, label in label == row % 4 ? 0.9 : 0.05 }
    let noisy = try learned(rows: 400) { row, label in
      if row.isMultiple(of: 10) { return label == (row + 1) % 4 ? 0.95 : 0.02 }
      return label == row % 4 ? 0.9 : 0.05
    }
    #expect(clean.isJudged && noisy.isJudged)
    #expect(clean.rate < 0.06)
    #expect(noisy.rate > 0.08 && noisy.rate < 0.3)
    #expect(noisy.wrong(4) > noisy.wrong(0))
  }

  /// What is learned from lists of one of four labels each, with the probabilities that the closure gives.
  private func learned(
    rows: Int, _ probability: (_ row: Int, _ label: Int) -> Float
  ) throws -> ListErrors {
    let records = try KnownRecords(
      (0..<rows).map { row in (0..<4).map { probability(row, $0) } },
      given: (0..<rows).map { [Int32($0 % 4)] }, isMultiLabel: true)
    let errors = [1, 2].map { threads in
      ListErrors(
        outOfFold: records.outOfFold, targets: records.data.targets, threads: threads)
    }
    #expect(errors[0].rate == errors[1].rate && errors[0].boundary == errors[1].boundary)
    return errors[0]
  }

  @Test("a flagged list goes to review, with the credibility as its weight")
  func review() throws {
    for mode in [CorrectionMode.auto, .suggest] {
      let flagged = try assess([[0.1, 0.8], [0.9, 0.2]], given: [[0], [0]], mode: mode)[0]
      #expect(flagged.isFlagged)
      #expect(flagged.action == .review)
      #expect(flagged.labels == [0])
      #expect(flagged.proposal == [1])
      #expect(isNear(flagged.weight, 0.1))
      #expect(flagged.reason == nil)
    }
  }

  @Test("the evidence can prefer an empty list")
  func emptyProposal() throws {
    let flagged = try assess([[0.2, 0.1], [0.9, 0.2]], given: [[0], [0]])[0]
    #expect(flagged.action == .review)
    #expect(flagged.proposal.isEmpty)
  }

  @Test("an empty list is an annotation, and can be right")
  func emptyList() throws {
    let kept = try assess([[0.2, 0.1], [0.9, 0.2]], given: [[], [0]])[0]
    #expect(kept.action == .kept)
    #expect(isNear(kept.credibility, 0.8))
    #expect(isNear(kept.softLabel, [(0, 0.2), (1, 0.1)]))
  }

  @Test("a record without a label is proposed the list that the evidence prefers")
  func proposed() throws {
    let proposed = try assess([[0.9, 0.3, 0.6], [0.9, 0.1, 0.1]], given: [nil, [0]])[0]
    #expect(proposed.action == .proposed)
    #expect(proposed.credibility == nil)
    #expect(!proposed.isFlagged)
    #expect(proposed.labels == [0, 2])
    // The evidence alone makes the soft label. The least certain membership, of label 2, is the weight.
    #expect(isNear(proposed.softLabel, [(0, 0.9), (2, 0.6), (1, 0.3)]))
    #expect(isNear(proposed.weight, 0.6))
  }

  @Test("a trusted record keeps its list, whatever the evidence says")
  func trusted() throws {
    let protected = try assess(
      [[0.1, 0.9], [0.9, 0.2]], given: [[0], [0]], trusted: [0], mode: .all)[0]
    #expect(protected.action == .protected)
    #expect(!protected.isFlagged)
    #expect(protected.credibility == 1)
    #expect(protected.weight == 1)
    #expect(protected.labels == [0])
    #expect(isNear(protected.softLabel, [(0, 1)]))
  }

  @Test("a trusted record without a label is proposed one")
  func trustedWithoutLabel() throws {
    let proposed = try assess(
      [[0.1, 0.9], [0.9, 0.2]], given: [nil, [0]], trusted: [0])[0]
    #expect(proposed.action == .proposed)
    #expect(proposed.labels == [1])
  }

  @Test("only lists below the threshold of the rules are flagged")
  func flagBelow() throws {
    let rows: [[Float]] = [[0.4, 0.2], [0.2, 0.2]]
    let all = try assess(rows, given: [[0], [0]], flagBelow: 0.3)
    #expect(all[0].action == .kept)
    #expect(isNear(all[0].weight, 0.4))
    #expect(all[1].action == .review)
    let without = try assess(rows, given: [[0], [0]])
    #expect(without.allSatisfy { $0.action == .review })
  }

  @Test("mode all replaces a flagged list where the preferred list fits into the record")
  func modeAll() throws {
    let all = try assess(
      [[0.1, 0.8, 0.7], [0.1, 0.8, 0.7], [0.1, 0.8, 0.2], [0.1, 0.8, 0.2]],
      given: [[0], [0], [0], [0]], slots: [.list, .one, .one, .none], mode: .all)
    #expect(all.map(\.action) == [.corrected, .review, .corrected, .review])
    #expect(all.map(\.labels) == [[1, 2], [0], [1], [0]])
    #expect(all.map(\.proposal) == [[], [1, 2], [], [1]])
    #expect(all.map(\.reason) == [.mode, nil, .mode, nil])
    // The weight of a replaced list is the probability that the given one was wrong.
    #expect(isNear(all[0].weight, 0.9))
    #expect(isNear(all[1].weight, 0.1))
    #expect(isNear(all[2].weight, 0.9))
    #expect(all.allSatisfy { $0.isFlagged })
  }

  @Test("probabilities that would be written as 0 are left out")
  func leastShown() throws {
    let shown = try assess([[0.9, 0.00004, 0.00006], [0.9, 0.1, 0.1]], given: [[0], [0]])[0]
    #expect(shown.softLabel.map(\.label) == [0, 2])
  }

  @Test("at most a hundred labels are shown, the likeliest ones")
  func mostShown() throws {
    let rising = (0..<120).map { 0.1 + Float($0) * 0.001 }
    let shown = try assess([rising, rising], given: [[0], [0]])[0].softLabel
    #expect(shown.map(\.label) == (20..<120).reversed().map(Int32.init))
  }
}
