import Assessments
import Concurrency
import Testing
import Vectors

@testable import LabelQuality

@Suite("Outliers") struct OutlierTests {
  /// 200 records of four labels around four axes, and some that have an axis each to themselves.
  private static func data(alone: Int, axes: Int = 30) -> AnnotatedSet {
    var generator = SplitMix64(seed: 3)
    let count = 200 + alone
    var values = [Float](repeating: 0, count: count * axes)
    var labels: [[Int32]?] = []
    for row in 0..<count {
      let label = row % 4
      labels.append([Int32(label)])
      if row < 200 {
        for axis in 0..<6 {
          values[row * axes + axis] = Float.random(in: -0.2...0.2, using: &generator)
        }
        values[row * axes + label] = 1
      } else {
        values[row * axes + 6 + row - 200] = 1
      }
    }
    return AnnotatedSet(
      vectors: Matrix(rows: count, columns: axes, storage: values).normalised(),
      targets: Targets(given: labels, labelCount: 4, isMultiLabel: false), words: nil,
      trusted: [Bool](repeating: false, count: count), votes: [:], meanings: nil)
  }

  private static func evidence(alone: Int) throws -> Evidence {
    try #require(try Evidence(of: data(alone: alone), search: PlainSearch(), threads: 1))
  }

  @Test("records that have nothing to do with the others are found, and no others")
  func found() throws {
    let evidence = try Self.evidence(alone: 2)
    #expect(evidence.isOutlier.indices.filter { evidence.isOutlier[$0] } == [200, 201])
  }

  @Test("the neighbours of an outlier are not asked about its label; its other signals are")
  func notJudgedByNeighbours() throws {
    let evidence = try Self.evidence(alone: 2)
    let assessed = LabelAssessor.assess(
      evidence.data, by: evidence, options: AssessmentOptions(mode: .auto))
    let count = assessed.signalNames.count
    func signals(_ row: Int) -> [String] {
      (0..<count).filter { !assessed.signalsOfGiven[row * count + $0].isNaN }
        .map { assessed.signalNames[$0] }
    }
    #expect(signals(200) == ["ridge"])
    #expect(signals(0) == assessed.signalNames)
    #expect(assessed.isOutlier == evidence.isOutlier)
    #expect(assessed.assessments[200].credibility != nil)
  }

  @Test("far neighbours that agree on a label still say something")
  func agreeingNeighbours() {
    let count = 200
    // The first record's neighbours are far from it and all have label 3; those of the second differ.
    var indices: [Int32] = []
    for row in 0..<count {
      indices += (0..<5).map { Int32(row == 0 ? 3 + 10 * $0 : (row + 1 + $0) % count) }
    }
    let graph = NeighbourGraph(
      count: count, k: 5, indices: indices,
      similarities: (0..<5 * count).map { $0 < 10 ? -0.5 : 0.9 })
    let vectors = Matrix(
      rows: count, columns: 10,
      storage: (0..<count).flatMap { row in (0..<10).map { $0 == row % 10 ? 1 : 0 } })
    let targets = Targets(
      given: (0..<count).map { [Int32($0 % 10)] }, labelCount: 10, isMultiLabel: false)
    let found = Outliers.found(in: graph, of: vectors, among: targets)
    #expect(found.indices.filter { found[$0] } == [1])
  }

  @Test("where many records are far from the others, none is unlike the rest")
  func spreadOut() throws {
    #expect(try !Self.evidence(alone: 20).isOutlier.contains(true))
  }

  @Test("a short file has no outliers, and neither has one with one label")
  func tooLittle() {
    let graph = NeighbourGraph(
      count: 120, k: 5,
      indices: (0..<120).flatMap { row in (1...5).map { Int32((row + $0) % 120) } },
      similarities: (0..<600).map { $0 < 5 ? 0 : 0.9 })
    let vectors = Matrix(rows: 120, columns: 1, storage: [Float](repeating: 1, count: 120))
    let oneLabel = Targets(
      given: [[Int32]?](repeating: [0], count: 120), labelCount: 1, isMultiLabel: false)
    #expect(!Outliers.found(in: graph, of: vectors, among: oneLabel).contains(true))
    let few = Targets(
      given: (0..<120).map { $0 < 60 ? [Int32($0 % 2)] : nil }, labelCount: 2, isMultiLabel: false)
    #expect(!Outliers.found(in: graph, of: vectors, among: few).contains(true))
  }
}
