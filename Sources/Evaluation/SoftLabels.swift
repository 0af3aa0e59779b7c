import Foundation

/// A distribution over classes: what is listed, and the same share for every class that is not.
struct SparseDistribution {
  /// Ascending by class, without repeats.
  var entries: [(label: Int32, probability: Double)]
  /// The probability of each class that `entries` lacks.
  var rest = 0.0
  /// Whether the probabilities still have to be scaled to sum to 1.
  var isUnscaled = false

  /// One class alone.
  init(certain label: Int32) { entries = [(label, 1)] }

  init(entries: [(label: Int32, probability: Double)], rest: Double = 0) {
    self.entries = entries.sorted { $0.label < $1.label }
    self.rest = rest
  }

  /// Shares that need not sum to 1; negative ones count as 0.
  init(shares: [(label: Int32, probability: Double)]) {
    self.init(entries: shares.map { ($0.label, max(0, $0.probability)) })
    isUnscaled = true
  }

  /// The same with a sum of 1; all zeros stay as they are.
  var scaled: SparseDistribution {
    let total = entries.reduce(0) { $0 + $1.probability }
    guard isUnscaled, total > 0 else { return self }
    return SparseDistribution(entries: entries.map { ($0.label, $0.probability / total) })
  }

  func probability(of label: Int32) -> Double {
    entries.first { $0.label == label }?.probability ?? rest
  }
}

/// How good soft labels are.
enum SoftLabels {
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
    var calibration = CalibrationError()
    var places: [Int32: Int] = [:]
    for (place, label) in classes.enumerated() { places[label] = place }
    var dense = [Double](repeating: 0, count: classes.count)
    for (row, truth) in zip(rows, truth) {
      fill(&dense, row, places)
      let right = places[truth].map { dense[$0] } ?? 0
      let squares = dense.reduce(0) { $0 + $1 * $1 }
      brier += squares - 2 * right + 1
      likelihood += log(min(max(right, clip), 1))
      // Of equally likely classes the first.
      let confidence = dense.max() ?? 0
      let isHit = dense.firstIndex(of: confidence) == places[truth]
      if isHit { hits += 1 }
      calibration.add(confidence: confidence, isHit: isHit)
    }
    let total = Double(rows.count)
    var figures = Figures()
    figures.add("brier", rows.isEmpty ? nil : brier / total)
    figures.add("nll", rows.isEmpty ? nil : -(likelihood / total))
    figures.add("ece", calibration.value)
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

  /// Writes a distribution over all classes, scaled to sum to 1. A row of zeros says nothing, so that it becomes
  /// uniform.
  private static func fill(
    _ dense: inout [Double], _ row: SparseDistribution, _ places: [Int32: Int]
  ) {
    for place in dense.indices { dense[place] = row.rest }
    for entry in row.entries {
      if let place = places[entry.label] { dense[place] = entry.probability }
    }
    for _ in 0..<(row.isUnscaled ? 2 : 1) {
      let total = pairwiseSum(dense[...])
      for place in dense.indices {
        dense[place] = total > 0 ? dense[place] / total : 1 / Double(dense.count)
      }
    }
  }

  /// The sum in the order in which NumPy adds the elements of a row: halves of more than 128, and eight sums
  /// side by side in each. A confidence of .8 lies on the border of two of the fifteen intervals, so that the
  /// last bit decides on which side it is.
  private static func pairwiseSum(_ values: ArraySlice<Double>) -> Double {
    let count = values.count
    let start = values.startIndex
    guard count >= 8 else { return values.reduce(0, +) }
    guard count <= 128 else {
      let half = count / 2 - count / 2 % 8
      return pairwiseSum(values[..<(start + half)]) + pairwiseSum(values[(start + half)...])
    }
    var sums = Array(values.prefix(8))
    let whole = count - count % 8
    for offset in 8..<max(8, whole) { sums[offset % 8] += values[start + offset] }
    let sum =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    return values[(start + whole)...].reduce(sum, +)
  }
}
