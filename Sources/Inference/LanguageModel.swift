/// Says how likely a text is after another, by a causal language model.
///
/// A score depends on its own `Continuation` alone: never on the others of the call, their order, or
/// the number of threads.
package protocol LanguageModel: Sendable {
  /// Names everything that can change a score: model digest, arithmetic, limit and instruction set.
  /// Two models with one identity give the same bytes for the same continuation.
  var identity: String { get }
  /// The most tokens that a prefix and its continuation may have together; what is longer is cut.
  var contextTokens: Int { get }
  /// The tokens of a text, without any that the model wants before every text. Special tokens that
  /// are spelt out in the text (`<|im_end|>`) are recognised.
  func tokens(of text: String) throws -> [Int32]
  /// The log-likelihood of every continuation after its prefix, in the order given. Equal prefixes
  /// are computed once.
  /// - Parameter progress: called now and then with the number of continuations done so far.
  /// - Throws: `InferenceError` of kind `unusableText` for a continuation without tokens.
  func logLikelihoods(
    of continuations: [Continuation], progress: (@Sendable (Int) -> Void)?
  ) throws -> [LogLikelihood]
}

extension LanguageModel {
  package func logLikelihoods(of continuations: [Continuation]) throws -> [LogLikelihood] {
    try logLikelihoods(of: continuations, progress: nil)
  }

  /// The log-likelihood of one text after another.
  package func logLikelihood(
    of continuation: String, after prefix: Prefix
  ) throws -> LogLikelihood {
    let scores = try logLikelihoods(of: [Continuation(continuation, after: prefix)])
    guard let score = scores.first else { preconditionFailure("every continuation has a score") }
    return score
  }
}

/// What stands before a continuation: a text that may be cut at its end, such as a passage, and an
/// ending that is kept, such as the rest of a prompt. The two are turned into tokens apart.
package struct Prefix: Sendable, Hashable {
  package let text: String
  package let ending: String

  package init(_ text: String, ending: String = "") {
    self.text = text
    self.ending = ending
  }
}

/// A text to be scored after a prefix. The two are turned into tokens apart, so the blank between
/// words belongs to the start of the continuation: `"Answer:"`, then `" Paris"`.
package struct Continuation: Sendable, Hashable {
  package let prefix: Prefix
  package let text: String

  package init(_ text: String, after prefix: Prefix) {
    self.prefix = prefix
    self.text = text
  }
}

/// How likely a continuation is.
package struct LogLikelihood: Sendable, Equatable {
  /// Σ log P(token | what stands before it), natural logarithm; never positive, higher is likelier.
  package let sum: Double
  /// Tokens scored; at least one.
  package let tokens: Int
  /// Tokens left out at the end of the prefix's text, and of its ending's start where that alone was
  /// too long.
  package let cutPrefixTokens: Int
  /// Tokens left out at the end of the continuation.
  package let cutTokens: Int

  /// The mean per token, which does not punish length.
  package var meanPerToken: Double { sum / Double(tokens) }
  package var wasCut: Bool { cutPrefixTokens > 0 || cutTokens > 0 }
}
