import Concurrency
import Assessments
import Testing

@testable import LabelQuality

/// Compares every stage with an independent numpy implementation of the same formulas.
@Suite("Reference") struct ReferenceTests {
  let reference: Reference
  let evidence: Evidence
  let outOfFold: OutOfFoldProbabilities

  init() throws {
    reference = try Reference.load()
    evidence = try #require(try Evidence(of: reference.data(), search: PlainSearch(), threads: 2))
    outOfFold = OutOfFoldProbabilities(
      of: evidence, signals: Signals.standard(hasWords: true, hasSpelling: false))
  }

  @Test(
    "each signal's probability of the given label",
    arguments: ["knn50", "wknn", "ridge", "lexical"])
  func signals(name: String) throws {
    let place = try #require(outOfFold.signalNames.firstIndex(of: name))
    let expected = try #require(reference.signals[name])
    for row in 0..<reference.count {
      let value = Double(outOfFold.given[row * outOfFold.signalNames.count + place])
      #expect(abs(value - expected[row]) < 2e-3, "\(name) of record \(row)")
    }
  }

  @Test func fusedProbabilities() {
    let labelCount = outOfFold.labelCount
    for index in reference.fused.indices {
      let value = outOfFold.fused[index / labelCount, index % labelCount]
      #expect(abs(Double(value) - reference.fused[index]) < 2e-3)
    }
  }

  @Test func transitionAndPosterior() {
    let transition = NoiseTransition(outOfFold: outOfFold, targets: reference.targets, threads: 2)
    #expect(abs(transition.disagreement - reference.disagreement) < 1e-9)
    for given in 0..<reference.labelCount {
      #expect(transition.column(given: given).allSatisfy { $0 > 0 && $0 <= 1 })
    }
    let posterior = PairPosterior(outOfFold: outOfFold, transition: transition)
    let margins = LabelMargins(
      outOfFold: outOfFold, posterior: posterior, targets: reference.targets, threads: 2)
    var own: [Float] = []
    for row in 0..<reference.count {
      let given = Int(reference.labels[row])
      posterior.write(row, given: given, into: &own)
      #expect(abs(Double(own[given]) - reference.posteriorGiven[row]) < 3e-3)
      #expect(abs(own.reduce(0, +) - 1) < 1e-5)
      #expect(abs(margins.margin[row] - reference.margin[row]) < 0.03)
    }
  }

  @Test func labelNames() {
    let labelNames = LabelNameGate(
      outOfFold: outOfFold, targets: reference.targets, meanings: reference.meanings, threads: 2)
    #expect(abs(labelNames.informativeness - reference.informativeness) < 1e-6)
    #expect(abs((labelNames.rightShare ?? 0) - reference.rightShare) < 1e-6)
    #expect(labelNames.changes.sorted() == reference.changesByNames)
  }

  @Test func knownErrors() {
    let transition = NoiseTransition(outOfFold: outOfFold, targets: reference.targets, threads: 2)
    let errors = VirtualErrors(
      outOfFold: outOfFold, transition: transition, targets: reference.targets,
      seed: ErrorDetector.seed, threads: 2)
    #expect(errors.labels == reference.drawn)
    let detector = ErrorDetector(
      outOfFold: outOfFold, transition: transition,
      posterior: PairPosterior(outOfFold: outOfFold, transition: transition),
      targets: reference.targets, threads: 2)
    for row in 0..<reference.count {
      #expect(abs(detector.suspicion[row] - reference.suspicion[row]) < 0.05)
      #expect(abs(detector.logOdds[row] - reference.logOdds[row]) < 0.03)
    }
    #expect(abs(detector.corruptedShare - reference.corruptedShare) < 2e-3)
    #expect(abs(transition.asymmetry - reference.asymmetry) < 1e-4)
    let gate = LabelNameGate(
      outOfFold: outOfFold, detector: detector, targets: reference.targets,
      meanings: reference.meanings, threads: 2)
    #expect(gate.isOpen == reference.isOpen)
    #expect(gate.changes.sorted() == reference.changes)
  }

  @Test func wholeAssessment() throws {
    let assessed = try assessLabels(
      reference.data(), options: AssessmentOptions(mode: .auto, threads: 2), search: PlainSearch())
    // A label that the names support has at least the share that they have shown.
    let shown = try #require(assessed.labelNameGate?.cautiousRightShare)
    for (row, assessment) in assessed.assessments.enumerated() {
      #expect(abs(1 - (assessment.credibility ?? 0) - reference.wrong[row]) < 0.02)
      let soft = (0..<reference.labelCount).map { reference.soft[row * reference.labelCount + $0] }
      let own = soft[Int(assessment.labels[0])]
      let isLifted = assessment.action == .corrected && own < shown
      for entry in assessment.softLabel {
        let isOwn = entry.label == assessment.labels[0]
        let expected =
          !isLifted
          ? soft[Int(entry.label)]
          : isOwn ? shown : soft[Int(entry.label)] / (1 - own) * (1 - shown)
        #expect(abs(entry.probability - expected) < 0.01)
      }
    }
    let rate = try #require(assessed.errorRate)
    for (own, expected) in zip([rate.estimate, rate.low, rate.high], reference.errorRate) {
      #expect(abs(own - expected) < 0.005)
    }
    // A place for every record, the least credible first.
    let ranked = assessed.assessments.sorted { ($0.reviewRank ?? 0) < ($1.reviewRank ?? 0) }
    #expect(ranked.map(\.reviewRank) == (1...reference.count).map { $0 })
    let credibilities = ranked.map { $0.credibility ?? 0 }
    #expect(credibilities == credibilities.sorted())
    let flagged = assessed.assessments.indices.filter { assessed.assessments[$0].isFlagged }
    #expect(Set(flagged).symmetricDifference(reference.flagged).count <= 1)
    let corrected = assessed.assessments.indices.filter {
      assessed.assessments[$0].action == .corrected
    }
    #expect(corrected.map(Int32.init) == reference.changes)
  }

  @Test("without a gate no label is changed, and soft labels stay within the Brier cost")
  func shutGate() throws {
    let assessed = try assessLabels(
      reference.data(hasMeanings: false), options: AssessmentOptions(threads: 1),
      search: PlainSearch())
    for (row, assessment) in assessed.assessments.enumerated() {
      #expect(abs(1 - (assessment.credibility ?? 0) - reference.wrong[row]) < 0.02)
      let given = assessment.softLabel.first { $0.label == reference.labels[row] }
      #expect(abs((given?.probability ?? 0) - 1 + reference.cautiousShut[row]) < 0.01)
      #expect(assessment.action == (assessment.isFlagged ? .review : .kept))
    }
  }
}
