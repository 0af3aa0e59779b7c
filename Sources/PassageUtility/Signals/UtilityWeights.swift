import Foundation

/// The weight of each signal, per unit of the signal.
package struct UtilityWeights: Sendable, Equatable {
  private let values: [UtilitySignal: Double]

  /// Found by one search over the development sets; docs/METHODS.md, section 4, describes the search and
  /// has the results of each set with weights that were found without that set.
  package static let shipped = UtilityWeights([
    .dense: 1, .lexical: 0.5, .residual: 0.75, .bridge: 0.6, .cue: 0.3, .answer: 0.5,
    .likelihood: 0.25, .answerGain: 0.25,
  ])

  /// Weights with a language model that is large enough to be asked whether a passage contains the
  /// answer; its likelihood of the query has a higher weight too. For queries with known answers,
  /// neither improves the scores.
  package static let capable = UtilityWeights(
    shipped.values.merging([.likelihood: 0.75, .containsAnswer: 0.75]) { _, new in new })

  init(_ values: [UtilitySignal: Double]) { self.values = values }

  package func weight(of signal: UtilitySignal) -> Double { values[signal] ?? 0 }

  /// What a raw value of a signal adds to the score.
  func scored(_ signal: UtilitySignal, _ value: Double) -> Double {
    weight(of: signal) * signal.measure(value) / signal.unit
  }
}

/// A logistic function from a passage's score, and the mean score of its query's passages, to a
/// probability.
struct Calibration: Sendable, Equatable {
  let slope: Double
  let mean: Double
  let intercept: Double

  func probability(_ score: Double, mean queryMean: Double) -> Double {
    1 / (1 + exp(-(slope * score + mean * queryMean + intercept)))
  }

  // Logistic regressions over the development sets, each set with equal weight.
  static let relevance = Calibration(slope: 1.267, mean: -0.849, intercept: -3.27)
  // For queries of which nothing is known but the texts. Fitted to each query three times: as it is (weight 4),
  // without its useful passages (weight 2), and with the passages of another query (weight 1). A fit to queries
  // that nearly all have a useful passage cannot know what a query without one looks like. docs/METHODS.md,
  // section 4.
  static let texts = Calibration(slope: 0.702, mean: -0.419, intercept: -3.748)
  static let answers = Calibration(slope: 1.063, mean: -0.577, intercept: -4.794)
  // For queries of which a label says that a passage is useful; fitted to the queries as they are.
  static let labelledTexts = Calibration(slope: 0.787, mean: -0.634, intercept: -2.642)
  static let labelledAnswers = Calibration(slope: 1.266, mean: -1.273, intercept: -1.428)
}
