/// How many of a file's passage labels are wrong; shares, 0…1, higher is worse.
package struct LabelNoise: Sendable, Equatable {
  /// The share of useful passages that are labelled useless; annotators mostly overlooked them.
  package let useful: Double
  /// The share of useless passages that are labelled useful.
  package let useless: Double

  /// The share of wrong labels from which the estimate starts.
  static let initialShare = 0.1
  /// The range of the estimates. Utility has errors too, and evidence that it lacks looks like wrong
  /// labels.
  static let range = 0.02...0.2
  static let rounds = 10
  /// From this number of labelled queries on, the two shares are estimated separately; with fewer
  /// queries, one share for all labels is more certain.
  static let leastQueries = 20

  package init(useful: Double, useless: Double) {
    self.useful = useful
    self.useless = useless
  }

  /// The same share for useful and useless passages.
  package init(_ share: Double) { self.init(useful: share, useless: share) }

  /// Estimates the shares by expectation and maximisation: a share is the mean probability that a label
  /// is wrong, given the shares of the round before.
  ///
  /// - Parameters:
  ///   - labels: whether each passage is labelled useful, per query and passage; nil without a label.
  ///   - utility: the probability that each passage is useful, per query and passage, 0…1.
  /// - Returns: shares within `range`; `initialShare` if there are no labels.
  /// - Complexity: O(labels).
  package static func estimate(_ labels: [[Bool?]], _ utility: [[Double]]) -> LabelNoise {
    let labelled = labels.count { $0.contains { $0 != nil } }
    return estimate(labels, utility, byClass: labelled >= leastQueries)
  }

  static func estimate(
    _ labels: [[Bool?]], _ utility: [[Double]], byClass: Bool
  ) -> LabelNoise {
    var noise = LabelNoise(initialShare)
    for _ in 0..<rounds {
      var useful = ErrorCounts()
      var useless = ErrorCounts()
      for (labels, utility) in zip(labels, utility) {
        for (label, utility) in zip(labels, utility) {
          guard let label else { continue }
          let right = PassageAssessments.credibility(of: label, utility: utility, noise: noise)
          // A right label counts for its own class, a wrong one for the other class.
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
        useful.add(useless)
        useless = useful
      }
      noise = LabelNoise(useful: useful.share, useless: useless.share)
    }
    return noise
  }

  private struct ErrorCounts {
    var wrong = 0.0
    var all = 0.0

    var share: Double {
      all > 0 ? min(max(wrong / all, range.lowerBound), range.upperBound) : initialShare
    }

    mutating func add(wrong probability: Double) {
      wrong += probability
      all += probability
    }

    mutating func add(_ other: ErrorCounts) {
      wrong += other.wrong
      all += other.all
    }
  }
}
