import Foundation
import LabelQuality
import Testing
import Vectors
import Concurrency

@Suite("Data value") struct NeighbourShapleyTests {
  /// v(S) of one test point: the agreement of the first K of `members`, nearest first, over K.
  static func worth(_ members: [Int], _ agreement: [Double], voters: Int) -> Double {
    members.sorted().prefix(voters).reduce(0) { $0 + agreement[$1] } / Double(voters)
  }

  /// The Shapley values by their definition, as sums over all subsets.
  static func shapley(_ agreement: [Double], voters: Int) -> [Double] {
    let count = agreement.count
    var factorial = [1.0]
    for number in 1...max(count, 1) { factorial.append(factorial[number - 1] * Double(number)) }
    return (0..<count).map { player in
      var value = 0.0
      for subset in 0..<(1 << count) where subset & (1 << player) == 0 {
        let members = (0..<count).filter { subset & (1 << $0) != 0 }
        let weight =
          factorial[members.count] * factorial[count - members.count - 1] / factorial[count]
        value +=
          weight
          * (worth(members + [player], agreement, voters: voters)
            - worth(members, agreement, voters: voters))
      }
      return value
    }
  }

  /// The Shapley values by the closed form.
  static func values(_ agreement: [Double], voters: Int) -> [Double] {
    var list = agreement
    NeighbourShapley.replaceByValues(&list, voters: voters)
    return list
  }

  @Test(
    "the closed form equals the Shapley value, for indicators and for shares",
    arguments: [0, 1, 2, 3, 5, 8], [1, 2, 3, 5, 9])
  func againstAllSubsets(count: Int, voters: Int) {
    var generator = SplitMix64(seed: UInt64(100 * count + voters))
    for isShare in [false, true] {
      let agreement = (0..<count).map { _ -> Double in
        let share = Double.random(in: 0...1, using: &generator)
        return isShare ? share : share.rounded()
      }
      let expected = Self.shapley(agreement, voters: voters)
      for (found, expected) in zip(Self.values(agreement, voters: voters), expected) {
        #expect(abs(found - expected) < 1e-12)
      }
    }
  }

  @Test("the values sum to the worth of all voters together, and each is within its bounds")
  func efficiencyAndBounds() {
    var generator = SplitMix64(seed: 5)
    for voters in [1, 4, 10] {
      for count in [1, 10, 11, 50] {
        for _ in 0..<20 {
          let agreement = (0..<count).map { _ in Bool.random(using: &generator) ? 1.0 : 0 }
          let found = Self.values(agreement, voters: voters)
          let all = Self.worth(Array(0..<count), agreement, voters: voters)
          #expect(abs(found.reduce(0, +) - all) < 1e-12)
          for (place, value) in found.enumerated() {
            let most = 1 / Double(max(voters, place + 1))
            #expect(value <= most + 1e-12)
            #expect(value >= 1 / Double(max(voters, count)) - most - 1e-12)
          }
        }
        // The only voter that agrees reaches the upper bound, and the only one that does not agree
        // reaches the lower bound.
        for place in 0..<count {
          let most = 1 / Double(max(voters, place + 1))
          let least = 1 / Double(max(voters, count)) - most
          let agreeing = Self.values((0..<count).map { $0 == place ? 1 : 0 }, voters: voters)
          let differing = Self.values((0..<count).map { $0 == place ? 0 : 1 }, voters: voters)
          #expect(abs(agreeing[place] - most) < 1e-12)
          #expect(abs(differing[place] - least) < 1e-12)
        }
      }
    }
  }

  /// The graph with these lists of neighbours, nearest first.
  static func graph(_ lists: [[Int32]]) -> NeighbourGraph {
    let width = lists.first?.count ?? 0
    return NeighbourGraph(
      count: lists.count, k: width, indices: lists.flatMap { $0 },
      similarities: lists.flatMap { _ in (0..<width).map { 1 - Float($0) / 10 } })
  }

  @Test("the values of four points, computed by hand, with K = 2")
  func byHand() {
    // Agreements 1, 0, 1 of the three neighbours of a fourth point, nearest first, and K = 2:
    // s_3 = 1/3; s_2 = 1/3 − 1/2 = −1/6; s_1 = −1/6 + 1/2 = 1/3; sum 1/2 = v(all) = (1 + 0)/2.
    let expected = [1.0 / 3, -1.0 / 6, 1.0 / 3]
    for (found, expected) in zip(Self.values([1, 0, 1], voters: 2), expected) {
      #expect(abs(found - expected) < 1e-12)
    }
  }

  @Test("the data value of a record is the sum over the lists that it is in")
  func summed() throws {
    // With three others, all of them vote, and each that agrees has a value of 1/3.
    let targets = Targets(
      given: [[0], [0], [1], [0]], labelCount: 2, isMultiLabel: false)
    let found = NeighbourShapley.values(
      of: targets, in: Self.graph([[1, 2, 3], [0, 2, 3], [1, 0, 3], [1, 0, 2]]))
    let expected = [2.0 / 3, 2.0 / 3, 0, 2.0 / 3]
    for (found, expected) in zip(found, expected) {
      #expect(abs(try #require(found) - expected) < 1e-12)
    }
  }

