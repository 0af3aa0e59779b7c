import Foundation
import ModelInterfaces
import Synchronization
import PassageUtility

/// Asks a language model how likely queries and answers are after passages.
///
/// The prompt has the lines `Passage: …`, `Question: …` and `Answer: …`. If the model is large enough, it
/// is also asked in the same pass whether the passage contains the answer. docs/METHODS.md, section 4.
struct LikelihoodScoring {
  let model: any LanguageModel
  /// Whether the model is asked, for queries without answers, if a passage contains the answer.
  let asksForAnswers: Bool

  /// The likelihoods of one query.
  struct Outcome: Equatable {
    var likelihoods: Likelihoods
    /// Whether each passage was cut at the model's limit.
    var truncated: [Bool]
    /// Whether the query is in a language that the model cannot read, so that the model was not asked.
    var isUnsupportedLanguage: Bool
  }

  /// How many queries one call is about: enough to keep every thread busy, few enough to show progress.
  static let queriesPerCall = 16
  /// The least number of weights with which a model is asked whether a passage contains the answer. With
  /// 135 million weights its reply is no better than chance, with 1.5 billion it improves the scores;
  /// nothing between was measured.
  static let leastParametersToAsk = 1_000_000_000
  /// From this number of tokens per character on, the model spells a text and cannot read it. Byte-level
  /// tokenizers give 0.2 to 0.4 for languages they were trained with, and 1 or more for scripts that they
  /// know only as bytes.
  static let leastSpellingRate = 0.75

  /// Computes the likelihoods of queries after some of their passages.
  ///
  /// - Parameters:
  ///   - isRead: whether the model reads each passage, per query and passage. A passage without a text is
  ///     never read.
  ///   - progress: called with the bytes read and the bytes of all queries, on any thread. Queries differ in
  ///     length and share passages, so an estimate of the remaining time needs bytes.
  /// - Returns: one outcome per query; nil for a query of which no passage is to be read.
  /// - Complexity: O(tokens); this takes most of the time of a run.
  func score(
    _ queries: [CandidateQuery], isRead: [[Bool]], progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> [Outcome?] {
    precondition(queries.count == isRead.count, "a choice for every query")
    var outcomes = [Outcome?](repeating: nil, count: queries.count)
    let places = queries.indices.filter { isRead[$0].contains(true) }
    let blocks = stride(from: 0, to: places.count, by: Self.queriesPerCall).map {
      places[$0..<min($0 + Self.queriesPerCall, places.count)]
    }
    let work = blocks.map { block in
      Self.bytesRead(block.map { (queries[$0], isRead[$0]) })
    }
    let total = work.reduce(0, +)
    var done = 0
    for (block, bytes) in zip(blocks, work) {
      progress?(done, total)
      let asked = try block.map {
        Questions(
          queries[$0], isRead: isRead[$0],
          isUnsupportedLanguage: try isUnsupportedLanguage(queries[$0].text),
          asksForAnswers: asksForAnswers)
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
      for (place, questions) in zip(block, asked) {
        let end = next + questions.continuations.count
        let (likelihoods, truncated) = questions.read(Array(scores[next..<end]))
        next = end
        outcomes[place] = Outcome(
          likelihoods: likelihoods, truncated: truncated,
          isUnsupportedLanguage: questions.isUnsupportedLanguage)
      }
      done += bytes
    }
    progress?(total, total)
    return outcomes
  }

  private func isUnsupportedLanguage(_ text: String) throws -> Bool {
    let characters = text.count { !$0.isWhitespace }
    return Double(try model.tokens(of: text).count) > Self.leastSpellingRate * Double(characters)
      && characters >= Self.fewestCharacters
  }

  /// With fewer characters, the number of tokens per character has no meaning.
  private static let fewestCharacters = 8
}

extension LikelihoodScoring {
  /// How much the model reads in one call about these queries, in bytes of UTF-8: every different passage
  /// once, and for every passage that it reads, the query and its longest answer.
  fileprivate static func bytesRead(_ queries: [(CandidateQuery, isRead: [Bool])]) -> Int {
    var passages: Set<String> = []
    var bytes = 0
    for (query, isRead) in queries {
      let behind = query.text.utf8.count + (query.answers.map(\.utf8.count).max() ?? 0)
      for (passage, isRead) in zip(query.passages, isRead) where isRead {
        bytes += behind
        if passages.insert(passage).inserted { bytes += passage.utf8.count }
      }
    }
    return bytes
  }
}

/// The questions to the model about one query, and the reading of their scores.
private struct Questions {
  let isUnsupportedLanguage: Bool
  private(set) var continuations: [Continuation] = []
  private let answerCount: Int
  private let asksForAnswers: Bool
  /// Whether the model is asked about each passage.
  private let isAsked: [Bool]

  init(
    _ query: CandidateQuery, isRead: [Bool], isUnsupportedLanguage: Bool, asksForAnswers: Bool
  ) {
    self.isUnsupportedLanguage = isUnsupportedLanguage
    let answers = query.answers
    answerCount = answers.count
    self.asksForAnswers = asksForAnswers && answers.isEmpty
    isAsked = zip(query.passages, isRead).map { passage, isRead in
      isRead && !isUnsupportedLanguage && !passage.allSatisfy(\.isWhitespace)
    }
    guard isAsked.contains(true) else { return }
    for answer in answers {
      continuations.append(
        Continuation(" \(answer)", after: Prefix("", ending: "Question: \(query.text)\nAnswer:")))
    }
    // The model scores query and answer in one pass, and reads the text before them once for all answers.
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

  /// (P("Yes") − P("No")) / (P("Yes") + P("No")) from the log-probabilities of both replies.
  private static func difference(_ yes: Double, _ no: Double) -> Double { tanh((yes - no) / 2) }

  /// Reads the likelihoods of the query.
  ///
  /// - Parameter scores: the scores of each continuation's scored segments; empty if nothing was asked.
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
