/// What preferences between two labels, by evidence that never saw the given labels, show about a file.
///
/// For a disagreement (the likeliest label l is not the given label y), a is the probability that the
/// evidence prefers l to y if l is right, and b if y is right; both are measured on records on which
/// probabilities and labels agree. docs/METHODS.md, section 2.
struct PreferenceStatistics: Sendable {
  /// The preference about one disagreement.
  struct Preference: Sendable {
    /// a, 0…1.
    let ifRight: Double
    /// b, 0…1.
    let ifWrong: Double
    /// Whether the evidence prefers the likeliest label to the given one.
    let isForLikeliest: Bool

    /// w: how much better than chance the evidence tells the two labels apart, 0…1.
    var power: Double { max(0, ifRight - ifWrong) }
  }

  /// I: mean of w², 0…1. Higher means that the evidence tells better which of two labels is right; 0 without
  /// a disagreement.
  let informativeness: Double
  /// r: estimated share of disagreements in which the likeliest label is right and the given one wrong, 0…1;
  /// nil where the evidence cannot tell the labels apart.
  let rightShare: Double?
  /// The lower bound of r: in nine of ten samples of disagreements from one file, r is above it; 0…1.
  let rightShareLow: Double?

  init(_ preferences: [Preference]) {
    var squares = 0.0
    var numerator = 0.0
    var denominator = 0.0
    for preference in preferences {
      squares += preference.power * preference.power
      numerator += preference.power * ((preference.isForLikeliest ? 1 : 0) - preference.ifWrong)
      denominator += preference.power * (preference.ifRight - preference.ifWrong)
    }
    informativeness = preferences.isEmpty ? 0 : squares / Double(preferences.count)
    guard denominator > 0 else {
      rightShare = nil
      rightShareLow = nil
      return
    }
    let share = min(max(numerator / denominator, 0), 1)
    var variance = 0.0
    for preference in preferences {
      let expected = preference.ifWrong + share * (preference.ifRight - preference.ifWrong)
      let rest = (preference.isForLikeliest ? 1 : 0) - expected
      variance += preference.power * preference.power * rest * rest
    }
    rightShare = share
    rightShareLow = max(0, share - Self.ninetyPercent * variance.squareRoot() / denominator)
  }

  /// The normal distribution is below this many standard deviations with probability .9.
  private static let ninetyPercent = 1.2816
}
