package import Vectors

/// The whole of repairing: from annotated vectors to a judgement of every record.
package enum Repairer {
  /// Judges every annotation.
  ///
  /// - Parameter search: finds neighbours; every exact search gives the same bytes.
  /// - Throws: what the search throws.
  /// - Complexity: O(n² d) for the search, O(n d K) for the ridge, O(n K) in memory.
  package static func repair(
    _ data: AnnotatedSet, options: RepairOptions, search: any NeighbourSearch
  ) throws -> RepairOutcome {
    guard !data.targets.annotated.isEmpty, data.targets.labelCount > 0 else {
      return withoutLabels(data)
    }
    let evidence = try Evidence(data: data, search: search, threads: options.threads)
    let utilities = NeighbourShapley.utilities(of: data.targets, in: evidence.graph)
    let opinion = Opinion(
      of: evidence,
      signals: Signals.standard(
        hasWords: data.words != nil, plausibility: data.plausibility))
    guard !data.targets.isMultiLabel else {
      let judgements = MultiLabelRepair.judgements(data, opinion: opinion, options: options)
      return RepairOutcome(
        judgements: judgements, utilities: utilities, graph: evidence.graph,
        signalNames: opinion.signalNames, signalsOfGiven: opinion.given, witness: nil,
        errorRate: nil, disagreements: [])
    }
    let transition = NoiseTransition(
      opinion: opinion, targets: data.targets, threads: options.threads)
    let posterior = PairPosterior(opinion: opinion, transition: transition)
    let suspicion = Suspicion(
      opinion: opinion, posterior: posterior, targets: data.targets, threads: options.threads)
    let witness = data.meanings.flatMap { meanings in
      data.targets.labelCount > 1
        ? Witness(
          opinion: opinion, targets: data.targets, meanings: meanings, threads: options.threads)
        : nil
    }
    let belief = Belief(suspicion, witness: witness, targets: data.targets)
    let judge = SingleLabelJudge(
      data: data, opinion: opinion, posterior: posterior, suspicion: suspicion, belief: belief,
      changedByWitness: Set(witness?.changes ?? []),
      duplicates: TrustedDuplicates.found(in: data), options: options)
    return RepairOutcome(
      judgements: judge.judgements(), utilities: utilities, graph: evidence.graph,
      signalNames: opinion.signalNames, signalsOfGiven: opinion.given, witness: witness,
      errorRate: errorRate(belief, suspicion, witness: witness, targets: data.targets),
      disagreements: disagreements(opinion, suspicion, targets: data.targets))
  }

  /// Nothing was annotated, so there is nothing to learn from.
  private static func withoutLabels(_ data: AnnotatedSet) -> RepairOutcome {
    let judgements = data.targets.isAnnotated.map { isAnnotated in
      // An empty list is an annotation too, and with nothing but empty lists none looks wrong.
      Judgement(
        credibility: isAnnotated ? 1 : nil, isFlagged: false,
        decision: isAnnotated ? .kept : .proposed, labels: [], proposal: [], softLabel: [],
        weight: isAnnotated ? 1 : 0, ground: nil)
    }
    let graph = NeighbourGraph(count: data.targets.count, k: 0, indices: [], similarities: [])
    return RepairOutcome(
      judgements: judgements,
      utilities: NeighbourShapley.utilities(of: data.targets, in: graph), graph: graph,
      signalNames: [], signalsOfGiven: [], witness: nil, errorRate: nil, disagreements: [])
  }

  /// Below this many annotations an interval would span everything.
  private static let fewestForErrorRate = 50

  private static func errorRate(
    _ belief: Belief, _ suspicion: Suspicion, witness: Witness?, targets: Targets
  ) -> ErrorRate? {
    let count = targets.annotated.count
    guard targets.labelCount > 1, count >= fewestForErrorRate else { return nil }
    let differing = targets.annotated.count { suspicion.differs[Int($0)] }
    let disagreement = Double(differing) / Double(count)
    guard let witness, witness.isOpen, let share = witness.rightShare else {
      return ErrorRate(
        estimate: belief.rate, low: min(belief.floor, belief.rate),
        high: max(wilsonHigh(differing, of: count), belief.rate), isWitnessed: false)
    }
    // The bias of the witness is known to within ±.05 of a share of disagreements.
    let spread = Belief.witnessBias * disagreement
    return ErrorRate(
      estimate: belief.rate, low: max(0, belief.rate - spread),
      high: min(max(share * disagreement, belief.rate + spread), 1), isWitnessed: true)
  }

  private static func disagreements(
    _ opinion: Opinion, _ suspicion: Suspicion, targets: Targets
  ) -> [(given: Int32, preferred: Int32, count: Int)] {
    var counts: [Int64: Int] = [:]
    for row in targets.annotated.map(Int.init) where suspicion.differs[row] {
      guard let given = targets.single(row) else { continue }
      counts[Int64(given) << 32 | Int64(opinion.topTwo(row).first), default: 0] += 1
    }
    return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map {
      (Int32($0.key >> 32), Int32($0.key & 0xFFFF_FFFF), $0.value)
    }
  }
}
