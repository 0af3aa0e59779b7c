import Foundation

/// How probably each given label is wrong: σ(γ·s_i + c), with s_i the margin of `LabelMargins`.
///
/// The margins determine the order of the records, and c determines the level. There are two levels,
/// because there are two questions:
/// - *Credibility* is the best estimate. Its c makes the probabilities of all records add up to the
///   file's estimated number of errors. Where the label-name gate or that of a language model is open, it
///   has measured in which share of the disagreements the given label is wrong, and that is the number; else
///   it is predicted from other datasets (`ErrorLevel`).
/// - The *soft label* must do no harm if the estimate is wrong. An open gate's number is evidence from the file
///   itself, and serves here too. Else c is the largest value for which the soft labels would cost at
///   most `maximumBrierCost` of Brier score *if every given label were right*. For such a record the cost
///   is exactly q²(1 + Σ_l P_T(l|≠y)²). So a file's soft labels are never worse than its given labels by
///   more than that, whatever the truth.
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
  /// The probabilities add up to at least this share of the records: no file is known to have no error.
  static let lowestRate = 0.002

  /// The best estimate, 0…1, higher is more suspect; one per record, NaN without a label.
  let wrong: [Double]
  /// The cautious probability for the soft labels, 0…1; one per record, NaN without a label.
  let cautious: [Double]
  /// Mean of `wrong` over the annotated records, 0…1.
  let rate: Double
  /// Mean of `cautious` over the annotated records, 0…1.
  let cautiousRate: Double
  /// In which share of the disagreements the given label is wrong, 0…1, by the open gate that says the least;
  /// nil where none is open.
  let rightShare: Double?

  /// - Parameters:
  ///   - rate: the estimated share of wrong labels, 0…1.
  ///   - gate: nil where there is no label-name evidence.
  ///   - comparison: nil where no language model was asked about labels. Of two open gates, the one with the
  ///     lower share counts.
  /// - Complexity: O(n).
  init(
    _ margins: LabelMargins, rate: Double, gate: LabelNameGate?,
    comparison: LabelComparisonGate? = nil, targets: Targets
  ) {
    let rows = targets.annotated.map(Int.init)
    let count = Double(max(rows.count, 1))
    let logOdds = rows.map { Self.sharpness * margins.margin[$0] }
    let open = [
      gate.flatMap { gate in
        gate.isOpen ? gate.cautiousRightShare.map { ($0, gate.disagreements.count) } : nil
      },
      comparison.flatMap { gate in
        gate.isOpen ? gate.cautiousRightShare.map { ($0, gate.allDisagreements) } : nil
      },
    ].compactMap(\.self).min { $0.0 < $1.0 }
    rightShare = open?.0
    let level = max(open.map { $0.0 * Double($0.1) / count } ?? rate, Self.lowestRate)
    let shift = Self.shift(logOdds, rate: level)
    let cautiousShift: Double
    if open != nil {
      cautiousShift = shift
    } else {
      cautiousShift = largestShift { shift in
        var cost = 0.0
        for (index, row) in rows.enumerated() {
          let wrong = sigmoid(logOdds[index] + shift)
          cost += wrong * wrong * (1 + margins.concentration[row])
        }
        return cost / count - Self.maximumBrierCost
      }
    }
    var wrong = [Double](repeating: .nan, count: targets.count)
    var cautious = wrong
    // Where there is only one label, no other can be right.
    let isSure = targets.labelCount < 2
    for (index, row) in rows.enumerated() {
      wrong[row] = isSure ? 0 : sigmoid(logOdds[index] + shift)
      cautious[row] = isSure ? 0 : sigmoid(logOdds[index] + cautiousShift)
    }
    self.wrong = wrong
    self.cautious = cautious
    self.rate = isSure ? 0 : meanWrong(logOdds, shift)
    cautiousRate = isSure ? 0 : meanWrong(logOdds, cautiousShift)
  }

  /// c for which σ(log-odds + c) has this mean.
  static func shift(_ logOdds: [Double], rate: Double) -> Double {
    largestShift { meanWrong(logOdds, $0) - rate }
  }
}

extension LabelNameGate {
  /// `rightShare` less what it runs high by, 0…`ErrorProbabilities.highestShare`: what may be said of it.
  package var cautiousRightShare: Double? { rightShare.map(cautious) }
}

extension LabelComparisonGate {
  /// As `LabelNameGate.cautiousRightShare`: agreements are easier than disagreements for a language model, too.
  package var cautiousRightShare: Double? { rightShare.map(cautious) }
}

private func cautious(_ rightShare: Double) -> Double {
  min(ErrorProbabilities.highestShare, max(0, rightShare - ErrorProbabilities.rightShareBias))
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
