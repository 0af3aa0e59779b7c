import Assessments
import Foundation

/// Decides what is done about each list of labels.
///
/// Each label of a record has its own probability. The credibility of a list is that of its least
/// credible membership: of a given label its probability p, of a label that was not given 1 − p.
/// Signals and fusion are the same as for single labels, on each label's odds. Noise transition and
/// label-name gate do not apply, because they compare labels that exclude each other.
/// docs/METHODS.md, section 1.
enum MultiLabelDecisions {
  /// A label is preferred from this probability on: it is then likelier right than wrong.
  static let threshold: Float = 0.5

  /// The assessment of every record, in order.
  ///
  /// - Complexity: O(n K).
  static func assessments(
    _ data: AnnotatedSet, outOfFold: OutOfFoldProbabilities, options: AssessmentOptions
  ) -> [LabelAssessment] {
    (0..<data.targets.count).map { row in
      assessment(row, data: data, outOfFold: outOfFold, options: options)
    }
  }

  private static func assessment(
    _ row: Int, data: AnnotatedSet, outOfFold: OutOfFoldProbabilities, options: AssessmentOptions
  ) -> LabelAssessment {
    let given = Array(data.targets.of(row))
    let isAnnotated = data.targets.isAnnotated[row]
    var preferred: [Int32] = []
    var soft: [(label: Int32, probability: Double)] = []
    var credibility = 1.0
    var weight = 1.0
    // Both the given labels and the loop ascend.
    var next = 0
    for label in 0..<outOfFold.labelCount {
      let probability = Double(outOfFold.probability(row, label))
      let isGiven = next < given.count && given[next] == Int32(label)
      if isGiven { next += 1 }
      if probability >= Double(threshold) { preferred.append(Int32(label)) }
      credibility = min(credibility, isGiven ? probability : 1 - probability)
      weight = min(weight, max(probability, 1 - probability))
      // Half from the given list and half from the evidence, because neither alone is certain.
      let mixed = isAnnotated ? 0.5 * (isGiven ? 1 : 0) + 0.5 * probability : probability
      if mixed >= LabelAssessment.leastShown { soft.append((Int32(label), mixed)) }
    }
    soft.sort { ($0.probability, $1.label) > ($1.probability, $0.label) }
    soft.removeLast(max(0, soft.count - LabelAssessment.mostShown))
    if !isAnnotated {
      return LabelAssessment(
        credibility: nil, isFlagged: false, action: .proposed, labels: preferred, proposal: [],
        softLabel: soft, weight: weight, reason: nil)
    }
    if data.trusted[row] {
      return LabelAssessment(
        credibility: 1, isFlagged: false, action: .protected, labels: given, proposal: [],
        softLabel: given.map { ($0, 1) }, weight: 1, reason: nil)
    }
    let isFlagged = preferred != given && credibility < (options.flagBelow ?? 1)
    guard isFlagged else {
      return LabelAssessment(
        credibility: credibility, isFlagged: false, action: .kept, labels: given, proposal: [],
        softLabel: soft, weight: credibility, reason: nil)
    }
    // A record with one label, in a file where others have lists, can only take exactly one label.
    let fits =
      switch data.slots[row] {
      case .none: false
      case .one: preferred.count == 1
      case .list: true
      }
    let isReplaced = options.mode == .all && fits
    return LabelAssessment(
      credibility: credibility, isFlagged: true, action: isReplaced ? .corrected : .review,
      labels: isReplaced ? preferred : given, proposal: isReplaced ? [] : preferred,
      softLabel: soft, weight: isReplaced ? weight : credibility,
      reason: isReplaced ? .mode : nil)
  }
}
