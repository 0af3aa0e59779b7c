import Foundation
import Synchronization
import Testing
import PassageUtility
import ModelInterfaces

@testable import Pipeline

@Suite struct LikelihoodScoringTests {
  /// A model for which "Yes" is more likely the more often a passage says "gold", and every other text is
  /// equally likely.
  private struct Fake: LanguageModel {
    var identity: String { "fake" }
    var contextTokens: Int { 100 }
    func tokens(of text: String) -> [Int32] { text.split(separator: " ").map { _ in 1 } }

    func scores(
      of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
    ) -> [[LogLikelihood]] {
      continuations.enumerated().map { index, continuation in
        let gold = continuation.prefix.text.components(separatedBy: "gold").count - 1
        let scores = continuation.segments.filter(\.isScored).map { segment in
          let sum = segment.text == " Yes" ? Double(gold) - 3 : -3
          return LogLikelihood(sum: sum, tokens: 1, cutPrefixTokens: 0, cutTokens: 0)
        }
        each?(index, scores)
        return scores
      }
    }
  }

  private static let queries = [
    CandidateQuery(text: "Where is the gold?", passages: ["gold", "gold gold", "lead", " "]),
    CandidateQuery(
      text: "Where is the lead?", passages: ["gold", "lead"], answers: ["here", "there"]),
    CandidateQuery(text: "Where is nothing?", passages: []),
  ]

  private static func score(
    asksForAnswers: Bool, isRead: [[Bool]]? = nil
  ) throws -> [LikelihoodScoring.Outcome?] {
    try LikelihoodScoring(model: Fake(), asksForAnswers: asksForAnswers).score(
      queries, isRead: isRead ?? queries.map { $0.passages.map { _ in true } })
  }

  /// Computed by hand: log-odds of 1, 2 and 0 give differences of tanh ½, tanh 1 and 0.
  @Test("a model that is large enough is asked whether a passage contains the answer") func asks()
    throws
  {
    let outcomes = try Self.score(asksForAnswers: true)
    let first = try #require(outcomes[0]).likelihoods
    let second = try #require(outcomes[1]).likelihoods
    let containsAnswer = first.containsAnswer
    #expect(containsAnswer.count == 4 && containsAnswer[3] == nil)
    for (found, expected) in zip(containsAnswer, [0.46212, 0.76159, 0]) {
      #expect(abs(try #require(found) - expected) < 0.00001)
    }
    #expect(first.query == [-3, -3, -3, nil])
    // A query with known answers has the likelihoods of the answers instead.
    #expect(second.containsAnswer.isEmpty)
    #expect(second.answerGain.count == 2)
    #expect(outcomes[2] == nil)
  }

  @Test("a smaller model is not asked whether a passage contains the answer")
  func doesNotAskSmallerModels() throws {
    let outcomes = try Self.score(asksForAnswers: false)
    #expect(outcomes.allSatisfy { $0?.likelihoods.containsAnswer.isEmpty ?? true })
    #expect(outcomes[0]?.likelihoods.query == [-3, -3, -3, nil])
  }

  @Test("only the passages that are chosen are read, and of a query without any nothing is said")
  func readsSome() throws {
    let outcomes = try Self.score(
      asksForAnswers: true, isRead: [[false, true, true, true], [false, false], []])
    let read = try #require(outcomes[0])
    #expect(read.likelihoods.query == [nil, -3, -3, nil])
    #expect(read.likelihoods.containsAnswer.map { $0 == nil } == [true, false, false, true])
    #expect(read.truncated.count == 4)
    #expect(outcomes[1] == nil && outcomes[2] == nil)
  }

  @Test("progress never goes back, and ends at the total") func progress() throws {
    let steps = Mutex<[(Int, Int)]>([])
    let many = (0..<50).map {
      CandidateQuery(text: "Question \($0)?", passages: ["shared passage", "passage \($0)"])
    }
    _ = try LikelihoodScoring(model: Fake(), asksForAnswers: false).score(
      many, isRead: many.map { _ in [true, true] }
    ) { done, total in
      steps.withLock { $0.append((done, total)) }
    }
    let seen = steps.withLock { $0 }
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.0 <= $1.0 })
    #expect(Set(seen.map(\.1)).count == 1)
    #expect(seen.first?.0 == 0 && seen.last?.0 == seen.last?.1)
    // Every passage of every query is a step.
    #expect(seen.count > 100)
  }
}
