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
  /// The lower bound of r, 0…1: in at least nine of ten samples of disagreements and agreements from one file, r is
  /// not below it.
  let rightShareLow: Double?

  /// - Parameter shareVariance: the variance of the mean a and of 1 − the mean b, where these were estimated from a
  ///   sample of agreements.
  /// - Complexity: O(n).
  init(_ preferences: [Preference], shareVariance: Double = 0) {
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
    rightShare = share
    rightShareLow = Self.lowerBound(
      of: share, preferences, observed: numerator, shareVariance: shareVariance)
  }

  /// The least r that the preferences do not contradict in a one-sided test at 10 %.
  ///
  /// A score test: the spread is that which r itself would give, so it does not vanish where all preferences are
  /// for the likeliest label. Its correction for continuity, half a preference of mean weight, makes it
  /// as wide as an exact binomial bound where all weights are equal. An error of a and b is one of how
  /// often the evidence is right, so it raises the one by as much as it lowers the other.
  ///
  /// - Parameter observed: Σ w(x − b), with x = 1 where the likeliest label is preferred.
  private static func lowerBound(
    of share: Double, _ preferences: [Preference], observed: Double, shareVariance: Double
  ) -> Double {
    let weights = preferences.reduce(0) { $0 + $1.power }
    let correction = preferences.reduce(0) { $0 + $1.power * $1.power } / (2 * weights)
    func isContradicted(_ share: Double) -> Bool {
      var rest = observed - correction
      var variance = weights * weights * (2 * share - 1) * (2 * share - 1) * shareVariance
      for preference in preferences {
        let distance = preference.ifRight - preference.ifWrong
        let expected = preference.ifWrong + share * distance
        rest -= preference.power * share * distance
        variance += preference.power * preference.power * expected * (1 - expected)
      }
      return rest > ninetyPercent * variance.squareRoot()
    }
    var (low, high) = (0.0, share)
    guard isContradicted(low) else { return 0 }
    // 40 halvings leave 10⁻¹².
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if isContradicted(middle) { low = middle } else { high = middle }
    }
    return low
  }

  /// The normal distribution is below this many standard deviations with probability .9.
  private static let ninetyPercent = 1.2816
}
