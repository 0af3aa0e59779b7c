import Foundation

/// The assessments of one query's passages and of their labels; every list has one entry per passage.
///
/// docs/METHODS.md, section 4.
package struct PassageAssessments: Sendable {
  /// Whether the passage belongs to the set from which the query should be answered.
  package let isUseful: [Bool]
  /// Probability that the given label is right, 0…1, higher is better; nil without a label.
  package let credibility: [Double?]
  /// Whether the given label is suspect: its credibility is below ½. Of different labels of one text, one is.
  package let isFlagged: [Bool]
  /// How each passage serves as a negative; nil for positives, for blank passages, and where the query has no
  /// positive.
  package let negatives: [NegativeKind?]
  /// The share of each passage, 0…1; the shares sum to 1 if there is any passage.
  package let softLabel: [Double]

  /// The least utility of a useful passage. This and the two values below give about the best mean F1 over
  /// the development sets.
  static let leastUtility = 0.3
  /// The least utility of a useful passage as a share of the best passage's utility.
  static let leastShare = 0.5
  /// The least utility at which the best passage is useful, whatever the others are.
  static let leastBest = 0.2
  /// Temperature of the softmax over the mean of the log-odds of relevance and utility; docs/METHODS.md,
  /// section 4.
  static let temperature = 0.5

  /// Assesses the passages of one query.
  ///
  /// - Parameters:
  ///   - labels: whether each passage is labelled useful; nil without a label.
  ///   - noise: estimated shares of wrong labels in the file, above 0 and below 0.5.
  ///   - isTrusted: whether the labels are gold.
  ///   - sameAs: for each passage the number of the first passage with its text; nil where all texts differ.
  ///   - criteria: which passages are hard negatives.
  ///   - selected: whether a judge selected each passage, in place of the useful set by utility; nil if no
  ///     judge did.
  package init(
    _ scores: UtilityScores, labels: [Bool?], noise: LabelNoise, isTrusted: Bool = false,
    sameAs: [Int]? = nil, criteria: NegativeCriteria = NegativeCriteria(), selected: [Bool]? = nil
  ) {
    precondition(selected.map { $0.count == labels.count } ?? true, "a choice for every passage")
    let utility = scores.utility
    isUseful = selected ?? Self.usefulSet(utility)
    let useful = isUseful
    let labelUtility = scores.utility(besideLabels: labels)
    var credibility = zip(labels, labelUtility).map { label, utility in
      label.map { isTrusted ? 1 : Self.credibility(of: $0, utility: utility, noise: noise) }
    }
    var isFlagged = credibility.map { $0.map { $0 < 0.5 } ?? false }
    if let sameAs, !isTrusted {
      for group in Dictionary(
        grouping: labels.indices.filter { labels[$0] != nil }, by: { sameAs[$0] }
      )
      .values where Set(group.map { labels[$0] }).count > 1 {
        // Of two labels of one text one is wrong, so both count for either.
        let useful = Self.probability(
          ofLabels: group.compactMap { labels[$0] },
          utility: group.reduce(0) { $0 + labelUtility[$1] } / Double(group.count),
          noise: noise)
        for index in group {
          credibility[index] = labels[index] == true ? useful : 1 - useful
          isFlagged[index] = labels[index] != (useful >= 0.5)
        }
      }
    }
    self.credibility = credibility
    self.isFlagged = isFlagged
    let flagged = isFlagged
    let isPositive = utility.indices.map { index in
      labels[index].map { $0 != flagged[index] } ?? useful[index]
    }
    negatives = criteria.kinds(
      scores, isPositive: isPositive, sameAs: sameAs ?? Array(utility.indices))
    softLabel = Self.shares(
      relevance: scores.relevance, utility: utility)
  }

  package var isHardNegative: [Bool] { negatives.map { $0 == .hard } }
  package var isEasyNegative: [Bool] { negatives.map { $0 == .easy } }
  package var isFalseNegative: [Bool] { negatives.map { $0 == .tooNear } }

  /// Whether each passage belongs to the useful set; none does if the utility of the best passage is
  /// below `leastBest`.
  package static func usefulSet(_ utility: [Double]) -> [Bool] {
    let best = utility.max() ?? 0
    return utility.indices.map { index in
      utility[index] >= leastUtility && utility[index] >= leastShare * best
        || utility[index] == best && best >= leastBest
    }
  }

  /// The probability that a label is right, by Bayes' rule, 0…1. It combines two pieces of evidence: the
  /// passage's utility, and the label itself, which is wrong as often as the file's noise says.
  static func credibility(of label: Bool, utility: Double, noise: LabelNoise) -> Double {
    let useful = utility * (label ? 1 - noise.useful : noise.useful)
    let useless = (1 - utility) * (label ? noise.useless : 1 - noise.useless)
    guard useful + useless > 0 else { return 0.5 }
    return (label ? useful : useless) / (useful + useless)
  }

  /// The probability that a text with several labels is useful, by Bayes' rule, 0…1.
  private static func probability(
    ofLabels labels: [Bool], utility: Double, noise: LabelNoise
  ) -> Double {
    var useful = utility
    var useless = 1 - utility
    for label in labels {
      useful *= label ? 1 - noise.useful : noise.useful
      useless *= label ? noise.useless : 1 - noise.useless
    }
    return useful + useless > 0 ? useful / (useful + useless) : 0.5
  }

  /// Softmax over the mean of the log-odds of relevance and utility, each standardised within the query.
  static func shares(relevance: [Double], utility: [Double]) -> [Double] {
    guard !utility.isEmpty else { return [] }
    let first = UtilityScores.standardised(relevance.map(logOdds))
    let second = UtilityScores.standardised(utility.map(logOdds))
    let scores = zip(first, second).map { (($0 ?? 0) + ($1 ?? 0)) / 2 / temperature }
    let highest = scores.max() ?? 0
    let powers = scores.map { exp($0 - highest) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  static func logOdds(_ probability: Double) -> Double {
    let clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return log(clipped / (1 - clipped))
  }
}
