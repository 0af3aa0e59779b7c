import Assessments

/// Decides what is done about each label, for records with one label each.
struct SingleLabelDecisions {
  let data: AnnotatedSet
  let outOfFold: OutOfFoldProbabilities
  let posterior: PairPosterior
  let margins: LabelMargins
  let errorProbabilities: ErrorProbabilities
  /// The records that `LabelNameGate.changes` lists.
  let changedByLabelNames: Set<Int32>
  /// The trusted record that has the same content, by record; see `TrustedDuplicates`.
  let duplicates: [Int: Int]
  let options: AssessmentOptions

  /// The assessment of every record, in order.
  ///
  /// The number of flagged records is the number of records whose likeliest label is not the given
  /// one. Flagged are the records with the largest margins under the pair posterior, so they can be
  /// others. `AssessmentOptions.flagBelow` can only reduce them. Besides these, every record is flagged
  /// whose label a trusted duplicate, the votes or the label names contradict.
  /// - Complexity: O(n K).
  func assessments() -> [LabelAssessment] {
    // Trusted records are never flagged, so they must not use up places among the flagged.
    let rows = data.targets.annotated.map(Int.init).filter { !data.trusted[$0] }
    let queue = rows.sorted { (margins.margin[$0], $1) > (margins.margin[$1], $0) }
    var isQueued = [Bool](repeating: false, count: data.targets.count)
    for row in queue.prefix(rows.count { margins.differs[$0] }) { isQueued[row] = true }
    var scratch: [Float] = []
    return (0..<data.targets.count).map { row in
      guard let given = data.targets.single(row) else { return proposal(for: row) }
      return assessment(row, given: given, isQueued: isQueued[row], &scratch)
    }
  }

  /// The assessment of a record without a label: it proposes the likeliest label.
  private func proposal(for row: Int) -> LabelAssessment {
    let best = outOfFold.topTwo(row).first
    let soft = (0..<outOfFold.labelCount).map { Double(outOfFold.probability(row, $0)) }
    return LabelAssessment(
      credibility: nil, isFlagged: false, action: .proposed, labels: [Int32(best)],
      proposal: [], softLabel: shown(soft), weight: soft[best], reason: nil)
  }

  private func assessment(
    _ row: Int, given: Int, isQueued: Bool, _ scratch: inout [Float]
  ) -> LabelAssessment {
    guard !data.trusted[row] else {
      return LabelAssessment(
        credibility: 1, isFlagged: false, action: .protected, labels: [Int32(given)],
        proposal: [], softLabel: [(Int32(given), 1)], weight: 1, reason: nil)
    }
    let wrong = errorProbabilities.wrong[row]
    posterior.write(row, given: given, into: &scratch)
    let soft = softLabel(row, given: given, wrong: wrong, posterior: scratch)
    let preferred = bestOther(than: given, in: scratch)
    let isFlagged = isQueued && 1 - wrong < (options.flagBelow ?? .infinity)
    if let (label, reason) = replacement(row, given: given, preferred: preferred, isFlagged) {
      guard options.mode != .suggest, data.slots[row] != .none else {
        return LabelAssessment(
          credibility: 1 - wrong, isFlagged: true, action: .review, labels: [Int32(given)],
          proposal: [Int32(label)], softLabel: shown(soft), weight: soft[given], reason: reason)
      }
      let corrected = correctedSoftLabel(soft, reason, label)
      return LabelAssessment(
        credibility: 1 - wrong, isFlagged: true, action: .corrected, labels: [Int32(label)],
        proposal: [], softLabel: shown(corrected), weight: corrected[label], reason: reason)
    }
    let proposed = preferred.map { [Int32($0)] } ?? []
    return LabelAssessment(
      credibility: 1 - wrong, isFlagged: isFlagged, action: isFlagged ? .review : .kept,
      labels: [Int32(given)], proposal: isFlagged ? proposed : [], softLabel: shown(soft),
      weight: soft[given], reason: nil)
  }

