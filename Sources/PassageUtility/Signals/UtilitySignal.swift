import Foundation

/// The signals that a score combines; for all of them, higher is more useful. Their raw values have
/// different scales, so each signal has a unit: a typical difference within a query.
package enum UtilitySignal: String, CaseIterable, Sendable, Comparable {
  /// The five signals of the texts: see `ExtractiveSignals`. If a query has answers, they are computed from
  /// query and answer together.
  case dense, lexical, residual, bridge, cue
  /// Whether the passage contains an answer word for word: 0 or 1.
  case answer
  /// A language model's likelihood of the query, above the mean of the query's passages that the model read;
  /// see `LikelihoodScale`.
  case likelihood
  /// How much the passage raises a language model's likelihood of the answer, likewise.
  case answerGain = "answer_gain"
  /// How much more likely a language model replies "Yes" than "No" to the question whether the passage
  /// contains the answer: −1…1, `Likelihoods.containsAnswer`.
  case containsAnswer = "contains_answer"
  /// A language model's judgement of the passage: 0…1, `PassageJudgement.score`.
  case judge

  /// A typical difference within a query, measured on the development sets.
  var unit: Double {
    switch self {
    case .dense: ExtractiveSignals.denseUnit
    case .lexical: ExtractiveSignals.lexicalUnit
    case .residual: 0.14
    case .bridge, .cue: 0.10
    case .answer, .likelihood, .answerGain, .containsAnswer, .judge: 1
    }
  }

  /// The value that is multiplied by the signal's weight: the raw value itself, or for `containsAnswer`
  /// the log-odds, ln P("Yes") − ln P("No").
  func measure(_ value: Double) -> Double {
    guard self == .containsAnswer else { return value }
    let sure = 1 - 1e-6
    return 2 * atanh(min(max(value, -sure), sure))
  }

  package static func < (left: UtilitySignal, right: UtilitySignal) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}
