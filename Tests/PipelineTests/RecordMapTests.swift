import LabelQuality
import Report
import Testing
import Vectors

@testable import Pipeline

@Suite("Map of records") struct RecordMapTests {
  /// Three groups of records in five dimensions: the labels differ in the third and fourth, while the first, in
  /// which the vectors vary most, says nothing.
  private func facts(_ perLabel: Int, flagged: Set<Int> = []) -> MapFacts? {
    let count = 3 * perLabel
    var vectors = Matrix(rows: count, columns: 5)
    for row in 0..<count {
      // The same values for each label.
      vectors[row, 0] = Float(row / 3 % 11) * 3
      vectors[row, 2] = [0, 1, 0][row % 3] + Float(row % 5) * 0.01
      vectors[row, 3] = [0, 0, 2][row % 3] + Float(row % 7) * 0.01
    }
    let targets = Targets(
      given: (0..<count).map { [Int32($0 % 3)] }, labelCount: 3, isMultiLabel: false)
    return RecordMap(projected: vectors, targets: targets).facts(
      isFlagged: (0..<count).map(flagged.contains),
      isUsable: [Bool](repeating: true, count: count), order: flagged.sorted(),
      names: ["a", "b", "c"])
  }

  private func points(_ group: PointGroup) -> [(x: Int, y: Int)] {
    group.points.split(separator: " ").map { point in
      let parts = point.split(separator: ",").compactMap { Int($0) }
      return (parts[0], parts[1])
    }
  }

  @Test("the axes are those in which the labels differ, so labels lie apart")
  func separates() throws {
    let map = try #require(facts(30))
    #expect(map.groups.map(\.name) == ["a", "b", "c"])
    #expect(map.shown == 90 && map.sampling == "all records")
    let centres = map.groups.map { group -> (Double, Double) in
      let own = points(group)
      let spread = (own.map(\.x).max() ?? 0) - (own.map(\.x).min() ?? 0)
      #expect(spread < 200)
      return (
        Double(own.reduce(0) { $0 + $1.x }) / Double(own.count),
        Double(own.reduce(0) { $0 + $1.y }) / Double(own.count)
      )
    }
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
      let across = centres[one].0 - centres[other].0
      let up = centres[one].1 - centres[other].1
      #expect((across * across + up * up).squareRoot() > 500)
    }
  }

  @Test("a large file is sampled by the rule that the map states")
  func sampling() throws {
    let map = try #require(facts(4_000, flagged: Set(0..<1_500)))
    #expect(map.shown <= RecordMap.mostPoints)
    #expect(map.groups.filter(\.flagged).reduce(0) { $0 + $1.count } == 500)
    #expect(map.records == 12_000)
    #expect(
      map.sampling
        == "the 500 most suspect records and one in 3 of the others, evenly over the file")
    #expect(map.groups.reduce(0) { $0 + $1.count } == map.shown)
  }

  @Test("suspects are points of their own label")
  func flagged() throws {
    let map = try #require(facts(30, flagged: [3, 4]))
    #expect(map.groups.filter(\.flagged).map(\.name) == ["a", "b"])
    #expect(map.shown == 90)
  }

  /// Records on a line and a half: two components in which `labels` differ or not.
  private func facts(labels: [[Int32]], labelCount: Int, isMultiLabel: Bool = false) -> MapFacts? {
    var vectors = Matrix(rows: labels.count, columns: 3)
    for row in labels.indices {
      vectors[row, 0] = Float(row % 7)
      vectors[row, 1] = labelCount > 1 ? Float(labels[row].first ?? 0) : 0
    }
    return RecordMap(
      projected: vectors,
      targets: Targets(
        given: labels.map { $0 }, labelCount: labelCount, isMultiLabel: isMultiLabel)
    ).facts(
      isFlagged: labels.map { _ in false }, isUsable: labels.map { _ in true }, order: [],
      names: (0..<labelCount).map { "l\($0)" })
  }

  @Test("the axes are called what they are, also with one or two labels")
  func axes() throws {
    let three = try #require(facts(30))
    #expect(three.axes == "the two directions in which the means of the labels differ most")
    let two = try #require(facts(labels: (0..<40).map { [Int32($0 % 2)] }, labelCount: 2))
    #expect(two.axes.hasPrefix("across, the direction in which the means of the labels differ; up"))
    let one = try #require(facts(labels: (0..<40).map { _ in [0] }, labelCount: 1))
    #expect(one.axes.hasPrefix("the two directions in which the records differ most"))
  }

  @Test("of a list, the label that most records have gives the colour")
  func lists() throws {
    // Label 9 is the commonest, and no record has it as its first one.
    let labels = (0..<40).map { [Int32($0 % 9), 9] }
    let map = try #require(facts(labels: labels, labelCount: 10, isMultiLabel: true))
    #expect(map.groups.map(\.name) == ["l9"])
    #expect(map.groups.map(\.count) == [40] && map.shown == 40)
  }

  @Test("with few records there is no map")
  func tooFew() { #expect(facts(3) == nil) }
}
