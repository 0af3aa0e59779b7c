import Foundation

/// What a score is made of. Raw values differ in kind, so that each has a unit: a typical difference
/// within a query.
package enum UtilitySignal: String, CaseIterable, Sendable, Comparable {
  /// The five of the texts: see `ExtractiveSignals`. Where a query has answers, they are read from query
  /// and answer together.
  case dense, lexical, residual, bridge, cue
  /// Whether the passage contains an answer to the word: 0 or 1.
  case answer
  /// A language model's likelihood of the query, standardised within the query.
  case likelihood
  /// What the passage adds to a language model's likelihood of the answer, standardised within the
  /// query.
  case answerGain = "answer_gain"
  /// How much rather a language model says "Yes" than "No" where it is asked whether the passage contains the
  /// answer: −1…1.
  case containsAnswer = "contains_answer"
  /// What a language model said of the passage when asked: 0…1, `PassageJudgement.score`.
  case judge

  /// Typical differences within a query, measured on the development sets.
  var unit: Double {
    switch self {
    case .dense: ExtractiveSignals.denseUnit
    case .lexical: ExtractiveSignals.lexicalUnit
    case .residual: 0.14
    case .bridge, .cue: 0.10
    case .answer, .likelihood, .answerGain, .containsAnswer, .judge: 1
    }
  }

  /// What is weighed: the value itself, or of a difference of two probabilities the logarithm of their ratio.
  func measure(_ value: Double) -> Double {
    guard self == .containsAnswer else { return value }
    let sure = 1 - 1e-6
    return 2 * atanh(min(max(value, -sure), sure))
  }

  package static func < (left: UtilitySignal, right: UtilitySignal) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}