  @Test("the agreement of lists is their Jaccard index, which is 1 for two empty lists")
  func lists() throws {
    let targets = Targets(
      given: [[0, 1], [1, 2, 3], [], [], nil], labelCount: 4, isMultiLabel: true)
    let found = NeighbourShapley.values(
      of: targets, in: Self.graph([[1], [0], [3], [2], [0]]))
    // One of four labels is in both lists.
    for (found, expected) in zip(found, [0.25, 0.25, 1, 1]) {
      #expect(abs(try #require(found) - expected) < 1e-12)
    }
    #expect(found[4] == nil)
  }

  @Test("a single record has a data value of 0, and nil without a label", arguments: [true, false])
  func alone(isLabelled: Bool) {
    let targets = Targets(
      given: [isLabelled ? [0] : nil], labelCount: 1, isMultiLabel: false)
    let found = NeighbourShapley.values(
      of: targets, in: NeighbourGraph(count: 1, k: 0, indices: [], similarities: []))
    #expect(found == [isLabelled ? 0 : nil])
  }

  // MARK: - On vectors

  static func dataValues(_ vectors: Matrix, _ given: [[Int32]?]) -> [Double?] {
    NeighbourShapley.values(
      of: Targets(given: given, labelCount: 4, isMultiLabel: false),
      in: PlainSearch().neighbours(of: vectors, k: Evidence.neighbourCount))
  }

  /// Records about four axes, each with the label of its axis.
  static func clusters(_ records: Int) -> Matrix {
    var generator = SplitMix64(seed: 8)
    var vectors = Matrix(rows: records, columns: 8)
    for row in 0..<records {
      for column in 0..<8 {
        vectors[row, column] = Float(0.15 * generator.gaussian()) + (column == row % 4 ? 1 : 0)
      }
    }
    return vectors.normalised()
  }

  @Test("permuting the records permutes the data values")
  func permutation() throws {
    let vectors = Self.clusters(120)
    let given = (0..<120).map { row -> [Int32] in
      let label = row % 7 == 0 ? row + 1 : row
      return [Int32(label % 4)]
    }
    var generator = SplitMix64(seed: 3)
    let order = (0..<120).shuffled(using: &generator)
    var permuted = Matrix(rows: 120, columns: 8)
    for (target, source) in order.enumerated() {
      for column in 0..<8 { permuted[target, column] = vectors[source, column] }
    }
    let straight = Self.dataValues(vectors, given)
    let shuffled = Self.dataValues(permuted, order.map { given[$0] })
    for (target, source) in order.enumerated() {
      #expect(abs(try #require(straight[source]) - #require(shuffled[target])) < 1e-9)
    }
  }

  @Test("their mean is the share of the ten nearest that agree, and each is within its bounds")
  func meanAndBounds() throws {
    let vectors = Self.clusters(120)
    var generator = SplitMix64(seed: 4)
    let given = (0..<120).map { row -> [Int32] in
      let isWrong = Int.random(in: 0..<3, using: &generator) == 0
      return [Int32((isWrong ? row + 1 : row) % 4)]
    }
    let graph = PlainSearch().neighbours(of: vectors, k: Evidence.neighbourCount)
    let found = try Self.dataValues(vectors, given).map { try #require($0) }
    var agreeing = 0
    var lists = [Int](repeating: 0, count: 120)
    for row in 0..<120 {
      for place in 0..<graph.k {
        let other = Int(graph.indices[row * graph.k + place])
        lists[other] += 1
        if place < NeighbourShapley.voters, given[other] == given[row] { agreeing += 1 }
      }
    }
    #expect(abs(found.reduce(0, +) - Double(agreeing) / 10) < 1e-9)
    for (value, lists) in zip(found, lists) {
      #expect(value <= 0.1 * Double(lists) + 1e-9)
      #expect(value >= -0.08 * Double(lists) - 1e-9)
    }
  }

  @Test("a wrong label has a data value below 0, and the right one above 0")
  func wrongLabelHasNegativeValue() throws {
    // Each cluster has more records than a list of neighbours holds.
    let vectors = Self.clusters(240)
    let right = (0..<240).map { [Int32($0 % 4)] }
    let before = Self.dataValues(vectors, right)
    for row in [0, 17, 101, 239] {
      var given = right
      given[row] = [Int32((row + 1) % 4)]
      let after = try #require(Self.dataValues(vectors, given)[row])
      #expect(try #require(before[row]) > 0)
      #expect(after < 0)
    }
  }

  @Test("records without a label have no data value and change no other data value")
  func unlabelled() throws {
    let reference = try Reference.load()
    var given: [[Int32]?] = reference.labels.map { [$0] }
    for row in stride(from: 0, to: 90, by: 10) { given[row] = nil }
    let assessed = try assessLabels(
      reference.data(targets: Targets(given: given, labelCount: 4, isMultiLabel: false)),
      options: AssessmentOptions(), search: PlainSearch())
    #expect(assessed.dataValues.map { $0 == nil } == given.map { $0 == nil })
    let labelled = (0..<90).filter { given[$0] != nil }
    var vectors = Matrix(rows: labelled.count, columns: reference.dimension)
    for (target, source) in labelled.enumerated() {
      for column in 0..<reference.dimension {
        vectors[target, column] = reference.matrix[source, column]
      }
    }
    let withoutOthers = Self.dataValues(vectors, labelled.map { given[$0] })
    #expect(labelled.map { assessed.dataValues[$0] } == withoutOthers)
  }
}
