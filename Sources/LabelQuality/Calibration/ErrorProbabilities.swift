import Foundation
import Vectors
import Concurrency

/// How likely every given label is wrong: q_i = σ(γ·s_i + c), with s_i the margin of `LabelMargins`.
///
/// The margin gives the order. It cannot give the level: seen from the labels alone, noise in them
/// and the model's own blindness look the same. What is known decides it, through c:
/// - An open witness estimates the share of disagreements in which the label is wrong; c makes the
///   q of all records add up to that many errors.
/// - Without one, c is the largest under which the soft labels would cost at most `harm` Brier *if
///   every given label were right*: for such a record the cost is exactly q²(1 + Σ_l P_T(l|≠y)²).
///   So a file of soft labels is never worse than its labels by more than that, whatever the truth.
///   Only where even the records of which the evidence is surest disagree with their labels may q
///   rise above this, to half of what those show.
///
/// METHODS section 1, "How many are wrong".
struct ErrorProbabilities {
  /// γ: the margin is a little too timid. From a sweep over all development sets (1, 1.25, 1.5, 2).
  static let sharpness = 1.25
  /// Brier that soft labels may cost where nothing is known of the error rate.
  static let harm = 0.003
  /// The witness's estimate runs high by .05–.10.
  static let rightShareBias = 0.075
  /// No witness is sure beyond this.
  static let highestShare = 0.95

  /// q, 0…1, one per record; NaN without a label.
  let wrong: [Double]
  /// Mean of q over the annotated records, 0…1.
  let rate: Double
  /// A lower bound on the error rate that holds without a witness, 0…1.
  let floor: Double

  init(_ margins: LabelMargins, gate: LabelNameGate?, targets: Targets) {
    let rows = targets.annotated.map(Int.init)
    let count = Double(max(rows.count, 1))
    let logOdds = rows.map { Self.sharpness * margins.margin[$0] }
    let surest = rows.sorted {
      (margins.certainty[$0], $1) > (margins.certainty[$1], $0)
    }.prefix(max(1, rows.count / 10))
    let differing = surest.count { margins.differs[$0] }
    let floor = 0.5 * wilsonLow(differing, of: surest.count)
    let shift: Double
    if let gate, gate.isOpen, let share = gate.rightShare {
      let disagreements = Double(gate.disagreements.count) / count
      let rate = min(Self.highestShare, max(0, share - Self.rightShareBias)) * disagreements
      shift = largestShift { shift in meanWrong(logOdds, shift) - rate }
    } else {
      let harmless = largestShift { shift in
        var cost = 0.0
        for (index, row) in rows.enumerated() {
          let wrong = sigmoid(logOdds[index] + shift)
          cost += wrong * wrong * (1 + margins.concentration[row])
        }
        return cost / count - Self.harm
      }
      shift = max(harmless, largestShift { shift in meanWrong(logOdds, shift) - floor })
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

/// 1/(1 + e^−x) without overflow on either side.
func sigmoid(_ value: Double) -> Double {
  value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
}

/// The largest shift in −60…60 at which a rising `excess` is not yet positive, by 80 halvings.
private func largestShift(_ excess: (Double) -> Double) -> Double {
  var low = -60.0
  var high = 60.0
  for _ in 0..<80 {
    let middle = (low + high) / 2
    if excess(middle) <= 0 { low = middle } else { high = middle }
  }
  return low
}

/// Lower end of Wilson's one-sigma interval for `hits` of `count`, 0…1.
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
