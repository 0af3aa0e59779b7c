import Foundation

/// Whether the records tell anything about their labels, so that a label can be judged by them.
///
/// Where they tell nothing, as where labels were shuffled or the wrong member was read as the text, the
/// out-of-fold probabilities still prefer another label for most records. None of that is evidence. So one
/// of three has to hold, each against what the labels' frequencies alone would give:
/// - the likeliest label is the given one more often than the commonest label is;
/// - the log-likelihood of the given labels is higher than by their frequencies;
/// - the likeliest label is the given one far more rarely: neighbours then share something that goes with
///   another label, as pairs of one premise and several hypotheses do.
///
/// docs/METHODS.md, section 1.
struct Learnability {
  /// Whether labels can be judged. True without a label.
  let isShown: Bool

  /// The first two are one-sided tests at about 1 %.
  static let leastScore = 2.5
  /// Leaving a record out makes its own label look rarer than it is, so only a far larger distance below
  /// the commonest label's share says something.
  private static let mostReversedScore = -6.0
  /// A single log-ratio counts at most this much, so that a few records cannot decide.
  static let mostGain = 5.0

  /// - Complexity: O(n K).
  init(outOfFold: OutOfFoldProbabilities, targets: Targets) {
    let rows = targets.annotated.map(Int.init)
    let count = Double(rows.count)
    guard targets.labelCount > 1, !rows.isEmpty else {
      isShown = true
      return
    }
    var hits = 0.0
    var total = 0.0
    var squares = 0.0
    for row in rows {
      guard let given = targets.single(row) else { continue }
      if outOfFold.topTwo(row).first == given { hits += 1 }
      let likely = log(Double(max(outOfFold.probability(row, given), Signals.least)))
      let gain = min(
        max(likely - log(max(targets.frequencies[given], 1e-300)), -Self.mostGain), Self.mostGain)
      total += gain
      squares += gain * gain
    }
    let commonest = targets.frequencies.max() ?? 1
    // At least one record's worth of spread, for labels that nearly all records have.
    let spread = max((commonest * (1 - commonest) * count).squareRoot(), 1)
    let score = (hits - commonest * count) / spread
    let mean = total / count
    let deviation = max(squares / count - mean * mean, 1e-12).squareRoot()
    let gainScore = mean * count.squareRoot() / deviation
    isShown =
      score > Self.leastScore || gainScore > Self.leastScore && rows.count >= Self.fewestForGain
      || score < Self.mostReversedScore
  }

  /// With fewer records the spread of the gains is not known well enough for a test.
  private static let fewestForGain = 20
}
