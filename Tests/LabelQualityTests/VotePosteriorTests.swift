import Assessments
import Foundation
import Testing
import Vectors

@testable import LabelQuality

/// Records with votes: every number of a record follows from one posterior of evidence, label and votes.
struct VotePosteriorTests {
  let reference: Reference

  init() throws { reference = try Reference.load() }

  func assess(
    _ votes: [Int: [(label: Int32, count: Int)]], mode: CorrectionMode = .auto
  ) throws -> [LabelAssessment] {
    try assessLabels(
      reference.data(votes: votes, hasMeanings: false), options: AssessmentOptions(mode: mode),
      search: PlainSearch()
    ).assessments
  }

  func probability(_ assessment: LabelAssessment, of label: Int32) -> Double {
    assessment.softLabel.first { $0.label == label }?.probability ?? 0
  }

  @Test(
    "credibility, weight, soft label, flag and proposal agree, whatever the votes",
    arguments: [CorrectionMode.auto, .suggest, .all])
  func numbersAgree(mode: CorrectionMode) throws {
    var votes: [Int: [(label: Int32, count: Int)]] = [:]
    for row in 0..<reference.count {
      let given = reference.labels[row]
      let (second, third) = ((given + 1) % 4, (given + 2) % 4)
      // For the label, against it, split, and for none that the record has.
      votes[row] =
        [
          [(given, 3)], [(second, 2), (given, 1)], [(second, 1), (third, 1)], [(second, 3)],
          [(second, 2), (third, 1)],
        ][row % 5]
    }
    let assessments = try assess(votes, mode: mode)
    for (row, assessment) in assessments.enumerated() {
      let given = reference.labels[row]
      // The written soft label has 99.9 % of the probability.
      let credibility = try #require(assessment.credibility)
      #expect(abs(credibility - probability(assessment, of: given)) < 0.002, "row \(row)")
      #expect(abs(assessment.weight - probability(assessment, of: assessment.labels[0])) < 0.002)
      let likeliest = try #require(assessment.softLabel.first).label
      #expect(assessment.isFlagged == (likeliest != given), "row \(row)")
      for proposal in assessment.proposal { #expect(proposal == likeliest) }
      if assessment.action == .corrected { #expect(assessment.labels == [likeliest]) }
    }
    #expect(assessments.contains { $0.isFlagged })
    #expect(mode == .suggest || assessments.contains { $0.action == .corrected })
  }

  @Test func moreVotesForALabelMakeItMoreCredible() throws {
    let given = reference.labels[20]
    let other = (given + 1) % 4
    var last = 0.0
    for votes in [[(other, 3)], [(other, 2), (given, 1)], [(other, 1), (given, 2)], [(given, 3)]] {
      let credibility = try #require(
        try assess([20: votes.map { (label: $0.0, count: $0.1) }])[20].credibility)
      #expect(credibility > last)
      last = credibility
    }
  }
}

/// How much votes count.
struct VoteWeightTests {
  private func data(_ scores: [Int: [(label: Int32, score: Double)]], count: Int) -> AnnotatedSet {
    AnnotatedSet(
      vectors: Matrix(rows: count, columns: 1, storage: [Float](repeating: 1, count: count)),
      targets: Targets(
        given: (0..<count).map { [Int32($0 % 4)] }, labelCount: 4, isMultiLabel: false),
      words: nil, trusted: [Bool](repeating: false, count: count), votes: [:], meanings: nil,
      voteScores: scores)
  }

  @Test("Votes that claim fewer errors than the evidence shows claim as many with their weight")
  func claims() {
    let count = 100
    // All votes are for the label, with odds of e^12 against each other one.
    let scores = Dictionary(
      uniqueKeysWithValues: (0..<count).map { ($0, [(label: Int32($0 % 4), score: 12.0)]) })
    let wrong = (0..<count).map { $0 % 10 == 0 ? 0.9 : 0.1 }
    let weight = VoteWeight.weight(data(scores, count: count), wrong: wrong)
    // 3 e^(−12 w) / (1 + 3 e^(−12 w)) = .18
    #expect(abs(12 * weight - log(0.82 * 3 / 0.18)) < 1e-6)
  }

