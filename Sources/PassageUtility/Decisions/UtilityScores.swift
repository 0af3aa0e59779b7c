import Foundation

/// The scores of one query's passages; every list has one value per passage.
package struct UtilityScores: Sendable {
  /// Probability that the passage is about the subject of the query, by meaning and words, 0…1, higher is
  /// more relevant; 0 for a blank passage.
  package let relevance: [Double]
  /// Probability that the passage helps to give a right answer, 0…1, higher is more useful; 0 for a blank
  /// passage.
  package private(set) var utility: [Double]
  /// The relevance that a text on another subject has to this query, on the scale of `relevance`.
  package let background: BackgroundRelevance
  /// Raw values by signal; signals that could not be computed are missing.
  package private(set) var signals: [[(signal: UtilitySignal, value: Double)]]
  /// Where the calibration of `utility` comes from.
  package let calibration: CalibrationSource
  /// The utility of each passage if the query is known to have a useful one.
  private var utilityIfAny: [Double]
  /// What one unit of score adds to the log-odds of utility.
  private let slope: Double
  /// The sentence of each passage that is nearest to the query.
  private let nearestSentences: [String]

  /// Computes the signals of every query's texts, combines them, and calibrates the scores into
  /// probabilities; the calibration is fitted to the file's own labels if there are enough of them.
  ///
  /// - Parameter similarities: one per query.
  /// - Complexity: O(words + n · bridgePassages · names) per query of n passages.
  package static func of(
    _ queries: [CandidateQuery], similarities: [Similarities]
  ) -> [UtilityScores] {
    precondition(queries.count == similarities.count, "similarities of every query")
    var file = FileTexts(queries)
    let combined = queries.indices.map {
      CombinedScores(queries[$0], similarities[$0], in: &file)
    }
    let calibrations = FileCalibrations(
      queries, scores: combined.map(\.scores), cases: combined.map(\.calibrationCase))
    return queries.indices.map {
      UtilityScores(
        queries[$0], similarities[$0], combined[$0], calibrations.calibrations[$0],
        calibrations.sources[$0])
    }
  }

  private init(
    _ query: CandidateQuery, _ similarities: Similarities, _ combined: CombinedScores,
    _ calibration: Calibration, _ source: CalibrationSource
  ) {
    func zeroedWhereBlank(_ values: [Double]) -> [Double] {
      values.indices.map { query.isBlank($0) ? 0 : values[$0] }
    }
    relevance = zeroedWhereBlank(Self.calibrated(combined.topical, .relevance))
    background = BackgroundRelevance(similarities.background, beside: combined.topical)
    utility = zeroedWhereBlank(Self.calibrated(combined.scores, calibration))
    utilityIfAny =
      source == .shipped
      ? zeroedWhereBlank(
        Self.calibrated(combined.scores, combined.calibrationCase.labelled)) : utility
    self.calibration = source
    slope = calibration.slope
    signals = combined.signals
    nearestSentences = zip(query.sentences, similarities.questions[0].nearestSentence)
      .map { $0[$1] }
  }

  /// The utility by which a query's labels are assessed. A label that says that a passage is useful, right or
  /// wrong, makes it likely that the query has a useful passage, which its texts alone do not.
  package func utility(besideLabels labels: [Bool?]) -> [Double] {
    labels.contains(true) ? utilityIfAny : utility
  }

  /// The sentence nearest to the query in the passage of the highest utility; nil if that passage has no
  /// text.
  package var bestSentence: String? {
    let best = utility.indices.min { (-utility[$0], $0) < (-utility[$1], $1) }
    return best.map { nearestSentences[$0] }.flatMap {
      $0.allSatisfy(\.isWhitespace) ? nil : $0
    }
  }

  /// The scores combined with what a language model says about the passages that it read.
  ///
  /// The log-odds of each of these passages gain what its evidence is above the mean of them all. So the
  /// model decides between them, those that it did not read keep their utility, and whether any passage
  /// of the query is useful is decided by the texts.
  ///
  /// - Parameter scale: of the file's likelihoods.
  package func joined(_ likelihoods: Likelihoods, scale: LikelihoodScale) -> UtilityScores {
    var joined = self
    let isAsked = likelihoods.containsAnswer.contains { $0 != nil }
    let weights = isAsked ? UtilityWeights.capable : .shipped
    func add(_ signal: UtilitySignal, _ values: [Double?]) {
      let measured = values.compactMap { $0.map(signal.measure) }
      let mean = measured.reduce(0, +) / Double(max(1, measured.count))
      for (index, value) in values.enumerated() {
        guard let value else { continue }
        joined.signals[index].append((signal, value))
        let gain = weights.weight(of: signal) * (signal.measure(value) - mean) / signal.unit
        joined.utility[index] = Self.raised(joined.utility[index], by: slope * gain)
        joined.utilityIfAny[index] = Self.raised(joined.utilityIfAny[index], by: slope * gain)
      }
    }
    if likelihoods.answerGain.isEmpty {
      add(.likelihood, scale.query.standardised(likelihoods.query))
      add(.containsAnswer, likelihoods.containsAnswer)
    } else {
      add(.answerGain, scale.answerGain.standardised(likelihoods.answerGain))
    }
    return joined
  }

  /// A probability after its log-odds were raised; 0 and 1 stay.
  private static func raised(_ probability: Double, by logOdds: Double) -> Double {
    guard probability > 0, probability < 1 else { return probability }
    return 1 / (1 + exp(-(log(probability / (1 - probability)) + logOdds)))
  }

  /// The scores combined with a judge's, in proportion to the judge's reliability.
  ///
  /// - Parameter judged: the judge's scores, one per passage, 0…1, higher is more useful; nil for a passage
  ///   that the judge was not asked about, which keeps its utility.
  package func joined(judged: [Double?], by reliability: JudgeReliability) -> UtilityScores {
    var joined = self
    for (index, score) in judged.enumerated() {
      guard let score else { continue }
      joined.utility[index] = reliability.joined(utility[index], score: score)
      joined.utilityIfAny[index] = reliability.joined(utilityIfAny[index], score: score)
      joined.signals[index].append((.judge, score))
    }
    return joined
  }

  private static func calibrated(_ scores: [Double], _ calibration: Calibration) -> [Double] {
    guard !scores.isEmpty else { return [] }
    let mean = scores.reduce(0, +) / Double(scores.count)
    return scores.map { calibration.probability($0, mean: mean) }
  }

  /// Each value minus the mean of the query's values, divided by their standard deviation; 0 if all values
  /// are equal, nil for a missing value.
  static func standardised(_ raw: [Double?]) -> [Double?] {
    let known = raw.compactMap(\.self)
    guard !known.isEmpty else { return raw }
    let mean = known.reduce(0, +) / Double(known.count)
    let deviation =
      (known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)).squareRoot()
    return raw.map { value in
      value.map { deviation > leastDeviation ? ($0 - mean) / deviation : 0 }
    }
  }

  private static let leastDeviation = 1e-6
}
