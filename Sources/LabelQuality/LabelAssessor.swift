import Assessments
import Vectors

/// Computes the assessment of every record from annotated vectors and their neighbours.
package enum LabelAssessor {
  /// Assesses every annotation.
  ///
  /// - Parameter evidence: the evidence of `data`; nil where `Evidence` found no annotation.
  /// - Complexity: O(n d K) for the ridge, O(n K) in memory.
  package static func assess(
    _ data: AnnotatedSet, by evidence: consuming Evidence?, options: AssessmentOptions
  ) -> AssessedLabels {
    guard let found = Findings(evidence, of: data, options: options) else {
      return withoutLabels(data)
    }
    // The signals keep what they need of it, and let go of it once nothing is asked of them: graphs and vectors are
    // most of what a large file takes.
    evidence = nil
    let (recall, isOutlier) = (found.searchRecall, found.isOutlier)
    var assessed = assessed(data, by: consume found, options: options)
    assessed.searchRecall = recall
    assessed.isOutlier = isOutlier
    return assessed
  }

  /// What is computed from the evidence.
  private struct Findings {
    let dataValues: [Double?]
    let graph: NeighbourGraph
    let outOfFold: OutOfFoldProbabilities
    let searchRecall: Double?
    let isOutlier: [Bool]

    /// - Returns: nil without evidence.
    init?(_ evidence: Evidence?, of data: AnnotatedSet, options: AssessmentOptions) {
      guard let evidence else { return nil }
      dataValues = NeighbourShapley.values(of: data.visible, in: evidence.graph)
      graph = evidence.graph.truncated(to: AssessedLabels.nearestKept)
      searchRecall = evidence.searchRecall
      isOutlier = evidence.isOutlier
      outOfFold = OutOfFoldProbabilities(
        of: evidence,
        signals: Signals.standard(
          hasWords: data.words != nil, hasSpelling: evidence.spelling != nil,
          plausibility: data.plausibility, hasVectors: !data.visible.annotated.isEmpty),
        progress: { options.progress?($0, 2 * data.targets.count) })
    }
  }

  private static func assessed(
    _ data: AnnotatedSet, by scored: consuming Findings, options: AssessmentOptions
  ) -> AssessedLabels {
    let (dataValues, graph) = (scored.dataValues, scored.graph)
    var outOfFold = scored.outOfFold
    _ = consume scored
    guard !data.targets.isMultiLabel else {
      outOfFold.releaseSignals()
      let errors = ListErrors(
        outOfFold: outOfFold, targets: data.targets, similarLabels: data.similarLabels,
        threads: options.threads)
      let assessments = MultiLabelDecisions(
        data: data, outOfFold: outOfFold, errors: errors, options: options
      ).assessments()
      return AssessedLabels(
        assessments: ranked(assessments), dataValues: dataValues, graph: graph,
        signalNames: outOfFold.signalNames, signalsOfGiven: outOfFold.given, labelNameGate: nil,
        isJudged: errors.isJudged, errorRate: nil, disagreements: [])
    }
    let transition = NoiseTransition(
      outOfFold: outOfFold, targets: data.targets, threads: options.threads)
    let withSignals = outOfFold
    outOfFold.releaseSignals()
    let posterior = PairPosterior(outOfFold: outOfFold, transition: transition)
    let detector = ErrorDetector(
      outOfFold: consume withSignals, transition: transition, posterior: posterior,
      targets: data.targets, similarLabels: data.similarLabels, threads: options.threads,
      progress: { options.progress?(data.targets.count + $0, 2 * data.targets.count) })
    let margins = LabelMargins(
      outOfFold: outOfFold, posterior: posterior, detector: detector,
      targets: data.targets, threads: options.threads)
    let learnability = Learnability(
      outOfFold: outOfFold, targets: data.targets, similarLabels: data.similarLabels)
    // With one label, in however many spellings, no record can have another.
    let isJudged =
      learnability.isShown && data.targets.labelCount > 1 && data.similarLabels?.isOneLabel != true
    let hasIndependentEvidence = data.meanings != nil || options.comparison != nil
    let found =
      data.targets.labelCount > 1 && isJudged && hasIndependentEvidence
      ? Disagreements(outOfFold: outOfFold, detector: detector, targets: data.visible) : nil
    let names = found.flatMap { found in
      data.meanings.map { LabelNameGate(found, meanings: $0, threads: options.threads) }
    }
    let comparison = found.flatMap { found in
      options.comparison.map { comparison in
        LabelComparisonGate(found, comparison: comparison, names: names) { row in
          !data.trusted[Int(row)] && data.slots[Int(row)] != .none
        }
      }
    }
    let level = ErrorLevel(
      corruptedShare: detector.corruptedShare, asymmetry: transition.asymmetry)
    let errorProbabilities = ErrorProbabilities(
      margins, rate: level.estimate, gate: names, comparison: comparison, targets: data.targets)
    let voteWeight = isJudged ? VoteWeight.weight(data, wrong: errorProbabilities.wrong) : 1
    let decisions = SingleLabelDecisions(
      data: data, outOfFold: outOfFold, posterior: posterior, margins: margins,
      errorProbabilities: errorProbabilities, changes: changes(names, comparison),
      duplicates: TrustedDuplicates.found(in: data), isJudged: isJudged, voteWeight: voteWeight,
      options: options)
    let preferred = isJudged ? preferredLabels(outOfFold, margins, targets: data.targets) : []
    return AssessedLabels(
      assessments: data.targets.labelCount > 1
        ? ranked(decisions.assessments(), by: margins.margin) : decisions.assessments(),
      dataValues: dataValues,
      graph: graph, signalNames: outOfFold.signalNames, signalsOfGiven: outOfFold.given,
      labelNameGate: names, labelComparisonGate: comparison, isJudged: isJudged,
      predictions: learnability.counts,
      voteWeight: data.voteScores.isEmpty ? nil : voteWeight,
      errorRate: isJudged ? errorRate(level, errorProbabilities, targets: data.targets) : nil,
      disagreements: disagreements(preferred, targets: data.targets), preferred: preferred)
  }

  /// The records whose likeliest label replaces the given one, by evidence that never saw the labels, with
  /// that evidence.
  private static func changes(
    _ names: LabelNameGate?, _ comparison: LabelComparisonGate?
  ) -> [Int32: CorrectionReason] {
    let rows = comparison?.changes(beside: names) ?? names?.changes ?? []
    let reason: (Int32) -> CorrectionReason = { row in
      guard let comparison, comparison.supports(row) else { return .labelNames }
      return names?.isOpen == true ? .labelNamesAndLanguageModel : .languageModel
    }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0, reason($0)) })
  }

  /// The assessments with their places in the order of review: the least credible first, among equals the
  /// most suspect, then the first in the file. Trusted records and those without a label have no place.
  ///
  /// - Parameter suspicion: one per record, higher is more suspect; nil where there is none beside
  ///   credibility.
  /// - Complexity: O(n log n).
  private static func ranked(
    _ assessments: [LabelAssessment], by suspicion: [Double]? = nil
  ) -> [LabelAssessment] {
    let order = assessments.indices.filter {
      assessments[$0].credibility != nil && assessments[$0].action != .protected
    }.sorted { first, second in
      let (one, other) = (assessments[first].credibility ?? 1, assessments[second].credibility ?? 1)
      if one != other { return one < other }
      let (higher, lower) = (suspicion?[first] ?? 0, suspicion?[second] ?? 0)
      return higher == lower ? first < second : higher > lower
    }
    var ranked = assessments
    for (place, row) in order.enumerated() { ranked[row].reviewRank = place + 1 }
    return ranked
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
      signalNames: [], signalsOfGiven: [], labelNameGate: nil, isJudged: true, errorRate: nil,
      disagreements: [])
  }

  /// With fewer annotations than this, a file shows too little to compare it with others.
  private static let fewestForErrorRate = 50

  /// The share of wrong annotations; nil with one label or with too few annotations.
  ///
  /// Where a gate is open, the estimate is what it measured. The interval is that of other datasets all the same:
  /// on too few of them was a gate open to say how far such an estimate can be wrong.
  private static func errorRate(
    _ level: ErrorLevel, _ probabilities: ErrorProbabilities, targets: Targets
  ) -> ErrorRate? {
    guard targets.labelCount > 1, targets.annotated.count >= fewestForErrorRate else { return nil }
    if probabilities.rightShare != nil {
      let estimate = probabilities.rate
      return ErrorRate(
        estimate: estimate, low: min(level.low, estimate), high: max(level.high, estimate),
        basis: ErrorRate.byIndependentEvidence)
    }
    return ErrorRate(
      estimate: level.estimate, low: level.low, high: level.high, basis: ErrorRate.byOtherDatasets)
  }

  /// By record, the label that the evidence prefers to the given one; −1 where it prefers none.
  private static func preferredLabels(
    _ outOfFold: OutOfFoldProbabilities, _ margins: LabelMargins, targets: Targets
  ) -> [Int32] {
    var preferred = [Int32](repeating: -1, count: targets.count)
    for row in targets.annotated.map(Int.init)
    where margins.differs[row] && targets.single(row) != nil {
      preferred[row] = Int32(outOfFold.topTwo(row).first)
    }
    return preferred
  }

  /// How many records have each pair of given and preferred label; the commonest pair first.
  private static func disagreements(
    _ preferred: [Int32], targets: Targets
  ) -> [(given: Int32, preferred: Int32, count: Int)] {
    var counts: [Int64: Int] = [:]
    for row in preferred.indices where preferred[row] >= 0 {
      guard let given = targets.single(row) else { continue }
      counts[Int64(given) << 32 | Int64(preferred[row]), default: 0] += 1
    }
    return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map {
      (Int32($0.key >> 32), Int32($0.key & 0xFFFF_FFFF), $0.value)
    }
  }
}

extension ErrorRate {
  static let byOtherDatasets =
    "predicted from what other datasets with known errors showed: for nine of ten of them the true rate lay "
    + "in the interval; check a random sample to measure it"

  /// Where a gate is open.
  static let byIndependentEvidence =
    "estimated from how often the independent evidence supports the labels that the records prefer; the interval is "
    + "that of other datasets; check a random sample to measure it"
}
