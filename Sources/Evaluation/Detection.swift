/// How well suspicion finds what is wrong.
enum Detection {
  /// All figures of detection, with the trivial baselines.
  ///
  /// - Parameters:
  ///   - suspicion: one per record, higher is more suspect; nil where no record has a score.
  ///   - errors: whether each record's label is wrong.
  ///   - flags: whether each record is flagged; nil where no record says so.
  static func figures(suspicion: [Double]?, errors: [Bool], flags: [Bool]?) -> Figures {
    var figures = Figures()
    let count = errors.count
    let wrong = errors.count { $0 }
    let prevalence = Double(wrong) / Double(max(1, count))
    figures.add("n", count)
    figures.add("errors", wrong)
    figures.add("prevalence", prevalence)
    // All records flagged: precision is the prevalence and recall is 1.
    figures.add("allflag_f1", wrong > 0 ? 2 * prevalence / (1 + prevalence) : 0)
    figures.add("noneflag_f1", 0.0)
    figures.add("noneflag_f1_clean_positive", 2 * (1 - prevalence) / (2 - prevalence))
    figures.add("random_ap", prevalence)
    if let suspicion, wrong > 0, wrong < count {
      let curve = RankingCurve(scores: suspicion, positives: errors)
      figures.add("ap", curve.averagePrecision)
      figures.add("auroc", curve.areaUnderROC)
      figures.add("p_at_n", curve.precision(of: wrong))
      figures.add("best_f1", curve.bestF1)
      for percent in [90, 80, 50] {
        figures.add(
          "recall_at_p\(percent)", curve.recall(atPrecision: Double(percent) / 100))
      }
    }
    if let flags {
      let found = PrecisionRecall(flags, errors)
      let clean = PrecisionRecall(flags.map(!), errors.map(!)).f1
      figures.add("flagged", flags.count { $0 })
      figures.add("flag_precision", found.precision)
      figures.add("flag_recall", found.recall)
      figures.add("flag_f1", found.f1)
      figures.add("flag_f1_clean_positive", clean)
      figures.add("flag_macro_f1", (found.f1 + clean) / 2)
    }
    return figures
  }
}

/// Precision, recall and F1 of a choice; 0 where they are not defined.
struct PrecisionRecall {
  let precision: Double
  let recall: Double
  let f1: Double

  init(_ chosen: [Bool], _ right: [Bool]) {
    var (both, onlyChosen, onlyRight) = (0, 0, 0)
    for (chosen, right) in zip(chosen, right) {
      if chosen, right {
        both += 1
      } else if chosen {
        onlyChosen += 1
      } else if right {
        onlyRight += 1
      }
    }
    precision = ratio(both, both + onlyChosen)
    recall = ratio(both, both + onlyRight)
    f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
  }
}

/// A ranking as its cumulative counts, one step for each distinct score from the highest on. Records with
/// the same score are taken together, so that no figure depends on their order.
struct RankingCurve {
  /// Positives and negatives whose score is at least that of the step.
  private let steps: [(positives: Int, negatives: Int)]
  private var positives: Int { steps.last?.positives ?? 0 }
  private var negatives: Int { steps.last?.negatives ?? 0 }

  /// - Precondition: as many scores as positives, and no score is NaN.
  /// - Complexity: O(n log n).
  init(scores: [Double], positives: [Bool]) {
    precondition(scores.count == positives.count)
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var steps: [(positives: Int, negatives: Int)] = []
    var (found, missed) = (0, 0)
    for (place, index) in order.enumerated() {
      if positives[index] { found += 1 } else { missed += 1 }
      let isLast = place + 1 == order.count
      if isLast || scores[order[place + 1]] != scores[index] { steps.append((found, missed)) }
    }
    self.steps = steps
  }

  /// Σ (R_k − R_{k−1}) P_k over the steps, 0…1, higher is better, as scikit-learn's
  /// `average_precision_score` defines it.
  var averagePrecision: Double {
    var sum = 0.0
    var before = 0
    for step in steps {
      sum += Double(step.positives - before) / Double(positives) * precision(step)
      before = step.positives
    }
    return sum
  }

  /// The probability that a positive ranks above a negative, ties counted half, by the trapezoidal rule.
  var areaUnderROC: Double {
    var twice = 0.0
    var (before, missed) = (0, 0)
    for step in steps {
      twice += Double(step.negatives - missed) * Double(step.positives + before)
      (before, missed) = step
    }
    return twice / 2 / Double(positives) / Double(negatives)
  }

  var bestF1: Double {
    steps.map { step in
      let (precision, recall) = (precision(step), recall(step))
      return 2 * precision * recall / max(precision + recall, 1e-12)
    }.max() ?? 0
  }

  /// The highest recall of a step whose precision is at least `bound`; 0 where there is none.
  func recall(atPrecision bound: Double) -> Double {
    steps.filter { precision($0) >= bound }.map(recall).max() ?? 0
  }

  /// The expected precision of the `count` highest records where ties are broken at random.
  func precision(of count: Int) -> Double {
    var (above, positivesAbove) = (0, 0)
    for step in steps {
      let reached = step.positives + step.negatives
      if reached >= count {
        let tied = Double(step.positives - positivesAbove) / Double(reached - above)
        return (Double(positivesAbove) + Double(count - above) * tied) / Double(count)
      }
      (above, positivesAbove) = (reached, step.positives)
    }
    return 0
  }

  private func precision(_ step: (positives: Int, negatives: Int)) -> Double {
    Double(step.positives) / Double(step.positives + step.negatives)
  }

  private func recall(_ step: (positives: Int, negatives: Int)) -> Double {
    Double(step.positives) / Double(positives)
  }
}
