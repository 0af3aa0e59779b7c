/// One query's passages as a calibration is fitted to them: those that have a text.
struct LabelledScores: Sendable {
  /// Combined scores, higher is more useful.
  let scores: [Double]
  /// Of all passages of the query, labelled or not.
  let mean: Double
  let labels: [Bool]
  /// Whether the labels are gold.
  let isTrusted: Bool
}
