/// The relevance of a text on another subject, which shares no word with the query, 0…1.
package struct BackgroundRelevance: Sendable {
  /// At the mean similarity of such texts.
  let mean: Double
  /// At a similarity that is rare among them.
  let rare: Double

  /// - Parameter topical: the topical scores of the query's own passages; the calibration of relevance depends
  ///   on their mean.
  init(_ similarity: BackgroundSimilarity, beside topical: [Double]) {
    let mean = topical.isEmpty ? 0 : topical.reduce(0, +) / Double(topical.count)
    func relevance(_ dense: Double) -> Double {
      Calibration.relevance.probability(UtilityWeights.shipped.scored(.dense, dense), mean: mean)
    }
    self.mean = relevance(similarity.mean)
    rare = relevance(similarity.rare)
  }
}
