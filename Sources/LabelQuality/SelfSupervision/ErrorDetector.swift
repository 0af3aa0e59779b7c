import Concurrency
import Foundation

/// Learns from the file itself which evidence exposes wrong labels.
///
/// Every record is given labels that are known to be wrong (`VirtualErrors`), and a logistic regression
/// learns to tell these from the given labels, by what each signal says of a label. So the weights of
/// the signals differ from file to file: what exposes errors in short questions is not what exposes them
/// in news. Two regressions are fitted, whose known errors are weighted differently: one by how many of
/// a label's records are confused, and one by how strongly noise attracts each record. Each is fitted
/// twice; the second time, the given labels count by how right the first found them. The mean of all
/// log-odds, plus the margin under the pair posterior, is the order of suspicion.
/// docs/METHODS.md, section 1.
package struct ErrorDetector: Sendable {
  /// The share of known errors among the rows that are learned from, by weight.
  static let errorShare = 0.3
  static let penalty = 10.0
  static let passes = 2
  /// It learns from at most so many records, evenly spread.
  static let learningLimit = 50_000
  static let seed: UInt64 = 0

  /// The log-odds that the given label is wrong, up to a constant of the file: higher is more suspect.
  /// One per record, NaN without a label.
  let suspicion: [Double]
  /// The mean log-odds of the first regression alone, which were learned from errors of which every
  /// label has its share: above 0, the record looks more like the known errors than like the given
  /// labels. One per record, NaN without a label.
  let logOdds: [Double]
  /// The share of records that look like the known errors, 0…1, as expectation and maximisation find it
  /// (Saerens, Latinne and Decaestecker, 2002). It tells files with wrong labels from files whose labels
  /// are only hard to predict, but is no estimate of the error rate.
  let corruptedShare: Double

  /// Where the likeliest labels differ from more than this share of the given ones, the margin says how
  /// badly the labels can be predicted, and is left out of the order.
  private static let mostDisagreement = 0.5
  /// Records whose features are scaled at once.
  private static let chunk = 1024

  /// - Complexity: O(n (S K + S²)) for S signals.
  init(
    outOfFold: OutOfFoldProbabilities, transition: NoiseTransition, posterior: PairPosterior,
    targets: Targets, similarLabels: SimilarLabels? = nil, threads: Int,
    progress: (@Sendable (Int) -> Void)? = nil
  ) {
    let errors = VirtualErrors(
      outOfFold: outOfFold, transition: transition, targets: targets,
      similarLabels: similarLabels, seed: Self.seed, threads: threads)
    let count = targets.annotated.count
    let learned = evenlySpread(Array(0..<Int32(count)), limit: Self.learningLimit).map(Int.init)
    let features = LabelFeatures(
      outOfFold: outOfFold, transition: transition, posterior: posterior, errors: errors,
      learned: learned, targets: targets, similar: similarLabels, threads: threads,
      progress: progress)
    let copies = VirtualErrors.copies
    let share = Self.errorShare

    // Rows that are learned from: for each record the given label, then the drawn ones.
    let width = features.width
    var design: [Float] = []
    design.reserveCapacity(learned.count * (1 + copies) * width)
    var isPositive: [Bool] = []
    var mixture: [Double] = []
    for (index, place) in learned.enumerated() {
      for copy in 0...copies {
        design +=
          copy == 0
          ? features.given.slice(place * width..<(place + 1) * width)
          : features.drawn.slice(
            (index * copies + copy - 1) * width..<(index * copies + copy) * width)
        isPositive.append(copy > 0)
        mixture.append(copy == 0 ? 1 - share : share / Double(copies))
      }
    }
    let scale = Standardisation(design, width: width, weights: mixture)
    scale.apply(to: &design)
    // What is learned from few records is applied to all, a block at a time.
    func addLogOdds(of regression: LogisticRegression, to total: inout [Double]) {
      let sums = Cells<Double>(repeating: 0, count: count)
      Parallel.chunks(of: count, chunk: Self.chunk, threads: threads) { places in
        var block = Array(
          features.given.slice(places.lowerBound * width..<places.upperBound * width))
        scale.apply(to: &block)
        for place in places {
          let start = (place - places.lowerBound) * width
          sums[place] = regression.logOdds(block[start..<start + width])
        }
      }
      for place in 0..<count { total[place] += sums[place] }
    }

    let confusion = transition.rows().enumerated().map { 1 - $1[$0] }
    let byLabel = learned.map { place in
      targets.single(Int(targets.annotated[place])).map { confusion[$0] } ?? 0
    }
    let byRecord = learned.map { errors.attraction[$0] }
    let selections = [
      Self.relative(byLabel).map { 0.3 + 0.7 * $0 }, Self.relative(byRecord),
    ]
    let first = learned.map { features.agreement[$0] }
    var means: [[Double]] = []
    for selection in selections {
      var total = [Double](repeating: 0, count: count)
      var trust = first
      for _ in 0..<Self.passes {
        var weights: [Double] = []
        weights.reserveCapacity(isPositive.count)
        for (index, place) in learned.enumerated() {
          weights.append(trust[index])
          for copy in 0..<copies {
            let isDrawn = errors.labels[place * copies + copy] >= 0
            weights.append(isDrawn ? selection[index] * share / Double(copies) : 0)
          }
        }
        let regression = LogisticRegression(
          features: design, width: width, isPositive: isPositive, weights: weights,
          penalty: Self.penalty, threads: threads)
        addLogOdds(of: regression, to: &total)
        trust = learned.indices.map { index in
          let start = index * (1 + copies) * width
          return 1 - sigmoid(regression.logOdds(design[start..<start + width]))
        }
      }
      means.append(total.map { $0 / Double(Self.passes) })
    }
    corruptedShare = Self.corruptedShare(means[0])
    let margins = (0..<count).map {
      Double(features.given[$0 * width + features.pairMargin])
    }
    let differing = targets.annotated.count { row in
      targets.single(Int(row)).map { outOfFold.topTwo(Int(row)).first != $0 } ?? false
    }
    let usesMargins = Double(differing) <= Self.mostDisagreement * Double(count)
    var suspicion = [Double](repeating: .nan, count: targets.count)
    var logOdds = suspicion
    for (place, row) in targets.annotated.enumerated() {
      logOdds[Int(row)] = means[0][place]
      suspicion[Int(row)] =
        (means[0][place] + means[1][place]) / 2 + (usesMargins ? margins[place] : 0)
    }
    self.suspicion = suspicion
    self.logOdds = logOdds
  }

  /// The share π at which the mean posterior of "known error" is π, for records with these log-odds under
  /// the share of known errors that was learned from.
  static func corruptedShare(_ logOdds: [Double]) -> Double {
    guard !logOdds.isEmpty else { return 0 }
    let kept = logOdds.reduce(0) { $0 + sigmoid(-$1) } / Double(logOdds.count)
    let base = log(errorShare / max(kept, 1e-300))
    let ratios = logOdds.map { exp(min($0 - base, 700)) }
    var share = 0.05
    for _ in 0..<100 {
      share = ratios.reduce(0) { $0 + share * $1 / (1 - share + share * $1) } / Double(ratios.count)
    }
    return share
  }

  /// The numbers divided by their mean; as they are where that is 0.
  private static func relative(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    return mean > 0 ? values.map { $0 / mean } : values
  }
}

/// Shifts and scales each feature to mean 0 and variance 1.
private struct Standardisation: Sendable {
  let width: Int
  let means: [Double]
  let deviations: [Double]

  init(_ values: [Float], width: Int, weights: [Double]) {
    self.width = width
    let total = weights.reduce(0, +)
    var means = [Double](repeating: 0, count: width)
    for (row, weight) in weights.enumerated() {
      for column in 0..<width { means[column] += weight * Double(values[row * width + column]) }
    }
    for column in 0..<width { means[column] /= max(total, 1e-300) }
    var squares = [Double](repeating: 0, count: width)
    for (row, weight) in weights.enumerated() {
      for column in 0..<width {
        let difference = Double(values[row * width + column]) - means[column]
        squares[column] += weight * difference * difference
      }
    }
    self.means = means
    deviations = squares.map { ($0 / max(total, 1e-300)).squareRoot() + 1e-9 }
  }

  func apply(to values: inout [Float]) {
    for row in 0..<values.count / max(width, 1) {
      for column in 0..<width {
        let place = row * width + column
        values[place] = Float((Double(values[place]) - means[column]) / deviations[column])
      }
    }
  }
}
