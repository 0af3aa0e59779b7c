import ModelJudging
import PassageUtility
import Report

/// What a language model says about passages that the texts left undecided; every list has one entry per
/// query, nil for a query of which it saw no passage.
enum ModelEvidence {
  /// No model was asked.
  case none
  case likelihoods([LikelihoodScoring.Outcome?])
  case judgements([JudgedQuery?])

  /// The judgements of a query's passages; nil for a query without any.
  func judged(_ query: Int) -> [PassageJudgement?]? {
    guard case .judgements(let judged) = self, let judged = judged[query],
      judged.outcome.judgement != nil
    else { return nil }
    return judged.passages
  }

  func likelihoods(_ query: Int) -> LikelihoodScoring.Outcome? {
    guard case .likelihoods(let outcomes) = self else { return nil }
    return outcomes[query]
  }

  /// How the judge was asked about a query; nil if it was not.
  func judging(_ query: Int) -> JudgingOutcome? {
    guard case .judgements(let judged) = self else { return nil }
    return judged[query]?.outcome
  }
}

extension RetrievalFacts.CascadeFacts {
  /// - Parameters:
  ///   - isAsked: whether the model was asked about each passage, per query and passage.
  ///   - texts: the scores before the model was asked.
  init(
    _ queries: [CandidateQuery], isAsked: [[Bool]], texts: [UtilityScores],
    assessed: QueryAssessments
  ) {
    var (asked, spared, changed, moved) = (0, 0, 0, 0.0)
    for index in queries.indices {
      let (before, after) = (texts[index].utility, assessed.scores[index].utility)
      for (place, isAsked) in isAsked[index].enumerated() {
        if isAsked {
          asked += 1
          moved += abs(after[place] - before[place])
        } else if before[place] > 0 {
          spared += 1
        }
      }
      changed += zip(PassageAssessments.usefulSet(before), assessed.assessments[index].isUseful)
        .count { $0 != $1 }
    }
    let queriesAsked = isAsked.count { $0.contains(true) }
    self.init(
      asked: asked, spared: spared, queriesAsked: queriesAsked,
      queriesSpared: texts.count { $0.utility.contains { $0 > 0 } } - queriesAsked,
      changed: changed, meanChange: asked > 0 ? moved / Double(asked) : 0)
  }
}
