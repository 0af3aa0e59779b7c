import Assessments
import Foundation

/// Decides what is done about each list of labels.
///
/// Each label of a record has its own probability of belonging to it. The credibility of a list is that of
/// its least credible membership. Signals and fusion are the same as for single labels, on each label's
/// odds, and `ListErrors` says what they are worth. Noise transition and label-name gate do not apply,
/// because they compare labels that exclude each other. docs/METHODS.md, section 1.
struct MultiLabelDecisions {
  let data: AnnotatedSet
  let outOfFold: OutOfFoldProbabilities
  let errors: ListErrors
  let options: AssessmentOptions

  /// A record without a label is proposed those that are likelier right than wrong.
  static let threshold: Float = 0.5

  /// The assessment of every record, in order. As many lists are flagged as are expected to be wrong: the
  /// most suspect ones, of those where the evidence prefers another list.
  ///
  /// - Complexity: O(n K + n log n).
  func assessments() -> [LabelAssessment] {
    let suspicion = (0..<data.targets.count).map { row in
      data.targets.isAnnotated[row] && !data.trusted[row] && !data.blank.contains(row)
        ? mostSuspect(row) : -.infinity
    }
    let judged = data.targets.annotated.count {
      !data.trusted[Int($0)] && !data.blank.contains(Int($0))
    }
    let expected = Int((errors.rate * Double(judged)).rounded())
    // The order of equal ones is that of the file.
    let order = suspicion.indices.filter { suspicion[$0] > 0 }
      .sorted { (suspicion[$0], $1) > (suspicion[$1], $0) }
    let flagged = Set(order.prefix(errors.isJudged ? expected : 0))
    return (0..<data.targets.count).map { row in
      assessment(row, suspicion: suspicion[row], isSuspect: flagged.contains(row))
    }
  }

  /// Calls `body` for every label with the log-odds that its membership in the record's list is wrong.
  private func forEachMembership(
    _ row: Int, _ body: (_ label: Int32, _ isGiven: Bool, _ logOdds: Double) -> Void
  ) {
    // Both the given labels and the loop ascend.
    var given = data.targets.of(row)
    for label in 0..<Int32(outOfFold.labelCount) {
      let isGiven = given.first == label
      if isGiven { given.removeFirst() }
      let logOdds = ListErrors.logOdds(
        outOfFold.probability(row, Int(label)), isGiven: isGiven)
      body(label, isGiven, logOdds)
    }
  }

  /// Whether the file has lists that were left empty.
  private var hasEmptyLists: Bool {
    data.targets.annotated.contains { data.targets.of(Int($0)).isEmpty }
  }

  private func mostSuspect(_ row: Int) -> Double {
    var most = -Double.infinity
    forEachMembership(row) { most = max(most, $2) }
    return most
  }

  private func assessment(_ row: Int, suspicion: Double, isSuspect: Bool) -> LabelAssessment {
    let given = Array(data.targets.of(row))
    guard data.targets.isAnnotated[row] else { return withoutLabel(row) }
    if data.trusted[row] {
      return LabelAssessment(
        credibility: 1, isFlagged: false, action: .protected, labels: given, proposal: [],
        softLabel: given.map { ($0, 1) }, weight: 1, reason: nil)
    }
    guard errors.isJudged, !data.blank.contains(row) else {
      return LabelAssessment(
        credibility: nil, isFlagged: false, action: .kept, labels: given, proposal: [],
        softLabel: given.map { ($0, 1) }, weight: 1, reason: nil)
    }
    // What looks like a known error is changed; where nothing does, the most suspect membership.
    let least = min(errors.boundary, suspicion)
    var preferred: [Int32] = []
    var doubtful: [(logOdds: Double, membership: LabelAssessment.Membership)] = []
    var soft: [(label: Int32, probability: Double)] = []
    forEachMembership(row) { label, isGiven, logOdds in
      let wrong = errors.wrong(logOdds)
      let belongs = isGiven ? 1 - wrong : wrong
      let isChanged = logOdds >= least && logOdds > 0
      if isGiven != isChanged { preferred.append(label) }
      if isChanged {
        doubtful.append(
          (logOdds, .init(label: label, isGiven: isGiven, probability: belongs)))
      }
      if belongs >= LabelAssessment.leastShown { soft.append((label, belongs)) }
    }
    soft = Self.shown(soft)
    let credibility = 1 - errors.wrong(suspicion)
    let isFlagged = isSuspect && credibility < (options.flagBelow ?? 1)
    guard isFlagged else {
      return LabelAssessment(
        credibility: credibility, isFlagged: false, action: .kept, labels: given, proposal: [],
        softLabel: soft, weight: credibility, reason: nil)
    }
    doubtful.sort { ($0.logOdds, $1.membership.label) > ($1.logOdds, $0.membership.label) }
    // A record with one label, in a file where others have lists, can only take exactly one label. Where no
    // list is empty, an empty one is no answer that the file knows.
    let fits =
      switch data.slots[row] {
      case .none: false
      case .one: preferred.count == 1
      case .list: !preferred.isEmpty || hasEmptyLists
      }
    let isReplaced = options.mode == .all && fits
    return LabelAssessment(
      credibility: credibility, isFlagged: true, action: isReplaced ? .corrected : .review,
      labels: isReplaced ? preferred : given, proposal: isReplaced ? [] : preferred,
      softLabel: soft, weight: isReplaced ? 1 - credibility : credibility,
      reason: isReplaced ? .mode : nil, doubtful: doubtful.map(\.membership))
  }

  private func withoutLabel(_ row: Int) -> LabelAssessment {
    var preferred: [Int32] = []
    var soft: [(label: Int32, probability: Double)] = []
    var weight = 1.0
    for label in 0..<outOfFold.labelCount {
      let probability = outOfFold.probability(row, label)
      if probability >= Self.threshold { preferred.append(Int32(label)) }
      weight = min(weight, Double(max(probability, 1 - probability)))
      if Double(probability) >= LabelAssessment.leastShown {
        soft.append((Int32(label), Double(probability)))
      }
    }
    return LabelAssessment(
      credibility: nil, isFlagged: false, action: .proposed, labels: preferred, proposal: [],
      softLabel: Self.shown(soft), weight: weight, reason: nil)
  }

  /// The likeliest labels, as many as are listed.
  private static func shown(
    _ soft: [(label: Int32, probability: Double)]
  ) -> [(label: Int32, probability: Double)] {
    let sorted = soft.sorted { ($0.probability, $1.label) > ($1.probability, $0.label) }
    return Array(sorted.prefix(LabelAssessment.mostShown))
  }
}
