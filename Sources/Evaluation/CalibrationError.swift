/// The expected calibration error: how far confidence is from the share of hits, on average over intervals of
/// confidence of equal width (Naeini, Cooper and Hauskrecht, 2015). 0…1, lower is better.
package struct CalibrationError: Sendable {
  /// The number of intervals.
  private static let bins = 15

  private var counts = [(count: Int, hits: Int, confidence: Double)](
    repeating: (0, 0, 0), count: bins)

  package init() {}

  /// - Parameter confidence: 0…1.
  package mutating func add(confidence: Double, isHit: Bool) {
    let bin = min(Int(confidence * Double(Self.bins)), Self.bins - 1)
    counts[bin].count += 1
    counts[bin].hits += isHit ? 1 : 0
    counts[bin].confidence += confidence
  }

  /// 0 where nothing was added.
  package var value: Double {
    let total = Double(counts.reduce(0) { $0 + $1.count })
    return counts.reduce(0) {
      $0 + ($1.count > 0 ? abs(Double($1.hits) - $1.confidence) / total : 0)
    }
  }
}
