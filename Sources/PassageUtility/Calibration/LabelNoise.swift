/// How many of a file's labels are wrong; shares, 0…1, higher is worse.
package struct LabelNoise: Sendable, Equatable {
  /// Of what is useful, how much is labelled useless: overlooked, mostly.
  package let useful: Double
  /// Of what is useless, how much is labelled useful.
  package let useless: Double

  /// Share of wrong labels to start from, and the most and least that is believed: utility itself errs,
  /// and what it cannot see looks like noise.
  static let first = 0.1
  static let range = 0.02...0.2
  static let rounds = 10
  /// Labelled queries from which on both shares are told apart; of fewer, one for all is known better.
  static let leastQueries = 20

  package init(useful: Double, useless: Double) {
    self.useful = useful
    self.useless = useless
  }

  /// The same share of both.
  package init(_ share: Double) { self.init(useful: share, useless: share) }

  /// By expectation and maximisation: the mean probability that a label is wrong, given the shares.
  ///
  /// - Returns: shares within `range`; `first` where there is no label.
  /// - Complexity: O(labels).
  package static func estimate(_ labels: [[Bool?]], _ utility: [[Double]]) -> LabelNoise {
    let labelled = labels.count { $0.contains { $0 != nil } }
    return estimate(labels, utility, byClass: labelled >= leastQueries)
  }

  static func estimate(
    _ labels: [[Bool?]], _ utility: [[Double]], byClass: Bool
  ) -> LabelNoise {
    var noise = LabelNoise(first)
    for _ in 0..<rounds {
      var useful = Tally()
      var useless = Tally()
      for (labels, utility) in zip(labels, utility) {
        for (label, utility) in zip(labels, utility) {
          guard let label else { continue }
          let right = PassageAssessments.credibility(of: label, utility: utility, noise: noise)
          // Where the label is right it is of its own class, where it is wrong of the other.
          if label {
            useful.all += right
            useless.add(wrong: 1 - right)
          } else {
            useless.all += right
            useful.add(wrong: 1 - right)
          }
        }
      }
      if !byClass {
        useful.join(useless)
        useless = useful
      }
      noise = LabelNoise(useful: useful.share, useless: useless.share)
    }
    return noise
  }

  private struct Tally {
    var wrong = 0.0
    var all = 0.0

    var share: Double {
      all > 0 ? min(max(wrong / all, range.lowerBound), range.upperBound) : first
    }

    mutating func add(wrong probability: Double) {
      wrong += probability
      all += probability
    }

    mutating func join(_ other: Tally) {
      wrong += other.wrong
      all += other.all
    }
  }
}
