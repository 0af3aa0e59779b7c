package import ModelInterfaces

/// The outcome of asking a model about one query's passages.
package struct JudgingOutcome: Sendable, Equatable {
  /// Nil if a necessary step failed; then `reason` says which.
  package let judgement: QueryJudgement?
  /// Why there is no judgement, in words; nil if there is one.
  package let reason: String?
  /// How many conversations the judge began.
  package let calls: Int
  /// Every step that failed, in order. There may be a judgement in spite of them.
  package let failures: [StepFailure]
  /// The tokens of all replies and of their prompts.
  package var usage = TokenUsage()
}

/// A model's judgement of one query's passages.
package struct QueryJudgement: Sendable, Equatable {
  package enum AnswerSource: String, Sendable {
    /// The record has the answer.
    case given
    /// The model wrote the answer from the passages that it found relevant.
    case generated
  }

  /// One judgement per passage, in the record's order; equal passages have equal judgements.
  package let passages: [PassageJudgement]
  /// The answer by which the model judged utility; nil if no passage was relevant and the record has no
  /// answer.
  package let answer: String?
  package let answerSource: AnswerSource?
}

/// A model's judgement of one passage.
package struct PassageJudgement: Sendable, Equatable {
  /// Whether the passage is on the query's subject; nil if the model gave no reply or an unreadable one,
  /// so that the passage went on to the next step without a judgement of its relevance.
  package let isRelevant: Bool?
  /// Whether the model chose the passage as useful for answering the query.
  package let isUseful: Bool
  /// Place in the ranking, from 1, the most useful first; nil without a ranking.
  package let rank: Int?
  /// 0…1, higher is more useful: the mean of two numbers. The first is the share of rounds in which the
  /// model found the passage relevant; a round without a readable reply counts half. The second is the
  /// utility: with a selection 1 for a selected passage, with a ranking of m passages (m − rank + 1) / m,
  /// and otherwise 0.
  package let score: Double
  /// Whether the model saw only the beginning of the passage.
  package let wasCut: Bool
}

/// A step that failed.
package struct StepFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Step: String, Sendable {
    case relevanceSelection = "selection of relevant passages"
    case answer
    case utilitySelection = "selection of useful passages"
    case utilityRanking = "ranking of useful passages"
    case rating
    case labelChoice = "choice of a label"
  }

  package enum Cause: Sendable, Equatable {
    /// The model gave no reply.
    case generation(GenerationError)
    /// The reply cannot be used: the reason, and the beginning of the reply.
    case unreadable(String, excerpt: String)
  }

  package let step: Step
  package let cause: Cause

  package init(_ step: Step, _ cause: Cause) {
    self.step = step
    self.cause = cause
  }

  /// The failure of an unreadable reply, with the beginning of the reply on one line.
  init(_ step: Step, unreadable reason: String, _ reply: Reply) {
    let words = QuotedText(reply.text, words: Self.excerptWords).text
    let excerpt = words.split(separator: "\n").joined(separator: " ").prefix(Self.excerptLength)
    self.init(step, .unreadable(reason, excerpt: String(excerpt)))
  }

  package var description: String {
    switch cause {
    case .generation(let error): "\(step.rawValue): \(error)"
    case .unreadable(let reason, let excerpt):
      "\(step.rawValue): \(reason)" + (excerpt.isEmpty ? "" : "; it begins: \(excerpt)")
    }
  }

  /// Enough of a reply to see what kind it was.
  private static let excerptWords = 20
  private static let excerptLength = 120
}
