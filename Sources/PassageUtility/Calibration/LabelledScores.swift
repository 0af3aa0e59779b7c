/// The scores and labels of one query's passages, to which a calibration is fitted; passages without a
/// text are left out.
struct LabelledScores: Sendable {
  /// Combined scores, higher is more useful.
  let scores: [Double]
  /// The mean score of all passages of the query, including those without a text.
  let mean: Double
  let labels: [Bool]
  /// Whether the labels are gold.
  let isTrusted: Bool
}