  /// Which label should replace the given one, and why; nil where the given label stays.
  private func replacement(
    _ row: Int, given: Int, preferred: Int?, _ isFlagged: Bool
  ) -> (label: Int, reason: CorrectionReason)? {
    if let source = duplicates[row], let label = data.targets.single(source), label != given {
      return (label, .trustedDuplicate(of: source))
    }
    if let outvoted = outvoted(row, given: given) { return outvoted }
    if changedByLabelNames.contains(Int32(row)), isFlagged || options.flagBelow == nil {
      return (outOfFold.topTwo(row).first, .labelNames)
    }
    if options.mode == .all, isFlagged, let preferred { return (preferred, .mode) }
    return nil
  }

  /// The label that more than half of the annotators gave, where it is not the given one.
  ///
  /// At least two annotators, and more than gave the given label, must have given it; else nil.
  private func outvoted(_ row: Int, given: Int) -> (label: Int, reason: CorrectionReason)? {
    guard let votes = data.votes[row], let leader = votes.first, Int(leader.label) != given else {
      return nil
    }
    let all = votes.reduce(0) { $0 + $1.count }
    let own = votes.first { Int($0.label) == given }?.count ?? 0
    guard leader.count * 2 > all, leader.count >= 2, leader.count > own else { return nil }
    return (Int(leader.label), .outvoted(by: leader.count, to: own))
  }

  /// The probability of every label: m = (1 − q)·given + q·P_T(·| l ≠ y), which sums to 1.
  ///
  /// q is `wrong`, and P_T is the pair posterior. Where several annotators labelled the record, the
  /// shares of their votes replace the one-hot vector of the given label. docs/METHODS.md, section 2.
  private func softLabel(
    _ row: Int, given: Int, wrong: Double, posterior: [Float]
  ) -> [Double] {
    var soft = [Double](repeating: 0, count: outOfFold.labelCount)
    let rest = 1 - Double(posterior[given])
    if rest > 0 {
      for label in 0..<outOfFold.labelCount where label != given {
        soft[label] = wrong * Double(posterior[label]) / rest
      }
    }
    let kept = 1 - soft.reduce(0, +)
    if let votes = data.votes[row] {
      let all = Double(votes.reduce(0) { $0 + $1.count })
      for vote in votes { soft[Int(vote.label)] += kept * Double(vote.count) / all }
    } else {
      soft[given] += kept
    }
    return soft
  }

  /// The soft label of a corrected record.
  ///
  /// A trusted duplicate makes its label certain. For every other reason the soft label stays.
  private func correctedSoftLabel(
    _ soft: [Double], _ reason: CorrectionReason, _ label: Int
  ) -> [Double] {
    guard case .trustedDuplicate = reason else { return soft }
    var certain = [Double](repeating: 0, count: soft.count)
    certain[label] = 1
    return certain
  }

  /// The likeliest label other than `given`, ties by label number; nil where there is no other.
  private func bestOther(than given: Int, in posterior: [Float]) -> Int? {
    var best: Int?
    for label in posterior.indices where label != given {
      if let known = best, posterior[label] <= posterior[known] { continue }
      best = label
    }
    return best
  }

  /// The entries that are written, largest first, scaled to sum to 1: up to the total
  /// `LabelAssessment.shareShown`, and at most `LabelAssessment.mostShown`.
  private func shown(_ soft: [Double]) -> [(label: Int32, probability: Double)] {
    let ranked = soft.indices.sorted { (soft[$0], $1) > (soft[$1], $0) }
    var kept: [(label: Int32, probability: Double)] = []
    var total = 0.0
    for label in ranked.prefix(LabelAssessment.mostShown) {
      guard kept.isEmpty || total < LabelAssessment.shareShown,
        soft[label] >= LabelAssessment.leastShown
      else { break }
      kept.append((Int32(label), soft[label]))
      total += soft[label]
    }
    return kept.map { ($0.label, $0.probability / total) }
  }
}
