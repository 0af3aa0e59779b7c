/// The share of annotations that are wrong, 0…1, with a range that it should lie in.
package struct ErrorRate: Sendable, Equatable, Codable {
  package var estimate: Double
  package var low: Double
  package var high: Double
  /// What the interval rests on, in a sentence.
  package var basis: String

  package init(estimate: Double, low: Double, high: Double, basis: String) {
    self.estimate = estimate
    self.low = low
    self.high = high
    self.basis = basis
  }
}
