/// How the utility of passages was calibrated.
package struct CalibrationFacts: Sendable, Codable, Equatable {
  /// `shipped` where every query has the calibration that emend ships; `refitted` where at least one has
  /// a calibration that was fitted to the file's own labels.
  package var source: String
  /// Number of queries to whose labels a calibration was fitted.
  package var labelledQueries: Int
  /// Number of queries whose utility has a fitted calibration; the others have the shipped one.
  package var refittedQueries: Int

  package init(labelledQueries: Int, refittedQueries: Int) {
    source = refittedQueries > 0 ? "refitted" : "shipped"
    self.labelledQueries = labelledQueries
    self.refittedQueries = refittedQueries
  }

  /// Sentences for a terminal; none where every query has the shipped calibration.
  var sentences: [String] {
    guard refittedQueries > 0 else { return [] }
    let count = String(counting: labelledQueries, "query", many: "queries")
    return ["Utility is calibrated to the labels of \(count) here, each by those of the others."]
  }
}
