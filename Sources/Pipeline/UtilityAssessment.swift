import Utility

/// Scores and decisions for all queries of a file, one of each per query.
struct UtilityAssessment {
  let scores: [UtilityScores]
  let decisions: [UtilityDecisions]

  init(
    _ queries: [CandidateQuery], similarities: [Similarities], likelihoods: [Likelihoods]?
  ) {
    let scores = UtilityScores.of(queries, similarities: similarities, likelihoods: likelihoods)
    let noise = LabelNoise.estimate(queries.map(\.isLabelledUseful), scores.map(\.utility))
    self.scores = scores
    decisions = zip(queries, scores).map {
      UtilityDecisions($1, labels: $0.isLabelledUseful, noise: noise, isTrusted: $0.isTrusted)
    }
  }
}
