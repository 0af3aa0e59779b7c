import Foundation

/// The scores of one query's passages; a value per passage in every list.
package struct UtilityScores: Sendable {
  /// Probability that the passage is about what the query asks, by meaning and words, 0…1; 0 for a blank
  /// one.
  package let relevance: [Double]
  /// Probability that the passage helps to give a right answer, 0…1; 0 for a blank one.
  package private(set) var utility: [Double]
  /// Raw values by signal; a signal that could not be read is missing.
  package private(set) var signals: [[(signal: UtilitySignal, value: Double)]]
  /// The sentence nearest to the query in the passage of the highest utility; nil where there is no text.
  package let bestSentence: String?

  /// Reads the signals of every query and combines them.
  ///
  /// - Parameters:
  ///   - similarities: one per query.
  ///   - likelihoods: one per query; nil where no language model was asked.
  /// - Complexity: O(words + n · names) a query.
  package static func of(
    _ queries: [CandidateQuery], similarities: [Similarities], likelihoods: [Likelihoods]?
  ) -> [UtilityScores] {
    precondition(queries.count == similarities.count, "similarities of every query")
    precondition(
      likelihoods.map { $0.count == queries.count } ?? true, "likelihoods of every query")
    var file = FileTexts(queries)
    return queries.indices.map {
      UtilityScores(queries[$0], similarities[$0], likelihoods?[$0], in: &file)
    }
  }

  private init(
    _ query: CandidateQuery, _ similarities: Similarities, _ likelihoods: Likelihoods?,
    in file: inout FileTexts
  ) {
    let read = zip(query.questions, similarities.questions).map {
      ExtractiveSignals($0, query, $1, in: &file)
    }
    let own = read[0]
    let weights = UtilityWeights.shipped
    func score(_ signals: ExtractiveSignals, _ index: Int) -> Double {
      signals.values(of: index).reduce(0) { $0 + weights.scored($1.signal, $1.value) }
    }
    let topical = query.passages.indices.map {
      weights.scored(.dense, own.dense[$0]) + weights.scored(.lexical, own.lexical[$0])
    }
    // Whatever an encoder makes of it, what says nothing neither is about anything nor helps.
    let isBlank = query.passages.map { $0.allSatisfy(\.isWhitespace) }
    func silenced(_ values: [Double]) -> [Double] { zip(values, isBlank).map { $1 ? 0 : $0 } }
    relevance = silenced(Self.calibrated(topical, .relevance))

    var signals: [[(signal: UtilitySignal, value: Double)]] = []
    // Of several answers, each passage is read with the one that speaks for it most.
    let answered = Array(read.dropFirst())
    let answers = query.answers.map(AnswerMatch.normalised)
    for index in query.passages.indices {
      let best = answered.max { score($0, index) < score($1, index) } ?? own
      var values = best.values(of: index)
      if !answers.isEmpty {
        let text = AnswerMatch.normalised(query.passages[index])
        let isFound = answers.contains { AnswerMatch.contains(text, answer: $0) }
        values.append((.answer, isFound ? 1 : 0))
      }
      signals.append(values)
    }
    func add(_ signal: UtilitySignal, _ raw: [Double?]) {
      for (index, value) in Self.standardised(raw).enumerated() {
        if let value { signals[index].append((signal, value)) }
      }
    }
    let hasLikelihoods = likelihoods?.query.contains { $0 != nil } ?? false
    if let likelihoods, hasLikelihoods {
      if answers.isEmpty {
        add(.likelihood, likelihoods.query)
      } else {
        add(.answerGain, likelihoods.answerGain)
      }
    }
    let scores = signals.map { $0.reduce(0) { $0 + weights.scored($1.signal, $1.value) } }
    let calibration: Calibration =
      switch (answers.isEmpty, hasLikelihoods) {
      case (true, false): .texts
      case (true, true): .likelihood
      case (false, false): .answers
      case (false, true): .answerGain
      }
    let utility = silenced(Self.calibrated(scores, calibration))
    self.utility = utility
    self.signals = signals
    let order = utility.indices.sorted { (-utility[$0], $0) < (-utility[$1], $1) }
    bestSentence =
      order.first.flatMap { first in
        let sentence = query.sentences[first][similarities.questions[0].nearestSentence[first]]
        return sentence.isEmpty ? nil : sentence
      }
  }

  /// With what a judge said: the mean of both scores, for each sees what the other does not.
  package func joined(_ judgement: UtilityJudgement) -> UtilityScores {
    var joined = self
    for (index, passage) in judgement.passages.enumerated() {
      joined.utility[index] = (utility[index] + passage.score) / 2
      joined.signals[index].append((.judge, passage.score))
    }
    return joined
  }

  private static func calibrated(_ scores: [Double], _ calibration: Calibration) -> [Double] {
    guard !scores.isEmpty else { return [] }
    let mean = scores.reduce(0, +) / Double(scores.count)
    return scores.map { calibration.probability($0, mean: mean) }
  }

  /// Less the mean, over the deviation of the whole query; 0 for what is missing or all alike.
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

extension ExtractiveSignals {
  func values(of index: Int) -> [(signal: UtilitySignal, value: Double)] {
    [
      (.dense, dense[index]), (.lexical, lexical[index]), (.residual, residual[index]),
      (.bridge, bridge[index]), (.cue, cue[index]),
    ]
  }
}
