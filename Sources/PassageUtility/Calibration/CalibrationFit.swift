import Foundation

/// Fits a calibration to labels of which some may be wrong.
///
/// It is a logistic regression with a rate of wrong labels for each class (Bootkrajang and Kabán,
/// "Label-noise robust logistic regression and its applications", ECML PKDD 2012), fitted by
/// expectation and maximisation. Each round estimates how probably each passage is useful, given its
/// label and its utility, and then fits the regression to these probabilities.
///
/// A regression on the labels as they are would mistake their noise for weak evidence: with 15 % of
/// the labels flipped, it would find hardly any of the wrong ones. A single rate for both classes would
/// have the same effect where annotators overlooked useful passages, which is the usual fault of such
/// labels. The rates come from the shipped calibration, which no label of the file has influenced. If
/// they were fitted together with the parameters, weak evidence would look like clean labels.
///
/// docs/METHODS.md, section 4, has the measurements.
struct CalibrationFit {
  /// Weight of the penalty for the squared distance from the shipped parameters, so that a few queries
  /// change the parameters only a little.
  static let ridge = 3.0
  static let mostRounds = 200
  static let mostSteps = 50
  /// The fit has converged when no parameter changes by more than this from one round to the next:
  /// such a change moves no probability by a thousandth of a per cent.
  static let tolerance = 1e-5
  /// The last Newton step is the one for which the product of gradient and step, relative to 1 + loss, is
  /// below this.
  static let leastGain = 1e-12
  static let leastStep = 1e-6

  private let scores: [Double]
  private let means: [Double]
  private let labels: [Bool]
  private let isTrusted: [Bool]
  /// One divided by the number of the query's labels, so that every query has the same weight.
  private let weights: [Double]

  init(_ queries: [LabelledScores]) {
    scores = queries.flatMap(\.scores)
    means = queries.flatMap { query in query.scores.map { _ in query.mean } }
    labels = queries.flatMap(\.labels)
    isTrusted = queries.flatMap { query in query.scores.map { _ in query.isTrusted } }
    weights = queries.flatMap { query in query.scores.map { _ in 1 / Double(query.scores.count) } }
  }

  /// Fits the parameters, starting from the shipped ones.
  ///
  /// - Returns: nil if all labels are the same, if the fit does not converge, or if its slope is not
  ///   positive, so that passages with low scores would be useful.
  /// - Complexity: O(rounds · steps · labels), usually about 20 rounds of 2 steps.
  func calibration(near shipped: Calibration) -> Calibration? {
    guard labels.contains(true), labels.contains(false) else { return nil }
    let prior = Parameters(shipped.slope, shipped.mean, shipped.intercept)
    var parameters = prior
    let noise = noise(by: shipped)
    for _ in 0..<Self.mostRounds {
      let targets = targets(parameters, noise)
      guard let next = maximised(targets, from: parameters, near: prior) else { return nil }
      let change = (next - parameters).magnitude
      parameters = next
      if change < Self.tolerance {
        guard parameters.x > 0 else { return nil }
        return Calibration(slope: parameters.x, mean: parameters.y, intercept: parameters.z)
      }
    }
    return nil
  }

  // MARK: - Expectation

  /// The shares of wrong labels, by the utility that a calibration gives. Gold labels are left out,
  /// because they do not show how many of the others are wrong.
  private func noise(by calibration: Calibration) -> LabelNoise {
    let untrusted = labels.indices.filter { !isTrusted[$0] }
    return LabelNoise.estimate(
      [untrusted.map { labels[$0] }],
      [untrusted.map { calibration.probability(scores[$0], mean: means[$0]) }], byClass: true)
  }

  /// Probability that each passage is useful, given its label and its score, 0…1.
  private func targets(_ parameters: Parameters, _ noise: LabelNoise) -> [Double] {
    labels.indices.map { index in
      guard !isTrusted[index] else { return labels[index] ? 1 : 0 }
      let utility = 1 / (1 + exp(-logOdds(parameters, index)))
      let credibility = PassageAssessments.credibility(
        of: labels[index], utility: utility, noise: noise)
      return labels[index] ? credibility : 1 - credibility
    }
  }

