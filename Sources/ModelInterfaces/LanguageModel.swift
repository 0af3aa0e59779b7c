import Synchronization

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
  /// are spelt out in the text (`<|im_end|>`) are text like any other.
  func tokens(of text: String) throws -> [Int32]
  /// The log-likelihood of every scored segment of every continuation, in the order given. Equal
  /// prefixes are computed once.
  /// - Parameter each: called with a continuation's index and scores as soon as they are there; on
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
  /// - Parameter progress: called now and then with the number of continuations done so far.
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

/// What follows a prefix: texts to be scored, and others between them that are only read. Each is
/// turned into tokens by itself, so the blank between words belongs to the start of the later one:
/// `"Answer:"`, then `" Paris"`.
package struct Continuation: Sendable, Hashable {
  package struct Segment: Sendable, Hashable {
    package let text: String
    package let isScored: Bool

    package static func scored(_ text: String) -> Segment { Segment(text: text, isScored: true) }
    package static func unscored(_ text: String) -> Segment { Segment(text: text, isScored: false) }
  }

  package let prefix: Prefix
  package let segments: [Segment]

  /// One text, scored.
  package init(_ text: String, after prefix: Prefix) {
    self.init([.scored(text)], after: prefix)
  }

  /// Several segments, run once and in order. As long as nothing has to be cut, a segment's score is
  /// the same to the bit whatever follows it.
  package init(_ segments: [Segment], after prefix: Prefix) {
    precondition(segments.contains(where: \.isScored), "a segment is scored")
    self.prefix = prefix
    self.segments = segments
  }
}

/// How likely a scored segment is.
package struct LogLikelihood: Sendable, Equatable {
  /// Σ log P(token | what stands before it), natural logarithm; never positive, higher is likelier.
  package let sum: Double
  /// Tokens scored; at least one.
  package let tokens: Int
  /// Tokens left out at the end of the prefix's text, and of its ending's start where that alone was
  /// too long.
  package let cutPrefixTokens: Int
  /// Tokens left out at the end of the segment.
  package let cutTokens: Int

  package init(sum: Double, tokens: Int, cutPrefixTokens: Int, cutTokens: Int) {
    precondition(tokens > 0, "a scored segment has tokens")
    self.sum = sum
    self.tokens = tokens
    self.cutPrefixTokens = cutPrefixTokens
    self.cutTokens = cutTokens
  }

  /// The mean per token, which does not punish length.
  package var meanPerToken: Double { sum / Double(tokens) }
  package var wasCut: Bool { cutPrefixTokens > 0 || cutTokens > 0 }
}
