import Assessments
import Foundation

/// Decides what is done about each label, for records with one label each.
struct SingleLabelDecisions {
  let data: AnnotatedSet
  let outOfFold: OutOfFoldProbabilities
  let posterior: PairPosterior
  let margins: LabelMargins
  let errorProbabilities: ErrorProbabilities
  /// The records whose likeliest label replaces the given one by evidence that never saw the labels, with
  /// that evidence: `LabelNameGate.changes`, `LabelComparisonGate.changes`.
  let changes: [Int32: CorrectionReason]
  /// The trusted record that has the same content, by record; see `TrustedDuplicates`.
  let duplicates: [Int: Int]
  /// False where the records tell nothing about their labels: then only trusted duplicates and votes
  /// are evidence.
  let isJudged: Bool
  /// How much votes count, `VoteWeight`.
  let voteWeight: Double
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
    let rows = data.targets.annotated.map(Int.init).filter {
      !data.trusted[$0] && !data.blank.contains($0)
    }
    let queue = rows.sorted { (margins.margin[$0], $1) > (margins.margin[$1], $0) }
    var isQueued = [Bool](repeating: false, count: data.targets.count)
    for row in queue.prefix(isJudged ? rows.count { margins.differs[$0] } : 0) {
      isQueued[row] = true
    }
    var scratch: [Float] = []
    return (0..<data.targets.count).map { row in
      guard let given = data.targets.single(row) else { return proposal(for: row) }
      var assessment = assessment(row, given: given, isQueued: isQueued[row], &scratch)
      assessment.steps = expectedSteps(of: row, given: given, assessment, &scratch)
      return assessment
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
    let isJudged = isJudged && !data.blank.contains(row)
    posterior.write(row, given: given, into: &scratch)
    var soft = Self.softLabel(
      given: given, wrong: isJudged ? errorProbabilities.cautious[row] : 0, posterior: scratch)
    var preferred = bestOther(than: given, in: scratch)
    var credibility = isJudged ? 1 - errorProbabilities.wrong[row] : nil
    var isFlagged = isQueued
    if let scores = data.voteScores[row] {
      let wrong = isJudged ? errorProbabilities.wrong[row] : errorProbabilities.rate
      soft = withVotes(
        Self.softLabel(given: given, wrong: wrong, posterior: scratch), scores, row, given: given)
      credibility = soft[given]
      preferred = bestOther(than: given, in: soft)
      let isOutweighed = preferred.map { soft[$0] > soft[given] } ?? false
      // Where votes depend on each other, they say no more for their label than a given label does, so
      // it is suspect as in a file without votes.
      let own = scores.first { Int($0.label) == given }?.score ?? -.infinity
      let favoursLabel = scores.allSatisfy { Int($0.label) == given || $0.score < own }
      isFlagged = isOutweighed || voteWeight < 1 && favoursLabel && isQueued
    }
    isFlagged = isFlagged && (credibility ?? 1) < (options.flagBelow ?? .infinity)
    if let (label, reason) = replacement(
      row, given: given, preferred: preferred, soft: soft, isFlagged: isFlagged)
    {
      guard options.mode != .suggest, data.slots[row] != .none else {
        return LabelAssessment(
          credibility: credibility, isFlagged: true, action: .review, labels: [Int32(given)],
          proposal: [Int32(label)], softLabel: shown(soft), weight: soft[given], reason: reason)
      }
      let corrected = correctedSoftLabel(soft, reason, label)
      return LabelAssessment(
        credibility: credibility, isFlagged: true, action: .corrected, labels: [Int32(label)],
        proposal: [], softLabel: shown(corrected), weight: corrected[label], reason: reason)
    }
    let proposed = preferred.map { [Int32($0)] } ?? []
    return LabelAssessment(
      credibility: credibility, isFlagged: isFlagged, action: isFlagged ? .review : .kept,
      labels: [Int32(given)], proposal: isFlagged ? proposed : [], softLabel: shown(soft),
      weight: soft[given], reason: nil)
  }

  /// By how many steps of the labels' order the right label is expected to be above the given one: the
  /// probability that the given label is wrong times the mean of the steps to the other labels, by how likely
  /// each is under the pair posterior. Labels without a place in the order are left out of the mean.
  private func expectedSteps(
    of row: Int, given: Int, _ assessment: LabelAssessment, _ posterior: inout [Float]
  ) -> Double? {
    guard !data.ranks.isEmpty, let own = data.ranks[given], let credibility = assessment.credibility
    else { return nil }
    if assessment.action == .protected { return 0 }
    self.posterior.write(row, given: given, into: &posterior)
    var total = 0.0
    var sum = 0.0
    for (label, rank) in data.ranks.enumerated() where label != given {
      guard let rank else { continue }
      total += Double(posterior[label])
      sum += Double(posterior[label]) * Double(rank - own)
    }
    return total > 0 ? (1 - credibility) * sum / total : 0
  }

