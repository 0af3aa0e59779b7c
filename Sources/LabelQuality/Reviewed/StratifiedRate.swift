/// The share of wrong labels as a review has measured it.
package struct StratifiedRate: Sendable {
  /// A part of the file from which records were drawn at random, all with the same probability.
  package struct Stratum: Sendable, Equatable {
    /// How many records it had at the draw.
    package var size: Int
    /// How many of them a person decided.
    package var reviewed: Int
    /// How many of those had a wrong label.
    package var wrong: Int
    /// How many of the others the file has now, 0 up to `size − reviewed`.
    package var left: Double

    /// - Parameter left: nil where the file has all of them.
    package init(size: Int, reviewed: Int, wrong: Int, left: Double? = nil) {
      precondition(reviewed <= size && wrong <= reviewed)
      self.size = size
      self.reviewed = reviewed
      self.wrong = wrong
      self.left = left ?? Double(size - reviewed)
    }

    /// The share of the stratum's records that nobody decided which the file still has.
    var shareLeft: Double { size > reviewed ? left / Double(size - reviewed) : 0 }
  }

  /// 0…1.
  package let estimate: Double
  package let low: Double
  package let high: Double

  /// Combines the strata to the share of wrong labels in the file as it is now.
  ///
  /// Each stratum that was drawn from has its exact binomial interval; the strata's distances from the
  /// estimate are added as squares (MOVER: Zou and Donner, "Construction of confidence limits about effect
  /// measures", Statistics in Medicine 27, 2008). A stratum that was reviewed whole adds none. Records that
  /// were meant to be reviewed and were not count as right at the low end and as wrong at the high end, and so
  /// do those that were never meant to be. Of a stratum of which records were taken out since, the interval gets
  /// smaller by the share that is gone.
  ///
  /// - Parameters:
  ///   - drawn: strata whose reviewed records are a random sample.
  ///   - chosen: records that were not drawn at random, such as the most suspect ones: the reviewed ones stand
  ///     for themselves alone.
  ///   - known: the records of the file of which is known whether their label is wrong now; nil where these are
  ///     the reviewed ones, as they were.
  ///   - chosenGuess: what is expected of the share of wrong labels among chosen records, 0…1, before any of them
  ///     is reviewed; it counts as one reviewed record.
  ///   - later: how many records are in no stratum and not known, such as those that came after the draw.
  /// - Returns: nil where no stratum has a random sample and something is left that nobody reviewed.
  package init?(
    drawn: [Stratum], chosen: Stratum, known: (count: Int, wrong: Int)? = nil,
    chosenGuess: Double = 0.5, later: Int = 0,
    confidence: Double = BinomialInterval.usualConfidence
  ) {
    let reviewed = (drawn + [chosen]).reduce((count: 0, wrong: 0)) {
      ($0.count + $1.reviewed, $0.wrong + $1.wrong)
    }
    let known = known ?? reviewed
    let undecided = drawn.reduce(0) { $0 + $1.left }
    let total = Double(known.count) + undecided + chosen.left + Double(later)
    guard total > 0, drawn.allSatisfy({ $0.size == 0 || $0.reviewed > 0 }),
      !drawn.isEmpty || (chosen.left == 0 && later == 0)
    else { return nil }
    var expected = 0.0
    var (below, above) = (0.0, 0.0)
    // Weighted by the sizes at the draw.
    var inAll = (wrong: 0.0, size: 0.0)
    for stratum in drawn where stratum.size > 0 {
      let size = Double(stratum.size)
      let rate = Double(stratum.wrong) / Double(stratum.reviewed)
      inAll = (inAll.wrong + rate * size, inAll.size + size)
      expected += rate * stratum.left
      let interval = BinomialInterval(
        hits: stratum.wrong, of: stratum.reviewed, confidence: confidence)
      let scale = size * stratum.shareLeft
      below += (scale * (rate - interval.low)) * (scale * (rate - interval.low))
      above += (scale * (interval.high - rate)) * (scale * (interval.high - rate))
    }
    // The best guess for what was chosen and not reviewed is the share among what was chosen. What came later is
    // like the whole file at the draw, whose most suspect records were chosen.
    let unknown = chosen.left + Double(later)
    let shareOfChosen =
      (Double(chosen.wrong) + chosenGuess) / Double(chosen.reviewed + 1)
    let wrongChosen =
      Double(chosen.wrong) + Double(chosen.size - chosen.reviewed) * shareOfChosen
    let size = inAll.size + Double(chosen.size)
    let shareOfLater = size > 0 ? (inAll.wrong + wrongChosen) / size : shareOfChosen
    let guess = chosen.left * shareOfChosen + Double(later) * shareOfLater
    let wrong = Double(known.wrong)
    estimate = (wrong + expected + guess) / total
    low = (wrong + max(0, expected - below.squareRoot())) / total
    high = (wrong + min(undecided, expected + above.squareRoot()) + unknown) / total
  }
}
