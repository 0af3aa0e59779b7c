import PassageUtility
import ModelJudging
import ModelInterfaces

/// Scores and decisions for all queries of a file, one of each per query.
struct QueryAssessments {
  let scores: [UtilityScores]
  let decisions: [PassageAssessments]
  /// How far the judge was believed; nil where nobody judged.
  let reliability: JudgeReliability?

  /// - Parameter judgements: one per query, nil for those that have none; empty where nobody judged.
  init(
    _ queries: [CandidateQuery], similarities: [Similarities], likelihoods: [Likelihoods]?,
    judgements: [QueryJudgement?]
  ) {
    var scores = UtilityScores.of(queries, similarities: similarities, likelihoods: likelihoods)
    let judged = judgements.map { $0?.passages.map(\.score) }
    reliability =
      judgements.isEmpty ? nil : JudgeReliability.estimate(scores.map(\.utility), judged: judged)
    if let reliability {
      for (index, judgement) in judged.enumerated() {
        if let judgement {
          scores[index] = scores[index].joined(judged: judgement, by: reliability)
        }
      }
    }
    let noise = LabelNoise.estimate(
      // Gold labels say nothing of the others.
      queries.map { query in query.isLabelledUseful.map { query.isTrusted ? nil : $0 } },
      scores.map(\.utility))
    self.scores = scores
    decisions = queries.indices.map { index in
      let judgement = judgements.isEmpty ? nil : judgements[index]
      return PassageAssessments(
        scores[index], labels: queries[index].isLabelledUseful, noise: noise,
        isTrusted: queries[index].isTrusted, selected: judgement?.passages.map(\.isUseful))
    }
  }
}
