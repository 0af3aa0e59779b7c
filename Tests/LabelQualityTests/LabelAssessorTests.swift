import Foundation
import LabelQuality
import Assessments
import Testing
import Vectors
import Concurrency

@Suite("Label assessor") struct LabelAssessorTests {
  let reference: Reference

  init() throws { reference = try Reference.load() }

  func assess(
    _ data: AnnotatedSet, mode: CorrectionMode = .auto, flagBelow: Double? = nil, threads: Int = 1
  ) throws -> AssessedLabels {
    try assessLabels(
      data, options: AssessmentOptions(mode: mode, flagBelow: flagBelow, threads: threads),
      search: PlainSearch())
  }

  /// All members of every assessment, as text.
  func descriptions(_ assessed: AssessedLabels) -> [String] {
    assessed.assessments.map { "\($0)" }
  }

  @Test func threadsChangeNoByte() throws {
    #expect(
      descriptions(try assess(reference.data(), threads: 1))
        == descriptions(try assess(reference.data(), threads: 4)))
  }

  @Test("permuting the records permutes the assessments")
  func permutation() throws {
    var generator = SplitMix64(seed: 3)
    let order = (0..<reference.count).shuffled(using: &generator)
    var vectors = Matrix(rows: reference.count, columns: reference.dimension)
    for (target, source) in order.enumerated() {
      for column in 0..<reference.dimension {
        vectors[target, column] = reference.matrix[source, column]
      }
    }
    let permuted = AnnotatedSet(
      vectors: vectors,
      targets: Targets(
        given: order.map { [reference.labels[$0]] }, labelCount: 4, isMultiLabel: false),
      words: WordFeatures(texts: order.map { reference.texts[$0] }),
      trusted: order.map { _ in false }, votes: [:],
      meanings: LabelMeanings(records: vectors, names: reference.meanings.names))
    let straight = try assess(reference.data()).assessments
    let shuffled = try assess(permuted).assessments
    for (target, source) in order.enumerated() {
      let (first, second) = (straight[source], shuffled[target])
      #expect(abs((first.credibility ?? 0) - (second.credibility ?? 0)) < 5e-3)
      #expect(first.labels == second.labels)
    }
  }

  @Test(
    "soft labels sum to 1, largest first; credibility and weight lie in 0…1",
    arguments: CorrectionMode.allCases)
  func ranges(mode: CorrectionMode) throws {
    for assessment in try assess(reference.data(), mode: mode).assessments {
      let probabilities = assessment.softLabel.map(\.probability)
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-9)
      #expect(probabilities == probabilities.sorted(by: >))
      #expect((0...1).contains(assessment.credibility ?? -1))
      #expect((0...1).contains(assessment.weight))
      #expect(assessment.labels.count == 1)
      #expect((assessment.action == .review) == !assessment.proposal.isEmpty)
    }
  }

  @Test func suggestReplacesNothingAndAllReplacesEveryFlag() throws {
    let suggested = try assess(reference.data(), mode: .suggest).assessments
    #expect(suggested.allSatisfy { $0.action == .kept || $0.action == .review })
    let all = try assess(reference.data(), mode: .all).assessments
    #expect(all.filter(\.isFlagged).allSatisfy { $0.action == .corrected })
    #expect(all.contains { $0.reason == .mode })
  }

  @Test("with an order, a record says by how many steps its label is probably off")
  func steps() throws {
    var data = reference.data(trusted: [3])
    #expect(try assess(data).assessments.allSatisfy { $0.steps == nil })
    data.ranks = [0, 1, 2, 3]
    let ascending = try assess(data).assessments
    data.ranks = [3, 2, 1, 0]
    let descending = try assess(data).assessments
    #expect(ascending[3].steps == 0)
    var farthest = 0.0
    for (row, given) in reference.labels.enumerated() {
      let steps = try #require(ascending[row].steps)
      let wrong = 1 - (ascending[row].credibility ?? 1)
      #expect(abs(steps) <= wrong * 3 + 1e-12)
      if row != 3 { #expect(given == 0 ? steps > 0 : given == 3 ? steps < 0 : true, "\(row)") }
      #expect(abs(steps + (descending[row].steps ?? 0)) < 1e-12)
      farthest = max(farthest, abs(steps))
    }
    #expect(farthest > 0.5)
    // A label without a place has no steps, and is no step for others.
    data.ranks = [0, nil, 1, nil]
    for (row, assessment) in try assess(data).assessments.enumerated() {
      #expect((assessment.steps == nil) == [1, 3].contains(reference.labels[row]))
      #expect(abs(assessment.steps ?? 0) <= 1)
    }
  }

  @Test func aThresholdNarrowsTheFlags() throws {
    let wide = try assess(reference.data(), mode: .suggest).assessments.count(where: \.isFlagged)
    let narrow = try assess(reference.data(), mode: .suggest, flagBelow: 0.3)
      .assessments.filter(\.isFlagged)
    #expect(narrow.count < wide)
    #expect(narrow.allSatisfy { ($0.credibility ?? 1) < 0.3 })
  }

  /// Records 3, 7 and 8 have the same content, and record 3 has another label than 7 and 8.
  private var duplicateTargets: Targets {
    var labels = reference.labels
    labels[3] = 2
    labels[7] = 1
    labels[8] = 1
    return Targets(given: labels.map { [$0] }, labelCount: 4, isMultiLabel: false)
  }

  private var duplicateContents: [Int32] {
    (0..<Int32(reference.count)).map { [7, 8].contains($0) ? 3 : $0 }
  }

  @Test("a trusted record is never changed, and its duplicates take its label")
  func trustedDuplicates() throws {
    let data = reference.data(
      targets: duplicateTargets, trusted: [3], contents: duplicateContents)
    let assessments = try assess(data).assessments
    #expect(assessments[3].action == .protected && assessments[3].labels == [2])
    #expect(assessments[3].credibility == 1)
    for row in [7, 8] {
      #expect(assessments[row].action == .corrected && assessments[row].labels == [2])
      #expect(assessments[row].reason == .trustedDuplicate(of: 3))
      #expect(assessments[row].weight == 1)
    }
    let suggested = try assess(data, mode: .suggest).assessments
    #expect(suggested[7].labels == [1])
  }

  @Test("trusted duplicates with different labels change no label")
  func contradictingTrustedRecords() throws {
    var labels = reference.labels
    labels[3] = 2
    labels[7] = 1
    let data = reference.data(
      targets: Targets(given: labels.map { [$0] }, labelCount: 4, isMultiLabel: false),
      trusted: [3, 7], contents: duplicateContents, hasMeanings: false)
    #expect(try assess(data).assessments[8].action != .corrected)
  }

  @Test("the votes of more than half of the annotators change a label, and a tie does not")
  func votes() throws {
    let given = reference.labels[20]
    let other = (given + 1) % 4
    let outvoted = try assess(
      reference.data(
        votes: [20: [(other, 3), (given, 1)], 21: [(reference.labels[21], 2)]],
        hasMeanings: false)
    ).assessments
    #expect(outvoted[20].labels == [other])
    #expect(outvoted[20].reason == .outvoted(by: 3, to: 1))
    #expect(outvoted[21].action != .corrected)
    let tied = try assess(
      reference.data(votes: [20: [(given, 2), (other, 2)]], hasMeanings: false)
    ).assessments
    #expect(tied[20].labels == [given])
    let shares = Dictionary(
      uniqueKeysWithValues: tied[20].softLabel.map { ($0.label, $0.probability) })
    // The evidence, which supports the given label, decides between equal votes.
    #expect((shares[given] ?? 0) > (shares[other] ?? 0))
  }

  @Test("records without a label get a proposal and are no record's neighbours")
  func unlabelled() throws {
    var given: [[Int32]?] = reference.labels.map { [$0] }
    for row in stride(from: 0, to: 90, by: 10) { given[row] = nil }
    let assessed = try assess(
      reference.data(targets: Targets(given: given, labelCount: 4, isMultiLabel: false)))
    var right = 0
    for row in stride(from: 0, to: 90, by: 10) {
      let assessment = assessed.assessments[row]
      #expect(assessment.action == .proposed && assessment.credibility == nil)
      if assessment.labels == [reference.labels[row]] { right += 1 }
      for other in 0..<assessed.graph.count {
        let slots = other * assessed.graph.k..<(other + 1) * assessed.graph.k
        #expect(!assessed.graph.indices[slots].contains(Int32(row)))
      }
    }
    #expect(right >= 6)
  }

  @Test(
    "no label, one record, one label, identical records: all numbers are finite",
    arguments: [(5, 0, 0), (1, 1, 1), (6, 6, 1), (12, 12, 3), (4, 4, 4), (2, 1, 1)])
  func degenerate(records: Int, labelled: Int, labels: Int) throws {
    let row: [Float] = [0.6, 0.8, 0]
    let data = AnnotatedSet(
      vectors: Matrix(
        rows: records, columns: 3, storage: (0..<records).flatMap { _ in row }),
      targets: Targets(
        given: (0..<records).map { $0 < labelled ? [Int32($0 % max(labels, 1))] : nil },
        labelCount: labels, isMultiLabel: false),
      words: WordFeatures(texts: (0..<records).map { _ in "same" }),
      trusted: (0..<records).map { _ in false }, votes: [:],
      meanings: LabelMeanings(
        records: Matrix(rows: records, columns: 3),
        names: Matrix(rows: labels, columns: 3)))
    let assessed = try assess(data)
    #expect(assessed.assessments.count == records)
    for assessment in assessed.assessments {
      #expect(assessment.weight.isFinite)
      #expect(assessment.credibility?.isFinite ?? true)
      #expect(assessment.softLabel.allSatisfy { $0.probability.isFinite })
      #expect(assessment.action != .corrected)
    }
  }

  @Test("multi-label: a list with a missing label and one with a wrong label are less credible")
  func multiLabel() throws {
    // Label 0…3 is the cluster, label 4 goes with clusters 0 and 1.
    let truth = try assess(reference.data(), mode: .all).assessments.map { $0.labels[0] }
    var given: [[Int32]?] = truth.map { $0 < 2 ? [$0, 4] : [$0] }
    let wrong = try #require(truth.firstIndex(of: 2))
    let missing = try #require(truth.firstIndex(of: 0))
    given[wrong] = [2, 4]
    given[missing] = [0]
    let assessed = try assess(
      reference.data(targets: Targets(given: given, labelCount: 5, isMultiLabel: true)))
    let median = assessed.assessments.compactMap(\.credibility).sorted()[45]
    #expect((assessed.assessments[wrong].credibility ?? 1) < median)
    #expect((assessed.assessments[missing].credibility ?? 1) < median)
    for assessment in assessed.assessments {
      #expect(assessment.softLabel.allSatisfy { (0...1).contains($0.probability) })
    }
  }

  @Test("in mode suggest the votes of the annotators are proposed and change no label")
  func suggestProposesTheVotes() throws {
    let given = reference.labels[20]
    let other = (given + 1) % 4
    let assessment = try assess(
      reference.data(votes: [20: [(other, 4), (given, 1)]], hasMeanings: false), mode: .suggest
    ).assessments[20]
    #expect(assessment.action == .review && assessment.isFlagged)
    #expect(assessment.labels == [given] && assessment.proposal == [other])
    #expect(assessment.reason == .outvoted(by: 4, to: 1))
  }

  @Test("a record without a label of its own is never corrected")
  func nothingToReplace() throws {
    let data = reference.data()
    let unlabelled = AnnotatedSet(
      vectors: data.vectors, targets: data.targets, words: data.words, trusted: data.trusted,
      votes: [:], meanings: data.meanings,
      slots: [LabelSlot](repeating: .none, count: reference.count))
    let assessments = try assess(unlabelled, mode: .all).assessments
    #expect(assessments.allSatisfy { $0.action != .corrected })
    #expect(assessments.contains { $0.action == .review })
  }

  @Test("one label, or spellings of one, cannot be judged")
  func oneLabel() throws {
    var generator = SplitMix64(seed: 5)
    var vectors = Matrix(rows: 60, columns: 8)
    for index in vectors.storage.indices { vectors.storage[index] = Float(generator.gaussian()) }
    for labels in 1...2 {
      let data = AnnotatedSet(
        vectors: vectors.normalised(),
        targets: Targets(
          given: (0..<60).map { [Int32($0 % labels)] }, labelCount: labels, isMultiLabel: false),
        words: nil, trusted: [Bool](repeating: false, count: 60), votes: [:], meanings: nil,
        similarLabels: SimilarLabels(
          keys: [String](repeating: "a", count: labels),
          frequencies: [Double](repeating: 1 / Double(labels), count: labels)))
      let assessed = try assessLabels(data, options: AssessmentOptions(), search: PlainSearch())
      #expect(!assessed.isJudged && assessed.errorRate == nil)
      #expect(assessed.assessments.allSatisfy { $0.credibility == nil && !$0.isFlagged })
    }
  }

  @Test(
    "a record without a text is not judged, and not taken for suspect", arguments: [false, true])
  func blankRecords(isList: Bool) throws {
    // Two clusters; every tenth record of the first has the label of the second, and the last five have no text.
    let count = 120
    var vectors = Matrix(rows: count, columns: 4)
    var generator = SplitMix64(seed: 6)
    for row in 0..<count {
      for column in 0..<4 { vectors[row, column] = Float(generator.gaussian() * 0.1) }
      vectors[row, row % 2] += 1
    }
    let blank = Set(115..<120)
    for row in blank { for column in 0..<4 { vectors[row, column] = column == 3 ? 1 : 0 } }
    let given = (0..<count).map { row in [Int32(row % 20 == 0 ? 1 : row % 2)] }
    var data = AnnotatedSet(
      vectors: vectors.normalised(),
      targets: Targets(given: given, labelCount: 2, isMultiLabel: isList), words: nil,
      trusted: [Bool](repeating: false, count: count), votes: [:], meanings: nil,
      isLegible: (0..<count).map { !blank.contains($0) })
    data.blank = blank
    for mode in [CorrectionMode.auto, .all] {
      let assessed = try assessLabels(
        data, options: AssessmentOptions(mode: mode), search: PlainSearch())
      #expect(assessed.isJudged)
      for (row, assessment) in assessed.assessments.enumerated() where blank.contains(row) {
        #expect(assessment.credibility == nil && assessment.reviewRank == nil)
        #expect(!assessment.isFlagged && assessment.action == .kept && assessment.proposal.isEmpty)
        #expect(assessment.labels == given[row] && assessment.weight == 1)
      }
      #expect(assessed.assessments.contains { $0.isFlagged })
    }
  }

  @Test("in a file of lists, a correction of a record with one label gives it one label")
  func oneLabelAmongLists() throws {
    let given = reference.labels.map { [$0] }
    let data = reference.data(
      targets: Targets(given: given, labelCount: 4, isMultiLabel: true))
    let single = AnnotatedSet(
      vectors: data.vectors, targets: data.targets, words: data.words, trusted: data.trusted,
      votes: [:], meanings: nil, slots: [LabelSlot](repeating: .one, count: reference.count))
    for assessment in try assess(single, mode: .all).assessments
    where assessment.action == .corrected {
      #expect(assessment.labels.count == 1)
    }
  }

  /// Clusters around the axes. The first `wrong` records have the label of the next cluster.
  func clusters(_ records: Int, wrong: Int) -> AnnotatedSet {
    var generator = SplitMix64(seed: 8)
    var vectors = Matrix(rows: records, columns: 8)
    var names = Matrix(rows: 4, columns: 8)
    for label in 0..<4 { names[label, label] = 1 }
    for row in 0..<records {
      for column in 0..<8 {
        vectors[row, column] = Float(0.15 * generator.gaussian()) + (column == row % 4 ? 1 : 0)
      }
    }
    vectors = vectors.normalised()
    let given = (0..<records).map { [Int32(($0 < wrong ? $0 + 1 : $0) % 4)] }
    return AnnotatedSet(
      vectors: vectors, targets: Targets(given: given, labelCount: 4, isMultiLabel: false),
      words: nil, trusted: [Bool](repeating: false, count: records), votes: [:],
      meanings: LabelMeanings(records: vectors, names: names))
  }

  @Test(
    "with too few disagreements the gate stays shut, even if the names are informative",
    arguments: [(9, false), (10, true)])
  func gateNeedsEnoughDisagreements(wrong: Int, opens: Bool) throws {
    let assessed = try assess(clusters(120, wrong: wrong))
    let labelNames = try #require(assessed.labelNameGate)
    #expect(labelNames.disagreements.count == wrong)
    #expect(labelNames.informativeness >= LabelNameGate.openFrom)
    #expect((labelNames.rightShare ?? 0) >= LabelNameGate.leastRightShare)
    #expect(labelNames.isOpen == opens)
    #expect(assessed.assessments.contains { $0.action == .corrected } == opens)
  }

  @Test("trusted records do not reduce the number of flagged records")
  func trustedRecordsAreNotQueued() throws {
    let before = try assess(reference.data(hasMeanings: false), mode: .suggest).assessments
    let evidence = try #require(
      try Evidence(of: reference.data(), search: PlainSearch(), threads: 1))
    let outOfFold = OutOfFoldProbabilities(
      of: evidence, signals: Signals.standard(hasWords: true, hasSpelling: false))
    // Flagged by their margin, although their likeliest label is the given one.
    let flagged = before.indices.filter {
      before[$0].isFlagged && outOfFold.topTwo($0).first == Int(reference.labels[$0])
    }
    let trusted = try #require(flagged.first)
    let after = try assess(
      reference.data(trusted: [trusted], hasMeanings: false), mode: .suggest
    ).assessments
    #expect(!after[trusted].isFlagged)
    #expect(after.count(where: \.isFlagged) == before.count(where: \.isFlagged))
  }

  @Test("records with the same vector and another content do not take a trusted record's label")
  func vectorsAreNoEvidenceOfContent() throws {
    // Records 3, 7 and 8 have the same vector. The content of 7 is unknown, and 8 has another content.
    let contents = (0..<Int32(reference.count)).map { $0 == 7 ? -1 : $0 }
    let assessments = try assess(
      reference.data(
        targets: duplicateTargets, trusted: [3], contents: contents, hasMeanings: false)
    ).assessments
    for row in [7, 8] {
      #expect(assessments[row].labels == [1] && assessments[row].action != .corrected)
    }
  }
}
