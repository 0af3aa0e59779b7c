import Inference
import Utility

/// Asks a language model how likely queries and answers are after passages.
///
/// METHODS.md, section 4: the prompt is `Passage: …`, `Question: …`, `Answer: …`, a line each.
struct LikelihoodScoring {
  let model: any LanguageModel

  /// What came of the queries, one entry each.
  struct Outcome {
    var values: [Likelihoods] = []
    /// Whether a passage was cut at the model's limit.
    var truncated: [[Bool]] = []
    /// Whether the query is in a language that the model cannot read, so that it was not asked.
    var isForeign: [Bool] = []
  }

  /// Queries asked about at once: enough to keep every thread busy, few enough to show progress.
  static let queriesPerCall = 16
  /// Tokens per character from which on a text is spelled rather than read. Byte-level tokenizers give
  /// 0.2 to 0.4 for languages they were made with, and 1 or more for scripts that they know as bytes.
  static let spelledFrom = 0.75

  /// - Parameter progress: called with the number of queries done, and of all.
  /// - Complexity: O(tokens), and all the time there is.
  func score(
    _ queries: [CandidateQuery], progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> Outcome {
    var outcome = Outcome()
    for start in stride(from: 0, to: queries.count, by: Self.queriesPerCall) {
      progress?(start, queries.count)
      let block = queries[start..<min(start + Self.queriesPerCall, queries.count)]
      let asked = try block.map { Questions($0, isForeign: try isForeign($0.text)) }
      let scores = try model.scores(of: asked.flatMap(\.continuations))
      var next = 0
      for questions in asked {
        let end = next + questions.continuations.count
        let (likelihoods, truncated) = questions.read(Array(scores[next..<end]))
        next = end
        outcome.values.append(likelihoods)
        outcome.truncated.append(truncated)
        outcome.isForeign.append(questions.isForeign)
      }
    }
    progress?(queries.count, queries.count)
    return outcome
  }

  private func isForeign(_ text: String) throws -> Bool {
    let characters = text.count { !$0.isWhitespace }
    return Double(try model.tokens(of: text).count) > Self.spelledFrom * Double(characters)
      && characters >= Self.fewestCharacters
  }

  /// Of fewer characters the rate of tokens says nothing.
  private static let fewestCharacters = 8
}

/// What is asked about one query, and how the scores are read.
private struct Questions {
  let isForeign: Bool
  private(set) var continuations: [Continuation] = []
  private let answerCount: Int
  /// By passage: whether it is asked about at all.
  private let isAsked: [Bool]

  init(_ query: CandidateQuery, isForeign: Bool) {
    self.isForeign = isForeign
    let answers = query.answers
    answerCount = answers.count
    isAsked = query.passages.map { !isForeign && !$0.allSatisfy(\.isWhitespace) }
    guard isAsked.contains(true) else { return }
    for answer in answers {
      continuations.append(
        Continuation(" \(answer)", after: Prefix("", ending: "Question: \(query.text)\nAnswer:")))
    }
    // Query and answer are scored in one pass, and what stands before them once for all answers.
    for (passage, isAsked) in zip(query.passages, isAsked) where isAsked {
      let prefix = Prefix("Passage: \(passage)", ending: "\nQuestion:")
      let asked = Continuation.Segment.scored(" \(query.text)")
      if answers.isEmpty { continuations.append(Continuation([asked], after: prefix)) }
      for answer in answers {
        continuations.append(
          Continuation([asked, .unscored("\nAnswer:"), .scored(" \(answer)")], after: prefix))
      }
    }
  }

  /// - Parameter scores: of the scored segments of each continuation.
  func read(_ scores: [[LogLikelihood]]) -> (Likelihoods, truncated: [Bool]) {
    var next = 0
    func take() -> [LogLikelihood] {
      next += 1
      return scores[next - 1]
    }
    guard !scores.isEmpty else {
      let none = isAsked.map { _ in Double?.none }
      return (
        Likelihoods(query: none, answerGain: answerCount > 0 ? none : []),
        isAsked.map { _ in false }
      )
    }
    let alone = (0..<answerCount).map { _ in take()[0].meanPerToken }
    var query: [Double?] = []
    var gains: [Double?] = []
    var truncated: [Bool] = []
    for isAsked in isAsked {
      guard isAsked else {
        query.append(nil)
        if answerCount > 0 { gains.append(nil) }
        truncated.append(false)
        continue
      }
      let own = (0..<max(1, answerCount)).map { _ in take() }
      query.append(own[0][0].meanPerToken)
      if answerCount > 0 {
        gains.append(zip(own, alone).map { $0[1].meanPerToken - $1 }.max())
      }
      let wasCut = own.contains { $0.contains { $0.cutPrefixTokens > 0 } }
      truncated.append(wasCut)
    }
    return (Likelihoods(query: query, answerGain: gains), truncated)
  }
}
