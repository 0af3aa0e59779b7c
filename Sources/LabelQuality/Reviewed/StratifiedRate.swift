/// The share of wrong labels as a review has measured it.
package struct StratifiedRate: Sendable {
  /// A part of the file from which records were drawn at random, all with the same probability.
  package struct Stratum: Sendable, Equatable {
    /// How many records it has.
    package var size: Int
    /// How many of them a person decided.
    package var reviewed: Int
    /// How many of those have a wrong label.
    package var wrong: Int

    package init(size: Int, reviewed: Int, wrong: Int) {
      precondition(reviewed <= size && wrong <= reviewed)
      self.size = size
      self.reviewed = reviewed
      self.wrong = wrong
    }

    var isWhole: Bool { reviewed == size }
  }

  /// 0…1.
  package let estimate: Double
  package let low: Double
  package let high: Double

  /// Combines the strata to the share in all of them.
  ///
  /// Each stratum that was drawn from has its exact binomial interval; the strata's distances from the
  /// estimate are added as squares (MOVER: Zou and Donner, "Construction of confidence limits about effect
  /// measures", Statistics in Medicine 27, 2008). A stratum that was reviewed whole adds none. Records that
  /// were meant to be reviewed and were not count as right at the low end and as wrong at the high end.
  ///
  /// - Parameters:
  ///   - drawn: strata whose reviewed records are a random sample.
  ///   - chosen: records that were not drawn at random, such as the most suspect ones: the reviewed ones stand
  ///     for themselves alone.
  /// - Returns: nil where no stratum has a random sample and something is left that nobody reviewed.
  package init?(
    drawn: [Stratum], chosen: Stratum, confidence: Double = BinomialInterval.usualConfidence
  ) {
    let total = drawn.reduce(chosen.size) { $0 + $1.size }
    guard total > 0, drawn.allSatisfy({ $0.size == 0 || $0.reviewed > 0 }),
      chosen.isWhole || !drawn.isEmpty
    else { return nil }
    let known = Double(chosen.wrong)
    let unknown = Double(chosen.size - chosen.reviewed)
    // The best guess for what was chosen and not reviewed is the share among what was chosen.
    let share = chosen.reviewed > 0 ? known / Double(chosen.reviewed) : 0.5
    var estimate = known + unknown * share
    var (below, above) = (0.0, 0.0)
    for stratum in drawn where stratum.size > 0 {
      let rate = Double(stratum.wrong) / Double(stratum.reviewed)
      estimate += rate * Double(stratum.size)
      guard !stratum.isWhole else { continue }
      let interval = BinomialInterval(
        hits: stratum.wrong, of: stratum.reviewed, confidence: confidence)
      let size = Double(stratum.size)
      below += (size * (rate - interval.low)) * (size * (rate - interval.low))
      above += (size * (interval.high - rate)) * (size * (interval.high - rate))
    }
    let count = Double(total)
    // What was seen is certain, whatever the intervals say.
    let seen = Double(drawn.reduce(chosen.wrong) { $0 + $1.wrong })
    let seenRight = Double(
      drawn.reduce(chosen.reviewed - chosen.wrong) { $0 + $1.reviewed - $1.wrong })
    self.estimate = min(max(estimate, seen), count - seenRight) / count
    low = max(estimate - unknown * share - below.squareRoot(), seen) / count
    high = min(estimate + unknown * (1 - share) + above.squareRoot(), count - seenRight) / count
  }
}