  @Test("Votes that claim more errors than the evidence, and few votes, count as they are")
  func full() {
    let weak = Dictionary(
      uniqueKeysWithValues: (0..<100).map { ($0, [(label: Int32($0 % 4), score: 1.0)]) })
    let wrong = [Double](repeating: 0.05, count: 100)
    #expect(VoteWeight.weight(data(weak, count: 100), wrong: wrong) == 1)
    let few = Dictionary(
      uniqueKeysWithValues: (0..<49).map { ($0, [(label: Int32($0 % 4), score: 12.0)]) })
    #expect(VoteWeight.weight(data(few, count: 100), wrong: wrong) == 1)
  }
}

/// Labels that are probably one label in several spellings.
struct SimilarLabelTests {
  @Test func evidenceForOneSpellingIsEvidenceForTheOther() throws {
    let reference = try Reference.load()
    // Every fourth record of label 0 has another spelling of it, label 4.
    var given = reference.labels
    for row in given.indices where given[row] == 0 && row % 4 == 0 { given[row] = 4 }
    let targets = Targets(given: given.map { [$0] }, labelCount: 5, isMultiLabel: false)
    func assess(_ similar: SimilarLabels?) throws -> [LabelAssessment] {
      let data = AnnotatedSet(
        vectors: reference.matrix, targets: targets, words: WordFeatures(texts: reference.texts),
        trusted: given.map { _ in false }, votes: [:], meanings: nil, similarLabels: similar)
      return try assessLabels(
        data, options: AssessmentOptions(mode: .all), search: PlainSearch()
      ).assessments
    }
    let rows = given.indices.filter { given[$0] == 4 }
    let plain = try assessLabels(
      reference.data(hasMeanings: false), options: AssessmentOptions(mode: .all),
      search: PlainSearch()
    ).assessments
    let apart = try assess(nil)
    let joined = try assess(
      SimilarLabels(keys: ["a", "b", "c", "d", "a"], frequencies: targets.frequencies))
    let right = rows.filter { !plain[$0].isFlagged }
    #expect(right.contains { apart[$0].isFlagged })
    #expect(!right.contains { joined[$0].isFlagged })
    // No label is replaced by another spelling of itself.
    for row in given.indices where joined[row].action == .corrected {
      #expect(given[row] % 4 != joined[row].labels[0] % 4)
    }
  }

  @Test func groupsAreFoundByKey() throws {
    #expect(SimilarLabels(keys: ["a", "b"], frequencies: [1, 1]) == nil)
    let similar = try #require(SimilarLabels(keys: ["a", "b", "a"], frequencies: [0.1, 0.2, 0.7]))
    #expect(similar.areSimilar(0, 2) && !similar.areSimilar(0, 1))
    #expect(similar.spelling(of: 0, own: []) == 2)
    #expect(similar.spelling(of: 2, own: [0]) == 0)
    #expect(similar.spelling(of: 1, own: [0]) == 1)
  }
}

/// Records whose texts the encoder does not know.
struct LegibilityTests {
  @Test func illegibleRecordsHaveOnlyTheSignalsOfWords() throws {
    let reference = try Reference.load()
    var vectors = reference.matrix
    let illegible = Set(stride(from: 0, to: reference.count, by: 3))
    // An encoder gives all texts without a known word the same vector.
    for row in illegible {
      for column in 0..<vectors.columns { vectors[row, column] = column == 0 ? 1 : 0 }
    }
    let data = AnnotatedSet(
      vectors: vectors, targets: reference.targets, words: WordFeatures(texts: reference.texts),
      trusted: reference.labels.map { _ in false }, votes: [:], meanings: reference.meanings,
      isLegible: (0..<reference.count).map { !illegible.contains($0) })
    let evidence = try #require(try Evidence(of: data, search: PlainSearch(), threads: 1))
    #expect(!evidence.graph.indices.contains { illegible.contains(Int($0)) })
    let assessed = LabelAssessor.assess(data, by: evidence, options: AssessmentOptions(mode: .auto))
    let count = assessed.signalNames.count
    for row in 0..<reference.count {
      let names = assessed.signalNames.indices
        .filter { !assessed.signalsOfGiven[row * count + $0].isNaN }
        .map { assessed.signalNames[$0] }
      #expect(illegible.contains(row) ? names == ["lexical"] : names == assessed.signalNames)
      #expect((assessed.dataValues[row] == nil) == illegible.contains(row))
      if illegible.contains(row) { #expect(assessed.assessments[row].action != .corrected) }
    }
  }

  @Test func aFileWithoutALegibleRecordIsAssessedByWords() throws {
    let reference = try Reference.load()
    let data = AnnotatedSet(
      vectors: reference.matrix, targets: reference.targets,
      words: WordFeatures(texts: reference.texts),
      trusted: reference.labels.map { _ in false }, votes: [:], meanings: reference.meanings,
      isLegible: reference.labels.map { _ in false })
    let assessed = try assessLabels(data, options: AssessmentOptions(), search: PlainSearch())
    #expect(assessed.signalNames == ["lexical"])
    #expect(!assessed.assessments.contains { $0.action == .corrected })
  }
}
