import Foundation

/// A distribution over classes: what is listed, and the same share for every class that is not.
struct SparseDistribution {
  /// Ascending by class, without repeats.
  var entries: [(label: Int32, probability: Double)]
  /// The probability of each class that `entries` lacks.
  var rest = 0.0

  /// One class alone.
  init(certain label: Int32) { entries = [(label, 1)] }

  init(entries: [(label: Int32, probability: Double)], rest: Double = 0) {
    self.entries = entries.sorted { $0.label < $1.label }
    self.rest = rest
  }

  /// The probabilities without what is negative, scaled to sum to 1. All zeros stay as they are.
  init(scaling shares: [(label: Int32, probability: Double)]) {
    let positive = shares.map { ($0.label, max(0, $0.probability)) }
    let total = positive.reduce(0) { $0 + $1.1 }
    self.init(entries: total > 0 ? positive.map { ($0.0, $0.1 / total) } : positive)
  }

  func probability(of label: Int32) -> Double {
    entries.first { $0.label == label }?.probability ?? rest
  }
}

/// How good soft labels are.
enum SoftLabels {
  /// The number of equal intervals of confidence that the calibration error uses.
  private static let bins = 15

  /// Brier score, negative log-likelihood and expected calibration error, all lower is better, and accuracy.
  ///
  /// - Parameters:
  ///   - truth: the right class of each row.
  ///   - classes: all classes, ascending.
  ///   - clip: the smallest probability in the logarithm.
  static func figures(
    _ rows: [SparseDistribution], truth: [Int32], classes: [Int32], clip: Double
  ) -> Figures {
    var brier = 0.0
    var likelihood = 0.0
    var hits = 0
    var counts = [(count: Int, hits: Int, confidence: Double)](repeating: (0, 0, 0), count: bins)
    for (row, truth) in zip(rows, truth) {
      let row = normalised(row, classes)
      let right = row.probability(of: truth)
      let others = Double(classes.count - row.entries.count)
      let squares =
        row.entries.reduce(0) { $0 + $1.probability * $1.probability } + others * row.rest
        * row.rest
      brier += squares - 2 * right + 1
      likelihood += log(min(max(right, clip), 1))
      let (label, confidence) = likeliest(row, classes)
      let isHit = label == truth
      if isHit { hits += 1 }
      let bin = min(Int(confidence * Double(bins)), bins - 1)
      counts[bin].count += 1
      counts[bin].hits += isHit ? 1 : 0
      counts[bin].confidence += confidence
    }
    let total = Double(rows.count)
    var figures = Figures()
    figures.add("brier", rows.isEmpty ? nil : brier / total)
    figures.add("nll", rows.isEmpty ? nil : -(likelihood / total))
    figures.add(
      "ece",
      counts.reduce(0) {
        $0 + ($1.count > 0 ? abs(Double($1.hits) - $1.confidence) / total : 0)
      })
    figures.add("acc", rows.isEmpty ? nil : Double(hits) / total)
    return figures
  }

  /// The Jensen-Shannon divergence of two distributions in bits, 0…1, lower is nearer.
  static func divergence(_ left: SparseDistribution, _ right: SparseDistribution) -> Double {
    func part(_ row: SparseDistribution, _ other: SparseDistribution) -> Double {
      row.entries.reduce(0) { sum, entry in
        guard entry.probability > 0 else { return sum }
        let middle = (entry.probability + other.probability(of: entry.label)) / 2
        return sum + entry.probability * log2(entry.probability / middle)
      }
    }
    return (part(left, right) + part(right, left)) / 2
  }

  /// The same distribution with a sum of 1; a row of zeros says nothing, so that it becomes uniform.
  private static func normalised(
    _ row: SparseDistribution, _ classes: [Int32]
  ) -> SparseDistribution {
    let others = Double(classes.count - row.entries.count)
    let total = row.entries.reduce(0) { $0 + $1.probability } + others * row.rest
    guard total > 0 else {
      return SparseDistribution(entries: [], rest: 1 / Double(max(1, classes.count)))
    }
    var row = row
    for index in row.entries.indices { row.entries[index].probability /= total }
    row.rest /= total
    return row
  }

  /// The likeliest class, of equal ones the first, and its probability.
  private static func likeliest(
    _ row: SparseDistribution, _ classes: [Int32]
  ) -> (label: Int32, probability: Double) {
    var best: (label: Int32, probability: Double)?
    for entry in row.entries where best.map({ entry.probability > $0.probability }) ?? true {
      best = entry
    }
    guard row.entries.count < classes.count, row.rest >= best?.probability ?? -1 else {
      return best ?? (-1, 0)
    }
    let listed = Set(row.entries.map(\.label))
    let first = classes.first { !listed.contains($0) } ?? -1
    if let best, best.probability == row.rest { return (min(best.label, first), best.probability) }
    return (first, row.rest)
  }
}
