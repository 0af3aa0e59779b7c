import PassageUtility
import ModelJudging
import Rules

/// The scores and assessments of all queries of a file; every list has one entry per query.
struct QueryAssessments {
  let scores: [UtilityScores]
  let assessments: [PassageAssessments]
  /// The estimated reliability of the judge; nil if no judge was asked.
  let reliability: JudgeReliability?

  /// Combines the scores of the texts with what a language model says, and assesses passages and labels.
  ///
  /// - Parameters:
  ///   - texts: the scores of the texts, one per query.
  ///   - evidence: what a language model says.
  ///   - criteria: which passages are hard negatives.
  init(
    _ queries: [CandidateQuery], texts: [UtilityScores], evidence: ModelEvidence,
    criteria: NegativeCriteria
  ) {
    var scores = texts
    switch evidence {
    case .none: reliability = nil
    case .likelihoods(let outcomes):
      reliability = nil
      let scale = LikelihoodScale(outcomes.compactMap { $0?.likelihoods })
      for (index, outcome) in outcomes.enumerated() {
        if let outcome { scores[index] = scores[index].joined(outcome.likelihoods, scale: scale) }
      }
    case .judgements(let outcomes):
      let judged = outcomes.map { $0?.passages.map { $0?.score } }
      let estimate = JudgeReliability.estimate(scores.map(\.utility), judged: judged)
      reliability = estimate
      for (index, judged) in judged.enumerated() {
        if let judged { scores[index] = scores[index].joined(judged: judged, by: estimate) }
      }
    }
    let noise = LabelNoise.estimate(
      // Gold labels do not show how many of the others are wrong.
      queries.map { query in query.isLabelledUseful.map { query.isTrusted ? nil : $0 } },
      zip(scores, queries).map { $0.utility(besideLabels: $1.isLabelledUseful) })
    self.scores = scores
    assessments = queries.indices.map { index in
      PassageAssessments(
        scores[index], labels: queries[index].isLabelledUseful, noise: noise,
        isTrusted: queries[index].isTrusted, sameAs: queries[index].sameAs, criteria: criteria,
        selected: evidence.judged(index)?.map { $0?.isUseful ?? false })
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
