import Foundation

/// The probability that each given label is wrong: q_i = σ(γ·s_i + c), with s_i the margin of
/// `LabelMargins`.
///
/// The margins determine the order of the records, and c determines the level. The given labels
/// alone cannot determine the level, because noise in the labels and mistakes of the out-of-fold
/// probabilities look the same. So c depends on the label-name gate:
/// - An open gate estimates the share of disagreements in which the given label is wrong. c makes
///   the q of all records add up to that many errors.
/// - Without an open gate, c is the largest value for which the soft labels would cost at most
///   `maximumBrierCost` of Brier score *if every given label were right*. For such a record the cost
///   is exactly q²(1 + Σ_l P_T(l|≠y)²). So a file's soft labels are never worse than its given
///   labels by more than that, whatever the truth. There is one exception: if many of the most
///   certain tenth of the records disagree with their labels, the mean of q rises to `floor`.
///
/// docs/METHODS.md, section 1.
struct ErrorProbabilities {
  /// γ: the order of suspicion is a sum of log-odds that share much evidence, so γ is below 1.
  /// docs/METHODS.md, section 1.
  static let sharpness = 0.7
  /// How much Brier score the soft labels may cost where the gate gives no estimate of the error rate.
  static let maximumBrierCost = 0.003
  /// The middle of .05–.10, by which `LabelNameGate.rightShare` runs high.
  static let rightShareBias = 0.075
  /// The corrected share of right disagreements is taken to be at most this.
  static let highestShare = 0.95

  /// q, 0…1, higher is more suspect; one per record, NaN without a label.
  let wrong: [Double]
  /// Mean of q over the annotated records, 0…1.
  let rate: Double
  /// A lower bound on the error rate that needs no label-name evidence, 0…1: half the lower end of
  /// Wilson's interval for the share of disagreements among the most certain tenth of the records.
  let floor: Double

  /// - Parameter gate: nil where there is no label-name evidence.
  /// - Complexity: O(n log n).
  init(_ margins: LabelMargins, gate: LabelNameGate?, targets: Targets) {
    let rows = targets.annotated.map(Int.init)
    let count = Double(max(rows.count, 1))
    let logOdds = rows.map { Self.sharpness * margins.margin[$0] }
    let mostCertain = rows.sorted {
      (margins.certainty[$0], $1) > (margins.certainty[$1], $0)
    }.prefix(max(1, rows.count / 10))
    let differing = mostCertain.count { margins.differs[$0] }
    let floor = 0.5 * wilsonLow(differing, of: mostCertain.count)
    let shift: Double
    if let gate, gate.isOpen, let share = gate.rightShare {
      let disagreements = Double(gate.disagreements.count) / count
      let rate = min(Self.highestShare, max(0, share - Self.rightShareBias)) * disagreements
      shift = largestShift { shift in meanWrong(logOdds, shift) - rate }
    } else {
      let affordable = largestShift { shift in
        var cost = 0.0
        for (index, row) in rows.enumerated() {
          let wrong = sigmoid(logOdds[index] + shift)
          cost += wrong * wrong * (1 + margins.concentration[row])
        }
        return cost / count - Self.maximumBrierCost
      }
      shift = max(affordable, largestShift { shift in meanWrong(logOdds, shift) - floor })
    }
    var wrong = [Double](repeating: .nan, count: targets.count)
    for (index, row) in rows.enumerated() { wrong[row] = sigmoid(logOdds[index] + shift) }
    self.wrong = wrong
    self.rate = meanWrong(logOdds, shift)
    self.floor = floor
  }
}

/// Mean of σ(log-odds + shift), summed in order.
private func meanWrong(_ logOdds: [Double], _ shift: Double) -> Double {
  logOdds.reduce(0) { $0 + sigmoid($1 + shift) } / Double(max(logOdds.count, 1))
}

/// 1/(1 + e^−value), without overflow for large or small values.
func sigmoid(_ value: Double) -> Double {
  value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
}

/// The largest shift in −60…60 at which `excess`, which rises with it, is not yet positive.
///
/// Bisects 80 times, which is more than the precision of `Double` needs.
private func largestShift(_ excess: (Double) -> Double) -> Double {
  var low = -60.0
  var high = 60.0
  for _ in 0..<80 {
    let middle = (low + high) / 2
    if excess(middle) <= 0 { low = middle } else { high = middle }
  }
  return low
}

/// The lower end of Wilson's one-sigma interval for a share of `hits` among `count`, 0…1; 0 for none.
func wilsonLow(_ hits: Int, of count: Int) -> Double {
  guard count > 0 else { return 0 }
  let size = Double(count)
  let share = Double(hits) / size
  let spread = (share * (1 - share) / size + 1 / (4 * size * size)).squareRoot()
  return max(0, (share + 1 / (2 * size) - spread) / (1 + 1 / size))
}

/// Upper end of the same interval.
func wilsonHigh(_ hits: Int, of count: Int) -> Double {
  1 - wilsonLow(count - hits, of: count)
}
