import Foundation

/// On which records the out-of-fold probabilities P and the given labels y differ, and on which they agree.
///
/// Evidence that never saw the labels is compared with them on these records: `LabelNameGate`,
/// `LabelComparisonGate`. docs/METHODS.md, section 2.
struct Disagreements: Sendable {
  /// A record whose likeliest label is not the given one.
  struct Pair: Sendable {
    /// Its place in `rows`.
    let position: Int
    let likeliest: Int
    let given: Int
    /// Whether its label may be replaced where independent evidence prefers the likeliest one: the record
    /// looks more like known errors than like the given labels, and is not among the least certain tenth of
    /// all annotated records, as no more certain disagreement is. And another record has the same label:
    /// else none could have supported it.
    let canChange: Bool
  }

  /// The annotated records.
  let rows: [Int32]
  /// Most certain first. A record's certainty is the log of the first over the second of P.
  let differing: [Pair]
  /// `ErrorDetector.corruptedShare`.
  let corruptedShare: Double
  /// Share of the annotated records on which P and the labels differ, 0…1.
  let share: Double
  /// By label k, the places in `rows` of the records with argmax P = y = k.
  private let agreements: [[Int]]
  private let certainty: [Float]

  /// Independent evidence can count from this share of records on that look like known errors: in files
  /// without wrong labels it was at most .018 on every development set, and at least .043 with 5 % errors.
  static let leastCorruptedShare = 0.025
  /// And from this part of the disagreements on, unless the evidence agrees with nearly all of them
  /// (`certainRightShare`). Below, most disagreements are records that are hard to predict, and the
  /// evidence may make the same mistakes.
  static let leastCorruptedPart = 0.5
  static let certainRightShare = 0.9
  /// Above this share of disagreements, it is P that fails: then known errors look like everything else.
  static let largestShare = 0.5

  /// - Parameter detector: nil to take every disagreement for a wrong label.
  /// - Complexity: O(n log n).
  init(outOfFold: OutOfFoldProbabilities, detector: ErrorDetector?, targets: Targets) {
    let rows = targets.annotated
    let leaders = rows.map { outOfFold.topTwo(Int($0)) }
    let certainty = zip(rows, leaders).map { row, top in
      logf(
        max(outOfFold.probability(Int(row), top.first), 1e-30)
          / max(outOfFold.probability(Int(row), top.second), 1e-30))
    }
    var agreements = [[Int]](repeating: [], count: targets.labelCount)
    var counts = [Int](repeating: 0, count: targets.labelCount)
    var differing: [Int] = []
    for (position, row) in rows.enumerated() {
      guard let given = targets.single(Int(row)) else { continue }
      counts[given] += 1
      if leaders[position].first == given {
        agreements[given].append(position)
      } else {
        differing.append(position)
      }
    }
    differing.sort { (certainty[$0], $1) > (certainty[$1], $0) }
    let byCertainty = rows.indices.sorted { (certainty[$0], $0) < (certainty[$1], $1) }
    let leastCertain = Set(byCertainty.prefix(rows.count / 10))
    let certainEnough = differing.firstIndex { leastCertain.contains($0) } ?? differing.count
    self.differing = differing.enumerated().map { index, position in
      let given = targets.single(Int(rows[position])) ?? 0
      return Pair(
        position: position, likeliest: leaders[position].first, given: given,
        canChange: index < certainEnough && (detector?.logOdds[Int(rows[position])] ?? 1) > 0
          && counts[given] > 1)
    }
    self.rows = rows
    self.agreements = agreements
    self.certainty = certainty
    corruptedShare = detector?.corruptedShare ?? 1
    share = Double(differing.count) / Double(max(rows.count, 1))
  }

  /// The less certain half of the records with argmax P = y = label, the least certain first, as places in
  /// `rows`: they are nearest in difficulty to the disagreements.
  /// - Complexity: O(m log m) for the m agreements of the label.
  func lessCertainAgreements(of label: Int) -> ArraySlice<Int> {
    let sorted = agreements[label].sorted { (certainty[$0], $0) < (certainty[$1], $1) }
    return sorted.prefix((sorted.count + 1) / 2)
  }

  /// Whether any evidence could show that the disagreements are wrong labels.
  var canLookWrong: Bool {
    corruptedShare >= Self.leastCorruptedShare && share <= Self.largestShare
  }

  /// Whether the disagreements look like wrong labels, and not only like records that are hard to predict.
  ///
  /// - Parameter rightShare: the share of disagreements in which the likeliest label is right, 0…1, as
  ///   independent evidence estimates it.
  func lookWrong(rightShare: Double) -> Bool {
    guard corruptedShare >= Self.leastCorruptedShare else { return false }
    return rightShare >= Self.certainRightShare || corruptedShare >= Self.leastCorruptedPart * share
  }
}
