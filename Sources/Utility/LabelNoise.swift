/// How many of a file's labels are wrong.
package enum LabelNoise {
  /// Share of wrong labels to start from, and the most and least that is believed: utility itself errs,
  /// and what it cannot see looks like noise.
  static let first = 0.1
  static let range = 0.02...0.2
  static let rounds = 10

  /// By expectation and maximisation: the mean probability that a label is wrong, given the share.
  ///
  /// - Returns: a share within `range`, 0…1, higher is worse; `first` where there is no label.
  /// - Complexity: O(labels).
  package static func estimate(_ labels: [[Bool?]], _ utility: [[Double]]) -> Double {
    var share = first
    for _ in 0..<rounds {
      var sum = 0.0
      var count = 0
      for (labels, utility) in zip(labels, utility) {
        for (label, utility) in zip(labels, utility) {
          guard let label else { continue }
          sum += 1 - UtilityDecisions.credibility(of: label, utility: utility, noise: share)
          count += 1
        }
      }
      guard count > 0 else { return first }
      share = min(max(sum / Double(count), range.lowerBound), range.upperBound)
    }
    return share
  }
}
