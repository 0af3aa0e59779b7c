import Repair
import Testing
import Vectors

/// Every stage against an independent numpy implementation of the same formulas.
@Suite("Reference") struct ReferenceTests {
  let reference: Reference
  let evidence: Evidence
  let opinion: Opinion

  init() throws {
    reference = try Reference.load()
    evidence = try Evidence(data: reference.data(), search: PlainSearch(), threads: 2)
    opinion = Opinion(of: evidence, signals: Signals.standard(hasWords: true))
  }

  @Test(
    "each signal's view of the given label",
    arguments: ["knn10", "knn50", "wknn", "ridge", "lexical"])
  func signals(name: String) throws {
    let place = try #require(opinion.signalNames.firstIndex(of: name))
    let expected = try #require(reference.signals[name])
    for row in 0..<reference.count {
      let value = Double(opinion.given[row * opinion.signalNames.count + place])
      #expect(abs(value - expected[row]) < 2e-3, "\(name) of record \(row)")
    }
  }

  @Test func fusedOpinion() {
    for index in reference.fused.indices {
      #expect(abs(Double(opinion.fused[index]) - reference.fused[index]) < 2e-3)
    }
  }

  @Test func transitionAndPosterior() {
    let transition = NoiseTransition(opinion: opinion, targets: reference.targets, threads: 2)
    #expect(abs(transition.disagreement - reference.disagreement) < 1e-9)
    for given in 0..<reference.labelCount {
      #expect(transition.column(given: given).allSatisfy { $0 > 0 && $0 <= 1 })
    }
    let posterior = PairPosterior(opinion: opinion, transition: transition)
    let suspicion = Suspicion(
      opinion: opinion, posterior: posterior, targets: reference.targets, threads: 2)
    var own: [Float] = []
    for row in 0..<reference.count {
      let given = Int(reference.labels[row])
      posterior.write(row, given: given, into: &own)
      #expect(abs(Double(own[given]) - reference.posteriorGiven[row]) < 3e-3)
      #expect(abs(own.reduce(0, +) - 1) < 1e-5)
      #expect(abs(suspicion.margin[row] - reference.margin[row]) < 0.03)
    }
  }

  @Test func witness() {
    let witness = Witness(
      opinion: opinion, targets: reference.targets, meanings: reference.meanings, threads: 2)
    #expect(abs(witness.informativeness - reference.informativeness) < 1e-6)
    #expect(abs((witness.rightShare ?? 0) - reference.rightShare) < 1e-6)
    #expect(witness.changes.sorted() == reference.changes)
  }

  @Test func wholeRepair() throws {
    let outcome = try Repairer.repair(
      reference.data(), options: RepairOptions(mode: .auto, threads: 2), search: PlainSearch())
    for (row, judgement) in outcome.judgements.enumerated() {
      #expect(abs(1 - (judgement.credibility ?? 0) - reference.wrong[row]) < 0.01)
      for entry in judgement.softLabel {
        let expected = reference.soft[row * reference.labelCount + Int(entry.label)]
        #expect(abs(entry.probability - expected) < 0.01)
      }
    }
    let flagged = outcome.judgements.indices.filter { outcome.judgements[$0].isFlagged }
    #expect(Set(flagged).symmetricDifference(reference.flagged).count <= 1)
    let corrected = outcome.judgements.indices.filter {
      outcome.judgements[$0].decision == .corrected
    }
    #expect(corrected.map(Int32.init) == reference.changes)
  }

  @Test("with the gate shut, nothing is changed and beliefs follow the harm budget")
  func shutGate() throws {
    let outcome = try Repairer.repair(
      reference.data(hasMeanings: false), options: RepairOptions(threads: 1),
      search: PlainSearch())
    for (row, judgement) in outcome.judgements.enumerated() {
      #expect(abs(1 - (judgement.credibility ?? 0) - reference.wrongShut[row]) < 0.01)
      #expect(judgement.decision == (judgement.isFlagged ? .review : .kept))
    }
  }
}
