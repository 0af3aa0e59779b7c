import Assessments
import Concurrency
import Records
import Testing
import Vectors

@testable import LabelQuality
@testable import Pipeline

@Suite("Dataset health") struct DatasetHealthTests {
  /// The findings of records whose five neighbours all have about the same similarity.
  private func findings(
    _ records: [Record], outliers: Set<Int> = [], nearest: [Int: Int] = [:], cut: Set<Int> = []
  ) -> [Finding] {
    let count = records.count
    let k = 5
    var indices: [Int32] = []
    var similarities: [Float] = []
    for row in 0..<count {
      let first = nearest[row] ?? (row + 1) % count
      let others = (2..<(2 + k)).map { Int32((row + $0) % count) }.filter { Int($0) != first }
      indices += ([Int32(first)] + others).prefix(k)
      // Not quite equal, as in a real file.
      let usual = 0.5 + Float(row % 7) * 0.01
      similarities += [nearest[row] == nil ? usual : 0.99] + [Float](repeating: usual, count: k - 1)
    }
    var assessed = AssessedLabels(
      assessments: [], dataValues: [],
      graph: NeighbourGraph(count: count, k: k, indices: indices, similarities: similarities),
      signalNames: [], signalsOfGiven: [], labelNameGate: nil, isJudged: true, errorRate: nil,
      disagreements: [])
    assessed.isOutlier = records.indices.map(outliers.contains)
    return DatasetHealth(
      records: records, annotated: AnnotatedRecords(records), assessed: assessed, isLegible: nil,
      isTruncated: records.indices.map(cut.contains)
    ).findings
  }

  private func records(_ labels: [String]) -> [Record] {
    labels.enumerated().map { record("text \($0.offset)", $0.element, line: $0.offset + 1) }
  }

  /// Labels in an order that chance could give.
  private func shuffled(_ counts: [String: Int]) -> [String] {
    var labels = counts.sorted { $0.key < $1.key }
      .flatMap { [String](repeating: $0.key, count: $0.value) }
    var generator = SplitMix64(seed: 7)
    labels.shuffle(using: &generator)
    return labels
  }

  @Test("a usual file has none")
  func usual() {
    #expect(findings(records(shuffled(["a": 60, "b": 50, "c": 40]))).isEmpty)
    #expect(findings(records(shuffled(["a": 140, "b": 20]))).isEmpty)
  }

  @Test("a short file has none, whatever it looks like")
  func short() {
    #expect(findings(records((0..<99).map { $0 < 50 ? "a" : "b" })).isEmpty)
  }

  @Test("labels in blocks are named, with what chance would give")
  func ordered() throws {
    let found = findings(records((0..<200).map { ["a", "b", "c", "d"][$0 / 50] }))
    #expect(found.map(\.code) == [.orderedLabels])
    #expect(found[0].sentence.contains("98 % of the records"))
    #expect(found[0].sentence.contains("it would be 25 %"))
  }

  @Test("rare labels are named with their lines")
  func rare() {
    var labels = shuffled(["a": 70, "b": 60])
    labels[20] = "lonely"
    labels[40] = "pair"
    labels[60] = "pair"
    let found = findings(records(labels))
    #expect(found.map(\.code) == [.rareLabel])
    #expect(found[0].lines == [21, 41, 61])
    #expect(found[0].sentence.hasPrefix("2 labels have fewer than 5 records"))
    #expect(found[0].sentence.hasSuffix(": lonely, pair"))
  }

  @Test("a label that is far commoner than the others is named")
  func imbalance() {
    let found = findings(records(shuffled(["a": 400, "b": 15, "c": 10])))
    #expect(found.map(\.code) == [.imbalance])
    #expect(
      found[0].sentence
        == "94 % of the labels are a (400 records); the rarest with at least 5 is c (10)")
  }

  @Test("a nearly equal text with another label is named; one with the same label or text is not")
  func nearDuplicates() {
    var labels = shuffled(["a": 70, "b": 60])
    (labels[10], labels[11], labels[12], labels[13]) = ("a", "b", "a", "a")
    var file = records(labels)
    let found = findings(file, nearest: [10: 11, 11: 10, 12: 13, 13: 12])
    #expect(found.map(\.code) == [.nearDuplicates])
    #expect(found[0].lines == [11, 12])
    file[11] = record("text 10", "b", line: 12)
    #expect(findings(file, nearest: [10: 11, 11: 10]).isEmpty)
  }

  @Test("nothing is said of texts that were cut, or whose labels differ in their spelling")
  func nearDuplicatesThatMayBeNone() {
    var labels = shuffled(["a": 70, "b": 60])
    (labels[10], labels[11]) = ("a", "b")
    #expect(findings(records(labels), nearest: [10: 11, 11: 10], cut: [11]).isEmpty)
    labels = labels.map { $0 == "b" ? "A" : $0 }
    labels[20] = "c"
    let spelled = findings(records(labels), nearest: [10: 11, 11: 10])
    #expect(!spelled.map(\.code).contains(.nearDuplicates))
  }

  @Test("a rare spelling of a common label is no rare label")
  func rareSpelling() {
    var labels = shuffled(["a": 70, "b": 60])
    (labels[10], labels[11]) = ("A", "A")
    #expect(findings(records(labels)).isEmpty)
  }

  @Test("records that are unlike all others are named")
  func outliers() {
    let file = records(shuffled(["a": 70, "b": 60]))
    let found = findings(file, outliers: [30, 90])
    #expect(found.map(\.code) == [.outlier])
    #expect(found[0].lines == [31, 91])
  }
}
