/// Where the calibration of utility comes from.
package struct CalibrationFacts: Sendable, Codable, Equatable {
  /// `shipped`, or `refitted` to the file's own labels for at least one query.
  package var source: String
  /// Queries whose labels it was fitted to.
  package var labelledQueries: Int
  /// Queries whose utility is of the fit; the rest has the shipped calibration.
  package var refittedQueries: Int

  package init(labelledQueries: Int, refittedQueries: Int) {
    source = refittedQueries > 0 ? "refitted" : "shipped"
    self.labelledQueries = labelledQueries
    self.refittedQueries = refittedQueries
  }

  /// For a terminal; none for what is usual.
  var sentences: [String] {
    guard refittedQueries > 0 else { return [] }
    let count = String(counting: labelledQueries, "query", many: "queries")
    return ["Utility is calibrated to the labels of \(count) here, each by those of the others."]
  }
}
