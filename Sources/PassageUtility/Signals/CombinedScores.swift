/// The signals of the texts of one query's passages, combined into one score per passage, before calibration.
struct CombinedScores {
  /// Scores by meaning and words alone; higher is more relevant.
  let topical: [Double]
  /// Scores by all signals of the texts; higher is more useful.
  let scores: [Double]
  /// Raw values by signal; signals that could not be computed are missing.
  let signals: [[(signal: UtilitySignal, value: Double)]]
  let calibrationCase: CalibrationCase

  init(
    _ query: CandidateQuery, _ similarities: Similarities, in file: inout FileTexts
  ) {
    let read = zip(query.questions, similarities.questions).map {
      ExtractiveSignals($0, query, $1, in: &file)
    }
    let own = read[0]
    let weights = UtilityWeights.shipped
    func score(_ signals: ExtractiveSignals, _ index: Int) -> Double {
      signals.values(of: index).reduce(0) { $0 + weights.scored($1.signal, $1.value) }
    }
    topical = query.passages.indices.map {
      weights.scored(.dense, own.dense[$0]) + weights.scored(.lexical, own.lexical[$0])
    }
    var signals: [[(signal: UtilitySignal, value: Double)]] = []
    // Each passage is compared with the answer that gives it the highest score.
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
    self.signals = signals
    scores = signals.map { $0.reduce(0) { $0 + weights.scored($1.signal, $1.value) } }
    calibrationCase = CalibrationCase(hasAnswers: !answers.isEmpty)
  }
}

extension ExtractiveSignals {
  func values(of index: Int) -> [(signal: UtilitySignal, value: Double)] {
    [
      (.dense, dense[index]), (.lexical, lexical[index]), (.residual, residual[index]),
      (.bridge, bridge[index]), (.cue, cue[index]),
    ]
  }
}
