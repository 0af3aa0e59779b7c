import Assessments
import Concurrency
import Testing
import Vectors

@testable import LabelQuality

@Suite("Whether anything can be learned") struct LearnabilityTests {
  private func records(
    _ count: Int, labels: Int = 3, agreement: Double, seed: UInt64 = 1
  ) throws -> KnownRecords {
    var generator = SplitMix64(seed: seed)
    var rows: [[Float]] = []
    var given: [[Int32]?] = []
    for _ in 0..<count {
      let own = Int.random(in: 0..<labels, using: &generator)
      let other = (own + Int.random(in: 1..<labels, using: &generator)) % labels
      let likely = Double.random(in: 0..<1, using: &generator) < agreement ? own : other
      rows.append((0..<labels).map { $0 == likely ? 0.6 : 0.4 / Float(labels - 1) })
      given.append([Int32(own)])
    }
    return try KnownRecords(rows, given: given)
  }

  private func isShown(_ records: KnownRecords) -> Bool {
    Learnability(outOfFold: records.outOfFold, targets: records.data.targets).isShown
  }

  @Test("probabilities that are right more often than the commonest label show something")
  func learnable() throws {
    #expect(isShown(try records(300, agreement: 0.5)))
    #expect(isShown(try records(30, agreement: 0.9)))
  }

  @Test("probabilities that are right by chance show nothing", arguments: 1...8)
  func byChance(seed: UInt64) throws {
    #expect(!isShown(try records(300, agreement: 1.0 / 3, seed: seed)))
    #expect(!isShown(try records(1000, labels: 2, agreement: 0.5, seed: seed)))
  }

  @Test("a likeliest label that is nearly never the given one shows something")
  func reversed() throws {
    #expect(isShown(try records(300, agreement: 0.05)))
  }

  @Test("two records show nothing, and one label needs nothing to be shown")
  func few() throws {
    #expect(!isShown(try KnownRecords([[0.2, 0.8], [0.8, 0.2]], given: [[0], [1]])))
    #expect(isShown(try KnownRecords([[1], [1]], given: [[0], [0]])))
  }

  /// Half of the records have one label, and half one of two spellings of another one, by chance. The probability of
  /// both spellings stands with the record's own.
  private func spelled(
    _ count: Int, isList: Bool = false, seed: UInt64
  ) throws -> (records: KnownRecords, similar: SimilarLabels) {
    var generator = SplitMix64(seed: seed)
    let similar = try #require(
      SimilarLabels(keys: ["a", "b", "b"], frequencies: [0.5, 0.25, 0.25]))
    var rows: [[Float]] = []
    var given: [[Int32]?] = []
    for _ in 0..<count {
      let own: Int32 = generator.uniform() < 0.5 ? 0 : generator.uniform() < 0.5 ? 1 : 2
      let first = Float(0.3 + 0.4 * generator.uniform())
      var row = [first, (1 - first) / 2, (1 - first) / 2]
      similar.gather(&row, from: 0, own: [own])
      rows.append(row)
      given.append([own])
    }
    return (try KnownRecords(rows, given: given, isMultiLabel: isList), similar)
  }

  @Test("two spellings of a label show nothing that its records do not", arguments: 1...4)
  func spellings(seed: UInt64) throws {
    let (records, similar) = try spelled(400, seed: seed)
    let (outOfFold, targets) = (records.outOfFold, records.data.targets)
    #expect(
      !Learnability(outOfFold: outOfFold, targets: targets, similarLabels: similar).isShown)
    // As three labels, they would show something.
    #expect(Learnability(outOfFold: outOfFold, targets: targets).isShown)
  }

  @Test("nor do they in lists", arguments: 1...4)
  func spellingsInLists(seed: UInt64) throws {
    let (records, similar) = try spelled(400, isList: true, seed: seed)
    let (outOfFold, targets) = (records.outOfFold, records.data.targets)
    #expect(
      !ListErrors(outOfFold: outOfFold, targets: targets, similarLabels: similar, threads: 1)
        .isJudged)
    #expect(ListErrors(outOfFold: outOfFold, targets: targets, threads: 1).isJudged)
  }

  @Test("where a rare label is found now and then, the likelihood shows it")
  func rareLabel() throws {
    // Two in a hundred have the rare label. It is never the likeliest, but ten times likelier there.
    let rows: [[Float]] = (0..<1000).map { $0 < 20 ? [0.8, 0.2] : [0.99, 0.01] }
    #expect(isShown(try KnownRecords(rows, given: (0..<1000).map { [$0 < 20 ? 1 : 0] })))
  }

  @Test("labels of records that show nothing are kept, without credibility, rank or flag")
  func assessment() throws {
    var generator = SplitMix64(seed: 7)
    var vectors = Matrix(rows: 200, columns: 8)
    for index in vectors.storage.indices { vectors.storage[index] = Float(generator.gaussian()) }
    let targets = Targets(
      given: (0..<200).map { _ in [Int32.random(in: 0..<3, using: &generator)] }, labelCount: 3,
      isMultiLabel: false)
    let data = AnnotatedSet(
      vectors: vectors.normalised(), targets: targets, words: nil,
      trusted: (0..<200).map { $0 == 0 }, votes: [:], meanings: nil)
    let assessed = try assessLabels(
      data, options: AssessmentOptions(threads: 1), search: PlainSearch())
    #expect(!assessed.isJudged && assessed.errorRate == nil && assessed.disagreements.isEmpty)
    for assessment in assessed.assessments.dropFirst() {
      #expect(assessment.credibility == nil && assessment.reviewRank == nil)
      #expect(!assessment.isFlagged && assessment.action == .kept && assessment.weight == 1)
    }
    #expect(assessed.assessments[0].action == .protected)
  }
}
