import Synchronization

/// A causal language model that computes how likely one text is after another.
///
/// A score depends on its own `Continuation` alone: never on the others of the call, their order, or
/// the number of threads.
package protocol LanguageModel: Sendable {
  /// Names everything that can change a score: model digest, arithmetic, token limit and instruction
  /// set. Two models with the same identity give the same bytes for the same continuation.
  var identity: String { get }
  /// The most tokens that a prefix and its continuation may have together; the model cuts longer ones.
  var contextTokens: Int { get }
  /// The tokens of a text, without those that the model needs before every text. A special token that
  /// is spelt out in the text (`<|im_end|>`) is text like any other.
  func tokens(of text: String) throws -> [Int32]
  /// The log-likelihood of every scored segment of every continuation, in the order given. The model
  /// computes equal prefixes only once.
  /// - Parameter each: called with a continuation's index and scores as soon as they are computed; on
  ///   any thread, and in any order.
  /// - Throws: `ModelError` of kind `unusableText` for a scored segment without tokens.
  func scores(
    of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
  ) throws -> [[LogLikelihood]]
}

extension LanguageModel {
  package func scores(of continuations: [Continuation]) throws -> [[LogLikelihood]] {
    try scores(of: continuations, each: nil)
  }

  /// The log-likelihoods of continuations with one scored segment each.
  /// - Parameter progress: called after each continuation with the number of continuations done so
  ///   far; on any thread.
  package func logLikelihoods(
    of continuations: [Continuation], progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> [LogLikelihood] {
    let done = Mutex(0)
    let scores = try scores(of: continuations) { _, _ in
      progress?(
        done.withLock { done in
          done += 1
          return done
        })
    }
    return scores.map { scores in
      guard scores.count == 1 else { preconditionFailure("one segment of each is scored") }
      return scores[0]
    }
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

/// The text before a continuation. It has two parts: a text that the model may cut at its end, such
/// as a passage, and an ending that it keeps, such as the rest of a prompt. The model turns each part
/// into tokens separately.
package struct Prefix: Sendable, Hashable {
  package let text: String
  package let ending: String

  package init(_ text: String, ending: String = "") {
    self.text = text
    self.ending = ending
  }
}

/// The segments that follow a prefix: texts that the model scores, and texts between them that it
/// only reads. The model turns each segment into tokens separately, so the space between two words
/// belongs to the start of the later segment: `"Answer:"`, then `" Paris"`.
package struct Continuation: Sendable, Hashable {
  package struct Segment: Sendable, Hashable {
    package let text: String
    package let isScored: Bool

    package static func scored(_ text: String) -> Segment { Segment(text: text, isScored: true) }
    package static func unscored(_ text: String) -> Segment { Segment(text: text, isScored: false) }
  }

  package let prefix: Prefix
  package let segments: [Segment]

  /// A continuation of one scored text.
  package init(_ text: String, after prefix: Prefix) {
    self.init([.scored(text)], after: prefix)
  }

  /// A continuation of several segments, which the model runs once and in order. If the model does
  /// not have to cut anything, a segment's score is the same to the bit whatever follows the segment.
  package init(_ segments: [Segment], after prefix: Prefix) {
    precondition(segments.contains(where: \.isScored), "a segment is scored")
    self.prefix = prefix
    self.segments = segments
  }
}

/// How likely a scored segment is.
package struct LogLikelihood: Sendable, Equatable {
  /// Σ log P(token | all text before it), natural logarithm; never positive, higher is more likely.
  package let sum: Double
  /// How many tokens were scored; at least one.
  package let tokens: Int
  /// How many tokens the model left out at the end of the prefix's text, and at the start of its
  /// ending if the ending alone was too long.
  package let cutPrefixTokens: Int
  /// How many tokens the model left out at the end of the segment.
  package let cutTokens: Int

  package init(sum: Double, tokens: Int, cutPrefixTokens: Int, cutTokens: Int) {
    precondition(tokens > 0, "a scored segment has tokens")
    self.sum = sum
    self.tokens = tokens
    self.cutPrefixTokens = cutPrefixTokens
    self.cutTokens = cutTokens
  }

  /// The mean per token, so that long texts do not score lower than short ones for their length alone.
  package var meanPerToken: Double { sum / Double(tokens) }
  package var wasCut: Bool { cutPrefixTokens > 0 || cutTokens > 0 }
}
