import Assessments
import Testing

@testable import LabelQuality

@Suite("Multi-label decisions") struct MultiLabelDecisionsTests {
  /// The assessments of lists of labels with the given probabilities.
  private func assess(
    _ probabilities: [[Float]], given: [[Int32]?], trusted: Set<Int> = [],
    slots: [LabelSlot]? = nil, mode: CorrectionMode = .auto, flagBelow: Double? = nil
  ) throws -> [LabelAssessment] {
    let records = try KnownRecords(
      probabilities, given: given, isMultiLabel: true, trusted: trusted, slots: slots)
    return MultiLabelDecisions.assessments(
      records.data, outOfFold: records.outOfFold,
      options: AssessmentOptions(mode: mode, flagBelow: flagBelow))
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

  @Test("half of the soft label is the given list and half the evidence")
  func softLabel() throws {
    let all = try assess([[0.5, 0.9, 0.2], [0.2, 0.2, 0.8]], given: [[0], [2]])
    #expect(isNear(all[0].softLabel, [(0, 0.75), (1, 0.45), (2, 0.1)]))
    // Equal probabilities are ordered by label.
    #expect(isNear(all[1].softLabel, [(2, 0.9), (0, 0.1), (1, 0.1)]))
  }

  @Test("a label is preferred from a probability of one half on")
  func threshold() throws {
    let all = try assess([[0.5, 0.9], [0.499, 0.9]], given: [[1], [1]])
    #expect(all[0].proposal == [0, 1])
    #expect(all[0].action == .review)
    #expect(all[1].action == .kept)
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
    #expect(isNear(kept.softLabel, [(0, 0.1), (1, 0.05)]))
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
      [[0.1, 0.8, 0.7], [0.1, 0.8, 0.7], [0.1, 0.8, 0.2], [0.1, 0.8, 0.2], [0.2, 0.1, 0.1]],
      given: [[0], [0], [0], [0], [0]], slots: [.list, .one, .one, .none, .list], mode: .all)
    #expect(all.map(\.action) == [.corrected, .review, .corrected, .review, .corrected])
    #expect(all.map(\.labels) == [[1, 2], [0], [1], [0], []])
    #expect(all.map(\.proposal) == [[], [1, 2], [], [1], []])
    #expect(all.map(\.reason) == [.mode, nil, .mode, nil, .mode])
    // The weight of a replaced list is that of its least certain membership.
    #expect(isNear(all[0].weight, 0.7))
    #expect(isNear(all[1].weight, 0.1))
    #expect(isNear(all[2].weight, 0.8))
    #expect(all.allSatisfy { $0.isFlagged })
  }

  @Test("probabilities that would be written as 0 are left out")
  func leastShown() throws {
    // Half of .00009 is below the least that is shown, and half of .00011 is not.
    let shown = try assess([[0.9, 0.00009, 0.00011], [0.9, 0.1, 0.1]], given: [[0], [0]])[0]
    #expect(shown.softLabel.map(\.label) == [0, 2])
  }

  @Test("at most a hundred labels are shown, the likeliest ones")
  func mostShown() throws {
    let rising = (0..<120).map { 0.1 + Float($0) * 0.001 }
    let shown = try assess([rising, rising], given: [[0], [0]])[0].softLabel
    // Label 0 is given, so it comes first, and the other 99 are those with the highest numbers.
    #expect(shown.map(\.label) == [0] + (21..<120).reversed().map(Int32.init))
  }
}
