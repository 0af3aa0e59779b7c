/// Which proposals may be applied because a review has shown how often they are right.
package struct ProvenChanges: Sendable, Equatable {
  /// How many of the candidates, from the most suspect on, may be applied.
  package let count: Int
  /// Among these: how many proposals people drew at random and decided, and how many were right.
  package let reviewed: Int
  package let right: Int
  /// The share of right proposals, 0…1, that is exceeded with the confidence of the choice.
  package let lowerBound: Double

  package static let nothing = ProvenChanges(count: 0, reviewed: 0, right: 0, lowerBound: 0)
  /// The share of right changes that has to be shown where the user names none.
  package static let usualTarget = 0.9

  /// Shares of the candidates that are tried, in this order. It goes on to the next only after the one before
  /// has passed, so that all of them together are wrong no more often than one (a fixed sequence of tests:
  /// Maurer, Hothorn and Lehmacher, 1995).
  private static let shares = [0.2, 0.4, 0.6, 0.8, 1]

  /// Chooses as many candidates as the review has proved.
  ///
  /// - Parameters:
  ///   - candidates: records with a proposal, from the most suspect on: whether the proposal is right, for
  ///     those that were drawn at random with one probability and decided; nil for all others.
  ///   - lost: how many more were drawn and decided of which is not known any more whether they were candidates,
  ///     and which. They count as wrong ones among any number of candidates.
  ///   - target: the share of right changes that has to be shown, above 0 and below 1.
  ///   - confidence: of the lower bound of that share, one-sided.
  package init(
    _ candidates: [Bool?], lost: Int = 0, target: Double = Self.usualTarget,
    confidence: Double = BinomialInterval.usualConfidence
  ) {
    var proven = Self.nothing
    for share in Self.shares {
      let count = Int((share * Double(candidates.count)).rounded())
      let decided = candidates.prefix(count).compactMap(\.self)
      // How many there are says nothing of how they were decided, so a step with so few that even right ones
      // alone would not show enough may be left out.
      let reviewed = decided.count + lost
      let best = BinomialInterval.lowerBound(
        hits: decided.count, of: reviewed, confidence: confidence)
      guard best >= target else { continue }
      let right = decided.count { $0 }
      let bound = BinomialInterval.lowerBound(hits: right, of: reviewed, confidence: confidence)
      guard bound >= target else { break }
      proven = ProvenChanges(count: count, reviewed: reviewed, right: right, lowerBound: bound)
    }
    self = proven
  }

  private init(count: Int, reviewed: Int, right: Int, lowerBound: Double) {
    self.count = count
    self.reviewed = reviewed
    self.right = right
    self.lowerBound = lowerBound
  }
}
