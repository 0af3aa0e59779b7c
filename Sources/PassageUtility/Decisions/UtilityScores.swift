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
  /// The sentence nearest to the query in the passage of the highest utility; nil if that passage has no
  /// text.
  package let bestSentence: String?
  /// Where the calibration of `utility` comes from.
  package let calibration: CalibrationSource

  /// Computes the signals of every query, combines them, and calibrates the scores into probabilities;
  /// the calibration is fitted to the file's own labels if there are enough of them.
  ///
  /// - Parameters:
  ///   - similarities: one per query.
  ///   - likelihoods: one per query; nil if no language model computed any.
  /// - Complexity: O(words + n · bridgePassages · names) per query of n passages.
  package static func of(
    _ queries: [CandidateQuery], similarities: [Similarities], likelihoods: [Likelihoods]?
  ) -> [UtilityScores] {
    precondition(queries.count == similarities.count, "similarities of every query")
    precondition(
      likelihoods.map { $0.count == queries.count } ?? true, "likelihoods of every query")
    var file = FileTexts(queries)
    let combined = queries.indices.map {
      CombinedScores(queries[$0], similarities[$0], likelihoods?[$0], in: &file)
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
    let utility = zeroedWhereBlank(Self.calibrated(combined.scores, calibration))
    self.utility = utility
    self.calibration = source
    signals = combined.signals
    let order = utility.indices.sorted { (-utility[$0], $0) < (-utility[$1], $1) }
    bestSentence =
      order.first.flatMap { first in
        let sentence = query.sentences[first][similarities.questions[0].nearestSentence[first]]
        return sentence.allSatisfy(\.isWhitespace) ? nil : sentence
      }
  }

  /// The scores combined with a judge's, in proportion to the judge's reliability.
  ///
  /// - Parameter judged: the judge's scores, one per passage, 0…1, higher is more useful.
  package func joined(judged: [Double], by reliability: JudgeReliability) -> UtilityScores {
    var joined = self
    for (index, score) in judged.enumerated() {
      joined.utility[index] = reliability.joined(utility[index], score: score)
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
