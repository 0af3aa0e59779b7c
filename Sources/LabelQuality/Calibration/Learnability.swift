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
/// Similar spellings of one label count as one here: each record's probability of all of them is that of its own
/// spelling, so it says nothing about which of them a record has.
///
/// docs/METHODS.md, section 1.
struct Learnability {
  /// Whether labels can be judged. True without a label.
  let isShown: Bool
  /// How many records with a label there are, how many have it as their likeliest label, and how many would if the
  /// commonest label were named each time.
  let counts: PredictionCounts

  /// The first two are one-sided tests at about 1 %.
  static let leastScore = 2.5
  /// Leaving a record out makes its own label look rarer than it is, so only a far larger distance below
  /// the commonest label's share says something.
  private static let mostReversedScore = -6.0
  /// A single log-ratio counts at most this much, so that a few records cannot decide.
  static let mostGain = 5.0

  /// - Complexity: O(n K).
  init(outOfFold: OutOfFoldProbabilities, targets: Targets, similarLabels: SimilarLabels? = nil) {
    let rows = targets.annotated.map(Int.init)
    let count = Double(rows.count)
    let frequencies = similarLabels?.together(targets.frequencies) ?? targets.frequencies
    guard targets.labelCount > 1, !rows.isEmpty, similarLabels?.isOneLabel != true else {
      isShown = true
      counts = PredictionCounts(records: rows.count, right: rows.count, commonest: rows.count)
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
        max(likely - log(max(frequencies[given], 1e-300)), -Self.mostGain), Self.mostGain)
      total += gain
      squares += gain * gain
    }
    let commonest = frequencies.max() ?? 1
    // At least one record's worth of spread, for labels that nearly all records have.
    let spread = max((commonest * (1 - commonest) * count).squareRoot(), 1)
    let score = (hits - commonest * count) / spread
    let mean = total / count
    let deviation = max(squares / count - mean * mean, 1e-12).squareRoot()
    let gainScore = mean * count.squareRoot() / deviation
    counts = PredictionCounts(
      records: rows.count, right: Int(hits), commonest: Int((commonest * count).rounded()))
    isShown =
      score > Self.leastScore || gainScore > Self.leastScore && rows.count >= Self.fewestForGain
      || score < Self.mostReversedScore
  }

  /// With fewer records the spread of the gains is not known well enough for a test.
  private static let fewestForGain = 20
}
