import Foundation

/// What follows from the scores of one query's passages; an entry per passage in every list.
package struct PassageAssessments: Sendable {
  /// Whether the passage belongs to the set to answer from.
  package let isUseful: [Bool]
  /// Probability that the given label is right, 0…1; nil where none was given.
  package let credibility: [Double?]
  /// Whether the given label is suspect.
  package let isFlagged: [Bool]
  /// Whether it is near enough to the query to be worth training against, and no positive.
  package let isHardNegative: [Bool]
  /// Whether it is no positive and looks about as relevant as the best one.
  package let isFalseNegative: [Bool]
  /// Share of each passage; sums to 1 where there is any passage.
  package let softLabel: [Double]

  /// The least utility of a useful passage, alone and as a share of the best one's, and the least for
  /// which the best one is useful whatever the others are. The best mean F1 over the development sets.
  static let leastUtility = 0.3
  static let leastShare = 0.5
  static let leastBest = 0.2
  /// A passage is a negative where its relevance is below this share of the best positive's: NV-Retriever
  /// (arXiv 2407.15831).
  static let negativeShare = 0.95
  /// Of the softmax over the mean of both teachers; METHODS.md, section 4.
  static let temperature = 0.5

  /// - Parameters:
  ///   - labels: whether a person called each useful; nil where nobody said.
  ///   - noise: estimated shares of wrong labels in the file, above 0 and below 0.5.
  ///   - isTrusted: whether the labels are gold.
  ///   - selected: the set that a judge chose, in place of the one by utility; nil where none did.
  package init(
    _ scores: UtilityScores, labels: [Bool?], noise: LabelNoise, isTrusted: Bool = false,
    selected: [Bool]? = nil
  ) {
    precondition(selected.map { $0.count == labels.count } ?? true, "a choice for every passage")
    let utility = scores.utility
    isUseful = selected ?? Self.usefulSet(utility)
    let useful = isUseful
    credibility = zip(labels, utility).map { label, utility in
      label.map { isTrusted ? 1 : Self.credibility(of: $0, utility: utility, noise: noise) }
    }
    isFlagged = credibility.map { $0.map { $0 < 0.5 } ?? false }
    let flagged = isFlagged
    let isPositive = utility.indices.map { index in
      labels[index].map { $0 != flagged[index] } ?? useful[index]
    }
    let bestPositive = utility.indices.filter { isPositive[$0] }.map { scores.relevance[$0] }.max()
    func isBelow(_ index: Int) -> Bool {
      guard let bestPositive else { return false }
      return scores.relevance[index] < Self.negativeShare * bestPositive
    }
    isHardNegative = utility.indices.map { !isPositive[$0] && isBelow($0) }
    isFalseNegative = utility.indices.map { !isPositive[$0] && bestPositive != nil && !isBelow($0) }
    softLabel = Self.shares(
      relevance: scores.relevance, utility: utility)
  }

  /// The set to answer from; empty where even the best passage is of little use.
  static func usefulSet(_ utility: [Double]) -> [Bool] {
    let best = utility.max() ?? 0
    return utility.indices.map { index in
      utility[index] >= leastUtility && utility[index] >= leastShare * best
        || utility[index] == best && best >= leastBest
    }
  }

  /// P(label right) by Bayes: the label is one witness, wrong at the rate of the file's noise, and the
  /// passage's utility is another.
  static func credibility(of label: Bool, utility: Double, noise: LabelNoise) -> Double {
    let useful = utility * (label ? 1 - noise.useful : noise.useful)
    let useless = (1 - utility) * (label ? noise.useless : 1 - noise.useless)
    guard useful + useless > 0 else { return 0.5 }
    return (label ? useful : useless) / (useful + useless)
  }

  /// Softmax over the mean of both teachers' scores, each standardised within the query.
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

  private static func logOdds(_ probability: Double) -> Double {
    let clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return log(clipped / (1 - clipped))
  }
}
