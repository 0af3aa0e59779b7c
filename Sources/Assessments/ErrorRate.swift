/// An estimate of the share of annotations that are wrong, 0…1, with an interval around it.
package struct ErrorRate: Sendable, Equatable, Codable {
  package var estimate: Double
  /// Lower end of the interval, 0…1.
  package var low: Double
  /// Upper end of the interval, 0…1.
  package var high: Double
  /// The evidence for estimate and interval, in words for the report.
  package var basis: String

  package init(estimate: Double, low: Double, high: Double, basis: String) {
    self.estimate = estimate
    self.low = low
    self.high = high
    self.basis = basis
  }

  /// What the basis of a measured rate begins with.
  package static let measured = "measured"

  /// Whether people's decisions about a random sample have measured it; else it is estimated.
  package var isMeasured: Bool { basis.hasPrefix(Self.measured) }
}
