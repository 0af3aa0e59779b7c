import Report
import Utility

/// Scores and decisions for all queries of a file, from everything that was found out about them.
struct UtilityAssessment {
  /// One per query.
  let scores: [UtilityScores]
  let decisions: [UtilityDecisions]
  /// What a judge said; nil where none was asked.
  let outcomes: [JudgeOutcome]?
  /// Whether the file's own labels shaped the weights.
  let isRefitted: Bool
  let weights: UtilityWeights

  init(
    _ queries: [CandidateQuery], similarities: [Similarities], likelihoods: [Likelihoods]?,
    outcomes: [JudgeOutcome]?
  ) {
    var scores = UtilityScores.of(queries, similarities: similarities, likelihoods: likelihoods)
    for (index, outcome) in (outcomes ?? []).enumerated() {
      if let judgement = outcome.judgement { scores[index].join(judgement) }
    }
    let noise = LabelNoise.estimate(queries.map(\.isLabelledUseful), scores.map(\.utility))
    decisions = queries.indices.map { index in
      UtilityDecisions(
        scores[index], labels: queries[index].isLabelledUseful, noise: noise,
        selected: outcomes?[index].judgement.map { $0.passages.map(\.isUseful) })
    }
    self.scores = scores
    self.outcomes = outcomes
    isRefitted = false
    weights = .shipped
  }
}
