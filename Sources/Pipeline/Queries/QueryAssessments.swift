import PassageUtility
import ModelJudging
import Rules

/// The scores and assessments of all queries of a file; every list has one entry per query.
struct QueryAssessments {
  let scores: [UtilityScores]
  let assessments: [PassageAssessments]
  /// The estimated reliability of the judge; nil if no judge was asked.
  let reliability: JudgeReliability?

  /// Computes the scores, combines them with the judgements, and assesses passages and labels.
  ///
  /// - Parameters:
  ///   - similarities: one per query.
  ///   - likelihoods: one per query; nil if no language model computed any.
  ///   - criteria: which passages are hard negatives.
  ///   - judgements: one per query, nil for a query without one; empty if no judge was asked.
  init(
    _ queries: [CandidateQuery], similarities: [Similarities], likelihoods: [Likelihoods]?,
    judgements: [QueryJudgement?], criteria: NegativeCriteria
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
      // Gold labels do not show how many of the others are wrong.
      queries.map { query in query.isLabelledUseful.map { query.isTrusted ? nil : $0 } },
      scores.map(\.utility))
    self.scores = scores
    assessments = queries.indices.map { index in
      let judgement = judgements.isEmpty ? nil : judgements[index]
      return PassageAssessments(
        scores[index], labels: queries[index].isLabelledUseful, noise: noise,
        isTrusted: queries[index].isTrusted, sameAs: queries[index].sameAs, criteria: criteria,
        selected: judgement?.passages.map(\.isUseful))
    }
  }
}

extension NegativeCriteria {
  /// What the rules say, and elsewhere the defaults.
  init(_ rules: UtilityRules.HardNegatives) {
    self.init()
    rangeMin = rules.rangeMin ?? rangeMin
    // A band that begins behind the usual end has no end.
    rangeMax = rules.rangeMax ?? (rangeMin < rangeMax ? rangeMax : .max)
    maxScore = rules.maxScore
    minScore = rules.minScore
    absoluteMargin = rules.absoluteMargin
    relativeMargin = rules.relativeMargin ?? relativeMargin
    numNegatives = rules.numNegatives
  }
}