  // MARK: - Maximisation

  /// Slope, mean and intercept.
  private typealias Parameters = SIMD3<Double>

  private func logOdds(_ parameters: Parameters, _ index: Int) -> Double {
    parameters.x * scores[index] + parameters.y * means[index] + parameters.z
  }

  /// Mean log-loss of a query's passages, summed over queries, plus the penalty for the distance from
  /// the shipped parameters.
  private func loss(_ parameters: Parameters, _ targets: [Double], _ prior: Parameters) -> Double {
    let change = parameters - prior
    return targets.indices.reduce(Self.ridge * (change * change).sum()) { sum, index in
      let odds = logOdds(parameters, index)
      let loss = max(odds, 0) + log1p(exp(-abs(odds))) - targets[index] * odds
      return sum + weights[index] * loss
    }
  }

  /// The parameters of the least loss, by Newton's method with halved steps; whole steps diverge on
  /// such data. Nil if the method does not converge.
  private func maximised(
    _ targets: [Double], from start: Parameters, near prior: Parameters
  ) -> Parameters? {
    var parameters = start
    var now = loss(parameters, targets, prior)
    for _ in 0..<Self.mostSteps {
      let (gradient, curvature) = derivatives(parameters, targets, prior)
      let direction = curvature.solved(gradient)
      let gain = (gradient * direction).sum()
      guard gain.isFinite else { return nil }
      if gain < Self.leastGain * (1 + now) { return parameters - direction }
      var step = 1.0
      var next = parameters - direction
      var after = loss(next, targets, prior)
      while !(after < now) {
        step /= 2
        guard step > Self.leastStep else { return nil }
        next = parameters - step * direction
        after = loss(next, targets, prior)
      }
      parameters = next
      now = after
    }
    return nil
  }

  /// First and second derivatives of the loss.
  private func derivatives(
    _ parameters: Parameters, _ targets: [Double], _ prior: Parameters
  ) -> (gradient: Parameters, curvature: SymmetricMatrix) {
    var gradient = 2 * Self.ridge * (parameters - prior)
    var curvature = SymmetricMatrix(diagonal: 2 * Self.ridge)
    for index in targets.indices {
      let probability = 1 / (1 + exp(-logOdds(parameters, index)))
      let row = Parameters(scores[index], means[index], 1)
      gradient += weights[index] * (probability - targets[index]) * row
      curvature.add(weights[index] * probability * (1 - probability), row)
    }
    return (gradient, curvature)
  }
}

/// A positive definite matrix, three by three.
private struct SymmetricMatrix {
  private var rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  init(diagonal: Double) {
    rows = (
      SIMD3(diagonal, 0, 0), SIMD3(0, diagonal, 0), SIMD3(0, 0, diagonal)
    )
  }

  mutating func add(_ factor: Double, _ vector: SIMD3<Double>) {
    rows.0 += factor * vector.x * vector
    rows.1 += factor * vector.y * vector
    rows.2 += factor * vector.z * vector
  }

  /// The solution of `matrix · solution = right`, by elimination without pivots, which a positive
  /// definite matrix does not need.
  func solved(_ right: SIMD3<Double>) -> SIMD3<Double> {
    var (first, second, third) = rows
    var right = right
    let down = second.x / first.x
    second -= down * first
    right.y -= down * right.x
    let further = third.x / first.x
    third -= further * first
    right.z -= further * right.x
    let last = third.y / second.y
    third -= last * second
    right.z -= last * right.y
    let z = right.z / third.z
    let y = (right.y - second.z * z) / second.y
    return SIMD3((right.x - first.y * y - first.z * z) / first.x, y, z)
  }
}

extension SIMD3<Double> {
  /// The largest absolute value of the components.
  fileprivate var magnitude: Double { Swift.max(abs(x), abs(y), abs(z)) }
}
