/// How credibility is distributed over the labels of a file, and what checking them is expected to find.
package struct CredibilityFacts: Sendable, Codable, Equatable {
  /// Number of labels that are not flagged, by credibility: `binCount` equal bins of 0…1, the lowest
  /// credibility first.
  package var kept: [Int]
  /// The same of flagged labels.
  package var flagged: [Int]
  /// The credibility, 0…1, that best separates flagged labels (below it) from the others; nil where nothing
  /// is flagged, and where no credibility separates them.
  package var flagLine: Double?
  /// Numbers of labels, ascending: the first so many in the order of review.
  package var checked: [Int]
  /// For each entry of `checked`, how many of these labels are expected to be wrong: the sum of
  /// 1 − credibility.
  package var expectedWrong: [Double]
  /// How many labels of the file are expected to be wrong: the same sum over all.
  package var expectedTotal: Double

  /// Bins of .05: narrow enough to show two groups, wide enough to have counts.
  package static let binCount = 20
  /// Points of the curve `expectedWrong`: enough for a smooth line.
  package static let curvePoints = 60

  /// - Parameters:
  ///   - labels: credibility, 0…1, of every given label that is not trusted, and whether it is flagged.
  ///   - order: the places in `labels` in the order of review, the first to look at first.
  /// - Complexity: O(n log n).
  package init(
    of labels: [(credibility: Double, isFlagged: Bool)], order: [Int]
  ) {
    kept = [Int](repeating: 0, count: Self.binCount)
    flagged = kept
    for label in labels {
      let bin = min(max(Int(label.credibility * Double(Self.binCount)), 0), Self.binCount - 1)
      if label.isFlagged { flagged[bin] += 1 } else { kept[bin] += 1 }
    }
    flagLine = Self.line(labels)
    // Twice as many as are flagged show how the yield falls behind them.
    let count = flagged.reduce(0, +)
    let end = min(labels.count, max(2 * count, Self.shortestCurve))
    expectedTotal = labels.reduce(0) { $0 + 1 - $1.credibility }
    checked = []
    expectedWrong = []
    var sum = 0.0
    for (position, place) in order.prefix(end).enumerated() {
      sum += 1 - labels[place].credibility
      let number = position + 1
      guard number == end || number * Self.curvePoints / end > position * Self.curvePoints / end
      else { continue }
      checked.append(number)
      expectedWrong.append(sum)
    }
  }

  /// The curve has at least this many labels, where the file has them.
  private static let shortestCurve = 200

  /// The credibility with the fewest labels on the wrong side; of several such, the lowest. Nil where no line is
  /// better than none, which calls all labels right.
  private static func line(_ labels: [(credibility: Double, isFlagged: Bool)]) -> Double? {
    let sorted = labels.sorted {
      ($0.credibility, $1.isFlagged ? 1 : 0) < ($1.credibility, $0.isFlagged ? 1 : 0)
    }
    var errors = labels.count { $0.isFlagged }
    guard errors > 0 else { return nil }
    var fewest = errors
    var line: Double?
    for (index, label) in sorted.enumerated() {
      errors += label.isFlagged ? -1 : 1
      let next = index + 1 < sorted.count ? sorted[index + 1].credibility : 1
      guard errors < fewest, next > label.credibility || index + 1 == sorted.count else { continue }
      fewest = errors
      line = (label.credibility + next) / 2
    }
    return line
  }

  /// The facts with every number rounded by `short`.
  func rounded(_ short: (Double) -> Double) -> CredibilityFacts {
    var copy = self
    copy.flagLine = flagLine.map(short)
    copy.expectedTotal = short(expectedTotal)
    copy.expectedWrong = expectedWrong.map(short)
    return copy
  }
}