  /// Which label should replace the given one, and why; nil where the given label stays.
  private func replacement(
    _ row: Int, given: Int, preferred: Int?, soft: [Double], isFlagged: Bool
  ) -> (label: Int, reason: CorrectionReason)? {
    if let source = duplicates[row], let label = data.targets.single(source), label != given,
      data.similarLabels?.areSimilar(label, given) != true
    {
      return (label, .trustedDuplicate(of: source))
    }
    let hasVotes = data.voteScores[row] != nil
    // The votes are a part of the probabilities, and no label replaces one that is likelier.
    if let outvoted = outvoted(row, given: given), soft[outvoted.label] > soft[given] {
      return outvoted
    }
    guard !data.blank.contains(row) else { return nil }
    let likeliest = outOfFold.topTwo(row).first
    if let reason = changes[Int32(row)], isFlagged || options.flagBelow == nil && !hasVotes,
      !hasVotes || preferred == likeliest
    {
      return (likeliest, reason)
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
  /// q is `wrong`, of `ErrorProbabilities` one of the two, and P_T is the pair posterior. docs/METHODS.md, section 2.
  static func softLabel(given: Int, wrong: Double, posterior: [Float]) -> [Double] {
    var soft = [Double](repeating: 0, count: posterior.count)
    // Added up and not 1 − P_T(y): near 1, single precision leaves too little of that difference.
    let rest = posterior.enumerated().reduce(0.0) {
      $1.offset == given ? $0 : $0 + Double($1.element)
    }
    if rest > 0 {
      for label in posterior.indices where label != given {
        soft[label] = wrong * Double(posterior[label]) / rest
      }
    }
    soft[given] += 1 - soft.reduce(0, +)
    return soft
  }

  /// The probability of every label given the votes too: m_l·Π_a p(v_a | l), scaled to sum to 1.
  ///
  /// p is the annotators' model, `AnnotatorReliability`, and m the soft label from evidence and given label.
  /// The given label usually comes from the votes and must not count twice: m is divided by what a given label
  /// adds to it, 1 − ε for the given label and ε/(K − 1) for each other one, with ε the file's error rate. A
  /// label that the record holds and nobody voted for counts as one more vote. docs/METHODS.md, section 2.
  private func withVotes(
    _ soft: [Double], _ scores: [(label: Int32, score: Double)], _ row: Int, given: Int
  ) -> [Double] {
    var soft = soft
    let rate = min(max(errorProbabilities.rate, Self.leastRate), 0.5)
    for label in soft.indices {
      soft[label] /= label == given ? 1 - rate : rate / Double(max(soft.count - 1, 1))
    }
    var gains = [Double](repeating: 0, count: soft.count)
    for (label, score) in scores { gains[Int(label)] += voteWeight * score }
    if data.slots[row] != .none, !scores.contains(where: { Int($0.label) == given }) {
      gains[given] += AnnotatorReliability.gain(
        AnnotatorReliability.assumed, labelCount: soft.count)
    }
    let highest = gains.max() ?? 0
    for label in gains.indices { gains[label] -= highest }
    // Votes can only be weighed against a label that is not quite excluded.
    for label in soft.indices { soft[label] = max(soft[label], Self.leastSoft) * exp(gains[label]) }
    let total = soft.reduce(0, +)
    return soft.map { $0 / total }
  }

  /// ε is at least this, since a division by nearly 0 would let the evidence alone decide.
  private static let leastRate = 0.01
  /// A label's probability before the votes is at least this; single precision leaves no more.
  private static let leastSoft = 1e-9

  /// The soft label of a corrected record.
  ///
  /// A trusted duplicate makes its label certain. Of the changes that names or a language model support, at least
  /// the share that they have shown is right, so the new label has at least that. For every other reason
  /// the soft label stays. docs/METHODS.md, section 2.
  private func correctedSoftLabel(
    _ soft: [Double], _ reason: CorrectionReason, _ label: Int
  ) -> [Double] {
    let least: Double
    switch reason {
    case .trustedDuplicate: least = 1
    case .labelNames, .languageModel, .labelNamesAndLanguageModel:
      least = errorProbabilities.rightShare ?? 0
    case .outvoted, .mode: least = 0
    }
    guard soft[label] < least else { return soft }
    let others = 1 - soft[label]
    var corrected = soft.map { others > 0 ? $0 / others * (1 - least) : 0 }
    corrected[label] = least
    return corrected
  }

  /// The likeliest label other than `given`, ties by label number; nil where there is no other.
  private func bestOther(
    than given: Int, in posterior: [some BinaryFloatingPoint]
  ) -> Int? {
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
