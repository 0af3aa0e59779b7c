import Assessments
import Vectors

/// Computes the assessment of every record from annotated vectors and their neighbours.
package enum LabelAssessor {
  /// Assesses every annotation.
  ///
  /// - Parameter evidence: the evidence of `data`; nil where `Evidence` found no annotation.
  /// - Complexity: O(n d K) for the ridge, O(n K) in memory.
  package static func assess(
    _ data: AnnotatedSet, by evidence: Evidence?, options: AssessmentOptions
  ) -> AssessedLabels {
    guard let evidence else { return withoutLabels(data) }
    let dataValues = NeighbourShapley.values(of: data.visible, in: evidence.graph)
    let outOfFold = OutOfFoldProbabilities(
      of: evidence,
      signals: Signals.standard(
        hasWords: data.words != nil, hasSpelling: evidence.spelling != nil,
        plausibility: data.plausibility, hasVectors: !data.visible.annotated.isEmpty))
    guard !data.targets.isMultiLabel else {
      let assessments = MultiLabelDecisions.assessments(
        data, outOfFold: outOfFold, options: options)
      return AssessedLabels(
        assessments: assessments, dataValues: dataValues, graph: evidence.graph,
        signalNames: outOfFold.signalNames, signalsOfGiven: outOfFold.given, labelNameGate: nil,
        errorRate: nil, disagreements: [])
    }
    let transition = NoiseTransition(
      outOfFold: outOfFold, targets: data.targets, threads: options.threads)
    let posterior = PairPosterior(outOfFold: outOfFold, transition: transition)
    let detector = ErrorDetector(
      outOfFold: outOfFold, transition: transition, posterior: posterior, targets: data.targets,
      similarLabels: data.similarLabels, threads: options.threads)
    let margins = LabelMargins(
      outOfFold: outOfFold, posterior: posterior, detector: detector,
      targets: data.targets, threads: options.threads)
    let gate = data.meanings.flatMap { meanings in
      data.targets.labelCount > 1
        ? LabelNameGate(
          outOfFold: outOfFold, detector: detector, targets: data.visible, meanings: meanings,
          threads: options.threads)
        : nil
    }
    let errorProbabilities = ErrorProbabilities(margins, gate: gate, targets: data.targets)
    let decisions = SingleLabelDecisions(
      data: data, outOfFold: outOfFold, posterior: posterior, margins: margins,
      errorProbabilities: errorProbabilities, changedByLabelNames: Set(gate?.changes ?? []),
      duplicates: TrustedDuplicates.found(in: data), options: options)
    return AssessedLabels(
      assessments: decisions.assessments(), dataValues: dataValues, graph: evidence.graph,
      signalNames: outOfFold.signalNames, signalsOfGiven: outOfFold.given, labelNameGate: gate,
      errorRate: errorRate(errorProbabilities, margins, gate: gate, targets: data.targets),
      disagreements: disagreements(outOfFold, margins, targets: data.targets))
  }

  /// The assessment of a dataset without a label.
  private static func withoutLabels(_ data: AnnotatedSet) -> AssessedLabels {
    let assessments = data.targets.isAnnotated.map { isAnnotated in
      // An empty list is an annotation too. Where all lists are empty, none looks wrong.
      LabelAssessment(
        credibility: isAnnotated ? 1 : nil, isFlagged: false,
        action: isAnnotated ? .kept : .proposed, labels: [], proposal: [], softLabel: [],
        weight: isAnnotated ? 1 : 0, reason: nil)
    }
    let graph = NeighbourGraph(count: data.targets.count, k: 0, indices: [], similarities: [])
    return AssessedLabels(
      assessments: assessments,
      dataValues: NeighbourShapley.values(of: data.targets, in: graph), graph: graph,
      signalNames: [], signalsOfGiven: [], labelNameGate: nil, errorRate: nil, disagreements: [])
  }

  /// With fewer annotations than this, the interval would span nearly 0…1.
  private static let fewestForErrorRate = 50

  /// The share of wrong annotations; nil with one label or with too few annotations.
  ///
  /// With an open gate the interval is the estimate ± `ErrorProbabilities.rightShareBias` × the share
  /// of disagreements. Its upper end is at least the gate's uncorrected estimate. Without an open
  /// gate it reaches from the lower bound `ErrorProbabilities.floor` to the upper end of Wilson's
  /// interval for the share of disagreements.
  private static func errorRate(
    _ errorProbabilities: ErrorProbabilities, _ margins: LabelMargins, gate: LabelNameGate?,
    targets: Targets
  ) -> ErrorRate? {
    let count = targets.annotated.count
    guard targets.labelCount > 1, count >= fewestForErrorRate else { return nil }
    let differing = targets.annotated.count { margins.differs[Int($0)] }
    let disagreement = Double(differing) / Double(count)
    guard let gate, gate.isOpen, let share = gate.rightShare else {
      return ErrorRate(
        estimate: errorProbabilities.rate,
        low: min(errorProbabilities.floor, errorProbabilities.rate),
        high: max(wilsonHigh(differing, of: count), errorProbabilities.rate),
        basis: ErrorRate.withoutIndependentEvidence)
    }
    // The share of right disagreements runs high by .05–.10, so its bias is not known exactly.
    let spread = ErrorProbabilities.rightShareBias * disagreement
    return ErrorRate(
      estimate: errorProbabilities.rate, low: max(0, errorProbabilities.rate - spread),
      high: min(max(share * disagreement, errorProbabilities.rate + spread), 1),
      basis: ErrorRate.byLabelNames)
  }

  /// How many records have each pair of given and preferred label; the commonest pair first.
  private static func disagreements(
    _ outOfFold: OutOfFoldProbabilities, _ margins: LabelMargins, targets: Targets
  ) -> [(given: Int32, preferred: Int32, count: Int)] {
    var counts: [Int64: Int] = [:]
    for row in targets.annotated.map(Int.init) where margins.differs[row] {
      guard let given = targets.single(row) else { continue }
      counts[Int64(given) << 32 | Int64(outOfFold.topTwo(row).first), default: 0] += 1
    }
    return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map {
      (Int32($0.key >> 32), Int32($0.key & 0xFFFF_FFFF), $0.value)
    }
  }
}

extension ErrorRate {
  static let byLabelNames =
    "the meaning of the label names, asked about every disagreement of evidence and label"
  static let withoutIndependentEvidence =
    "no independent evidence: from the errors that the most certain evidence shows, to all labels that "
    + "the evidence contradicts, its own mistakes included; the estimate is low on purpose, so that soft "
    + "labels do no harm"
}
