/// How near texts on other subjects are to a query, as the signal `dense` measures it, −1…1, higher is nearer.
///
/// They are passages of other queries, which a batch gives a retriever as negatives anyway. An encoder whose
/// cosines are all high is so measured by its own scale.
package struct BackgroundSimilarity: Sendable, Equatable {
  package let mean: Double
  /// The standard deviation.
  package let deviation: Double

  /// The values of the encoder that is shipped, over passages of other queries in the development sets (means
  /// .02 to .08, deviations .077 to .086). They stand where a file has too few other passages.
  package static let usual = BackgroundSimilarity(mean: 0.05, deviation: 0.08)
  /// A similarity above the mean by more than this many deviations is rare among texts on other subjects.
  static let rareDeviations = 2.0
  /// Enough to know the mean to a tenth of the deviation or so, and quick beside the encoding.
  package static let sampleSize = 64
  /// Below this, a single near text would count for too much.
  static let leastSample = 20

  package init(mean: Double, deviation: Double) {
    self.mean = mean
    self.deviation = deviation
  }

  /// The mean and the deviation of similarities to one query; the usual ones where there are fewer than
  /// `leastSample`.
  package init(_ similarities: [Double]) {
    guard similarities.count >= Self.leastSample else {
      self = .usual
      return
    }
    let count = Double(similarities.count)
    let mean = similarities.reduce(0, +) / count
    let squares = similarities.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.init(mean: mean, deviation: (squares / count).squareRoot())
  }

  /// The least similarity that is rare among texts on other subjects.
  var rare: Double { mean + Self.rareDeviations * deviation }
}
