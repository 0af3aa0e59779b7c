import Foundation

/// A query's passage with its gold usefulness and what was predicted for it.
package struct EvaluatedPassage: Sendable {
  /// The gold grade; higher is more useful, 0 is useless.
  package var gold: Double
  /// The predicted utility, higher is more useful; nil where the output lacks it.
  package var utility: Double?
  package var isUseful: Bool?
  /// Whether the given label is wrong; nil where the gold file does not tell.
  package var isError: Bool?
  /// Lower is more likely wrong.
  package var credibility: Double?
  package var isFlagged: Bool?

  package init(
    gold: Double, utility: Double?, isUseful: Bool?, isError: Bool? = nil,
    credibility: Double? = nil, isFlagged: Bool? = nil
  ) {
    self.gold = gold
    self.utility = utility
    self.isUseful = isUseful
    self.isError = isError
    self.credibility = credibility
    self.isFlagged = isFlagged
  }
}

/// Compares the order and the choice of passages with their gold usefulness.
///
/// A passage that the output lacks ranks below all others.
package struct UtilityEvaluation: Sendable {
  package let queries: [[EvaluatedPassage]]
  /// The gold grade from which a passage is useful.
  package let usefulFrom: Double

  package static let usualUsefulFrom = 1.0
  /// The score of a passage that the output lacks.
  private static let missing = -1e9

  package init(_ queries: [[EvaluatedPassage]], usefulFrom: Double = Self.usualUsefulFrom) {
    self.queries = queries
    self.usefulFrom = usefulFrom
  }

  package var figures: Figures {
    let passages = queries.flatMap(\.self)
    let useful = passages.map { $0.gold >= usefulFrom }
    let found = passages.count { $0.utility != nil }
    let prevalence = passages.isEmpty ? nil : ratio(useful.count { $0 }, passages.count)
    // An order of one passage says nothing.
    let rankings = queries.filter { $0.count > 1 }.map {
      QueryRanking(scores: scores($0), grades: $0.map(\.gold), usefulFrom: usefulFrom)
    }
    var figures = Figures()
    figures.add("task", text: "utility")
    figures.add("queries", queries.count)
    figures.add("queries_with_useful", rankings.count { $0.averagePrecision != nil })
    figures.add("passages", passages.count)
    figures.add("coverage", ratio(found, max(1, passages.count)))
    figures.add("prevalence", prevalence)
    if found > 0 {
      let pairs = rankings.reduce(0) { $0 + $1.pairs }
      figures.add("ndcg5", rankings.compactMap { $0.gain(at: 5) }.mean)
      figures.add("ndcg10", rankings.compactMap { $0.gain(at: 10) }.mean)
      figures.add("map", rankings.compactMap(\.averagePrecision).mean)
      figures.add("mrr", rankings.compactMap(\.reciprocalRank).mean)
      figures.add("p1", rankings.compactMap(\.firstIsUseful).mean)
      figures.add("pairs", pairs)
      figures.add("pair_auc", rankings.reduce(0) { $0 + $1.orderedPairs } / Double(max(1, pairs)))
      if useful.contains(true), useful.contains(false) {
        let curve = RankingCurve(scores: scores(passages), positives: useful)
        figures.add("global_auroc", curve.areaUnderROC)
        figures.add("global_ap", curve.averagePrecision)
      }
    }
    if passages.contains(where: { $0.isUseful != nil }) {
      let chosen = PrecisionRecall(passages.map { $0.isUseful ?? false }, useful)
      figures.add("useful_precision", chosen.precision)
      figures.add("useful_recall", chosen.recall)
      figures.add("useful_f1", chosen.f1)
    }
    let share = prevalence ?? 0
    figures.add("all_useful_f1", share > 0 ? 2 * share / (1 + share) : 0)
    let labelled = passages.filter { $0.isError != nil }
    if !labelled.isEmpty { figures.add("label_detection", detection(labelled)) }
    return figures
  }

  private func scores(_ passages: [EvaluatedPassage]) -> [Double] {
    passages.map { $0.utility ?? Self.missing }
  }

  private func detection(_ passages: [EvaluatedPassage]) -> Figures {
    let suspicion = passages.map { $0.credibility.map { -$0 } }
    let flags = passages.map(\.isFlagged)
    let lowest = suspicion.compactMap(\.self).min()
    return Detection.figures(
      suspicion: lowest.map { lowest in suspicion.map { $0 ?? lowest } },
      errors: passages.map { $0.isError ?? false },
      flags: flags.contains { $0 != nil } ? flags.map { $0 ?? false } : nil)
  }
}

/// The order of one query's passages.
private struct QueryRanking {
  private let scores: [Double]
  private let grades: [Double]
  /// Mean over the useful passages of the precision at their ranks; nil where none is useful.
  let averagePrecision: Double?
  /// 1 / rank of the first useful passage; nil where none is useful.
  let reciprocalRank: Double?
  /// 1 where the first passage is useful, 0 where not; nil where none is.
  let firstIsUseful: Double?
  /// Pairs of passages with different grades.
  let pairs: Int
  /// How many of them are in the right order; ties count half.
  let orderedPairs: Double

  init(scores: [Double], grades: [Double], usefulFrom: Double) {
    self.scores = scores
    self.grades = grades
    var pairs = 0
    var ordered = 0.0
    for left in grades.indices {
      for right in grades.indices where grades[left] > grades[right] {
        pairs += 1
        if scores[left] > scores[right] { ordered += 1 }
        if scores[left] == scores[right] { ordered += 0.5 }
      }
    }
    self.pairs = pairs
    orderedPairs = ordered
    var ranks: [Int] = []
    for (place, index) in Self.brokenOrder(scores).enumerated() where grades[index] >= usefulFrom {
      ranks.append(place + 1)
    }
    averagePrecision =
      ranks.enumerated().map { Double($0.offset + 1) / Double($0.element) }.mean
    reciprocalRank = ranks.first.map { 1 / Double($0) }
    firstIsUseful = ranks.first.map { $0 == 1 ? 1 : 0 }
  }

  /// Indices by descending score. Ties are broken by random numbers whose seed is the checksum of the
  /// scores, so that an output whose scores are all equal gains nothing by the order of its passages.
  private static func brokenOrder(_ scores: [Double]) -> [Int] {
    let bytes = scores.flatMap { score in
      (0..<8).map { UInt8(truncatingIfNeeded: score.bitPattern >> ($0 * 8)) }
    }
    var generator = PCG64(seed: cyclicRedundancyCheck(bytes))
    let ties = scores.map { _ in generator.nextUnit() }
    return scores.indices.sorted {
      scores[$0] != scores[$1] ? scores[$0] > scores[$1] : (ties[$0], $0) < (ties[$1], $1)
    }
  }

  /// Normalised discounted cumulative gain at `k` (Järvelin and Kekäläinen, 2002) with gains 2^grade − 1,
  /// which are averaged among equal scores; nil where no passage has a gain.
  func gain(at k: Int) -> Double? {
    let ideal = discounted(by: grades, at: k)
    return ideal > 0 ? discounted(by: scores, at: k) / ideal : nil
  }

  private func discounted(by scores: [Double], at k: Int) -> Double {
    let order = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
    var total = 0.0
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      let gains = order[start..<end].reduce(0) { $0 + exp2(grades[$1]) - 1 }
      let discounts = (start..<end).reduce(0) { $0 + ($1 < k ? 1 / log2(Double($1) + 2) : 0) }
      total += gains / Double(end - start) * discounts
      start = end
    }
    return total
  }
}
