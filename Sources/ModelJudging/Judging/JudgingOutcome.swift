package import ModelInterfaces

/// What came of asking a model about one query's passages.
package struct JudgingOutcome: Sendable, Equatable {
  /// Nil where too much failed; `reason` says what.
  package let judgement: QueryJudgement?
  /// Why there is no judgement, in words; nil where there is one.
  package let reason: String?
  /// How many conversations were begun.
  package let calls: Int
  /// Everything that failed, in order, whether or not there is a judgement in spite of it.
  package let failures: [StepFailure]
}

/// A model's judgement on one query's passages.
package struct QueryJudgement: Sendable, Equatable {
  package enum AnswerSource: String, Sendable {
    /// The record's own.
    case given
    /// The model's, from the passages that it found relevant.
    case generated
  }

  /// In the record's order; equal passages have equal judgements.
  package let passages: [PassageJudgement]
  /// What utility was judged by; nil where nothing was relevant and the record has no answer.
  package let answer: String?
  package let answerSource: AnswerSource?
}

/// A model's judgement on one passage.
package struct PassageJudgement: Sendable, Equatable {
  /// Whether it is on the query's subject; nil where the model's reply could not be had or read, and
  /// the passage went on to the next step unjudged.
  package let isRelevant: Bool?
  /// Whether it was chosen to answer from.
  package let isUseful: Bool
  /// Place in the ranking, from 1, the most useful first; nil where there is none.
  package let rank: Int?
  /// 0…1, high is more useful: the mean of the share of rounds in which it was found relevant (a round
  /// without a readable reply counts half) and of its utility: with a selection 1 if selected, with a
  /// ranking of m (m − rank + 1) / m, and otherwise 0.
  package let score: Double
  /// Whether the model saw only its beginning.
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
  }

  package enum Cause: Sendable, Equatable {
    /// There was no reply.
    case generation(GenerationError)
    /// There was one that says nothing usable: why, and how it begins.
    case unreadable(String, excerpt: String)
  }

  package let step: Step
  package let cause: Cause

  package init(_ step: Step, _ cause: Cause) {
    self.step = step
    self.cause = cause
  }

  /// A reply that could not be read; shows its beginning on one line.
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

  /// Enough to see what kind of reply it was.
  private static let excerptWords = 20
  private static let excerptLength = 120
}
