import Foundation
import ModelInterfaces
import Synchronization
import PassageUtility
import ModelJudging

/// Asks a language model how likely queries and answers are after passages.
///
/// METHODS.md, section 4: the prompt is `Passage: …`, `Question: …`, `Answer: …`, a line each; where the model is
/// large enough, it is also asked whether the passage contains the answer, in the same pass.
struct LikelihoodScoring {
  let model: any LanguageModel
  /// Whether the model is asked, of queries without answers, if a passage contains one.
  let asksForAnswers: Bool

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
  /// Weights from which on a model is asked whether a passage contains the answer: at 135 million its reply is
  /// chance, at 1.5 billion it adds to everything else. Between, nothing was measured.
  static let askedFrom = 1_000_000_000
  /// Tokens per character from which on a text is spelled rather than read. Byte-level tokenizers give
  /// 0.2 to 0.4 for languages they were made with, and 1 or more for scripts that they know as bytes.
  static let spelledFrom = 0.75

  /// - Parameter progress: called with the bytes read, and of all, on any thread: queries differ in length
  ///   and share passages, and an estimate of the time left goes by this.
  /// - Complexity: O(tokens), and all the time there is.
  func score(
    _ queries: [CandidateQuery], progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> Outcome {
    var outcome = Outcome()
    let blocks = stride(from: 0, to: queries.count, by: Self.queriesPerCall).map {
      queries[$0..<min($0 + Self.queriesPerCall, queries.count)]
    }
    let work = blocks.map(\.bytesRead)
    let total = work.reduce(0, +)
    var done = 0
    for (block, bytes) in zip(blocks, work) {
      progress?(done, total)
      let asked = try block.map {
        Questions($0, isForeign: try isForeign($0.text), asksForAnswers: asksForAnswers)
      }
      let continuations = asked.flatMap(\.continuations)
      let read = Mutex(0)
      let before = done
      let scores = try model.scores(of: continuations) { _, _ in
        let count = read.withLock { count in
          count += 1
          return count
        }
        progress?(before + bytes * count / continuations.count, total)
      }
      var next = 0
      for questions in asked {
        let end = next + questions.continuations.count
        let (likelihoods, truncated) = questions.read(Array(scores[next..<end]))
        next = end
        outcome.values.append(likelihoods)
        outcome.truncated.append(truncated)
        outcome.isForeign.append(questions.isForeign)
      }
      done += bytes
    }
    progress?(total, total)
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

extension Sequence<CandidateQuery> {
  /// How much is read of them in one call, in bytes of UTF-8: every passage once, and for each time that it
  /// stands with a query, the query and its longest answer.
  fileprivate var bytesRead: Int {
    var passages: Set<String> = []
    var bytes = 0
    for query in self {
      let behind = query.text.utf8.count + (query.answers.map(\.utf8.count).max() ?? 0)
      for passage in query.passages {
        bytes += behind
        if passages.insert(passage).inserted { bytes += passage.utf8.count }
      }
    }
    return bytes
  }
}

/// What is asked about one query, and how the scores are read.
private struct Questions {
  let isForeign: Bool
  private(set) var continuations: [Continuation] = []
  private let answerCount: Int
  private let asksForAnswers: Bool
  /// By passage: whether it is asked about at all.
  private let isAsked: [Bool]

  init(_ query: CandidateQuery, isForeign: Bool, asksForAnswers: Bool) {
    self.isForeign = isForeign
    let answers = query.answers
    answerCount = answers.count
    self.asksForAnswers = asksForAnswers && answers.isEmpty
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
      if answers.isEmpty, asksForAnswers {
        for reply in [" Yes", " No"] {
          continuations.append(
            Continuation([asked, .unscored(Self.question), .scored(reply)], after: prefix))
        }
      } else if answers.isEmpty {
        continuations.append(Continuation([asked], after: prefix))
      }
      for answer in answers {
        continuations.append(
          Continuation([asked, .unscored("\nAnswer:"), .scored(" \(answer)")], after: prefix))
      }
    }
  }

  private static let question =
    "\nDoes the passage contain the answer to the question, yes or no?\nAnswer:"

  /// From the log-probabilities of both replies.
  private static func difference(_ yes: Double, _ no: Double) -> Double { tanh((yes - no) / 2) }

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
        Likelihoods(
          query: none, answerGain: answerCount > 0 ? none : [],
          containsAnswer: asksForAnswers ? none : []),
        isAsked.map { _ in false }
      )
    }
    let alone = (0..<answerCount).map { _ in take()[0].meanPerToken }
    var query: [Double?] = []
    var gains: [Double?] = []
    var contained: [Double?] = []
    var truncated: [Bool] = []
    for isAsked in isAsked {
      guard isAsked else {
        query.append(nil)
        if answerCount > 0 { gains.append(nil) }
        if asksForAnswers { contained.append(nil) }
        truncated.append(false)
        continue
      }
      let own = (0..<(asksForAnswers ? 2 : max(1, answerCount))).map { _ in take() }
      query.append(own[0][0].meanPerToken)
      if asksForAnswers { contained.append(Self.difference(own[0][1].sum, own[1][1].sum)) }
      if answerCount > 0 {
        gains.append(zip(own, alone).map { $0[1].meanPerToken - $1 }.max())
      }
      let wasCut = own.contains { $0.contains { $0.cutPrefixTokens > 0 } }
      truncated.append(wasCut)
    }
    return (
      Likelihoods(query: query, answerGain: gains, containsAnswer: contained), truncated
    )
  }
}
