import Foundation

/// How a passage that is no positive serves a retriever's training.
package enum NegativeKind: Sendable, Equatable {
  /// Among the nearest candidates.
  case hard
  /// What any other passage would teach as well.
  case easy
  /// About as near as the best positive: probably a positive that nobody labelled.
  case tooNear
}

/// Which passages are hard negatives.
///
/// The names and their meanings are those of `mine_hard_negatives` in sentence-transformers; the scores are
/// relevances, 0…1, and the positive's score is that of the best one. Ranks count from 0 over the passages that
/// are no positives, the most relevant first; copies of a text have one rank.
package struct NegativeCriteria: Sendable, Equatable {
  /// Passages of lower ranks are too near.
  package var rangeMin = 0
  /// Passages from this rank on are easy. DPR and ANCE mine within the first 100 to 200 ranks.
  package var rangeMax = 100
  /// A passage above this relevance is too near; nil for no limit.
  package var maxScore: Double?
  /// A passage below this relevance is easy. Nil for the limit that follows from the query itself: a hard
  /// negative is nearer to the best positive than to a text on another subject, and nearer to the query than
  /// all but a few of these are.
  package var minScore: Double?
  /// A passage whose relevance is not this much below the best positive's is too near; nil for no limit.
  package var absoluteMargin: Double?
  /// A passage whose relevance is not below the best positive's by this share of it is too near. The default
  /// is that of NV-Retriever (arXiv 2407.15831).
  package var relativeMargin = 0.05
  /// The most hard negatives of a query, the nearest ones; nil for no limit.
  package var numNegatives: Int?

  package init() {}

  /// The kind of each passage: nil for positives, for blank passages, and where no passage is a positive.
  ///
  /// - Parameter sameAs: for each passage the number of the first passage with its text.
  /// - Complexity: O(n log n) in the passages.
  func kinds(_ scores: UtilityScores, isPositive: [Bool], sameAs: [Int]) -> [NegativeKind?] {
    let relevance = scores.relevance
    var kinds = [NegativeKind?](repeating: nil, count: relevance.count)
    let positives = relevance.indices.filter { isPositive[$0] }
    guard let best = positives.map({ relevance[$0] }).max() else { return kinds }
    let positiveTexts = Set(positives.map { sameAs[$0] })
    let floor = minScore ?? Self.leastRelevance(scores.background, best: best)
    // The relevance of a blank passage is 0, and no other's is.
    let candidates = relevance.indices.filter { !isPositive[$0] && relevance[$0] > 0 }
      .sorted { (-relevance[$0], $0) < (-relevance[$1], $1) }
    var kindOfText: [Int: NegativeKind] = [:]
    var rank = 0
    var hard = 0
    for index in candidates {
      if let known = kindOfText[sameAs[index]] {
        kinds[index] = known
        continue
      }
      let score = relevance[index]
      let kind: NegativeKind
      if positiveTexts.contains(sameAs[index]) || isTooNear(score, best) || rank < rangeMin {
        kind = .tooNear
      } else if score < floor || rank >= rangeMax || hard >= numNegatives ?? .max {
        kind = .easy
      } else {
        kind = .hard
        hard += 1
      }
      kindOfText[sameAs[index]] = kind
      kinds[index] = kind
      rank += 1
    }
    return kinds
  }

  private func isTooNear(_ score: Double, _ best: Double) -> Bool {
    !(score < (1 - relativeMargin) * best) || maxScore.map { score > $0 } ?? false
      || absoluteMargin.map { score > best - $0 } ?? false
  }

  /// The relevance, in log-odds halfway between a text on another subject and the best positive, but not below
  /// what is rare among such texts.
  private static func leastRelevance(_ background: BackgroundRelevance, best: Double) -> Double {
    let odds = PassageAssessments.logOdds
    let halfway = (odds(background.mean) + odds(best)) / 2
    let least = max(halfway, odds(background.rare))
    return 1 / (1 + exp(-least))
  }
}
