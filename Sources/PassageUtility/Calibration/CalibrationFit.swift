import Foundation

/// Fits a calibration to labels of which some may be wrong.
///
/// Logistic regression with a rate of wrong labels for each class (Bootkrajang and Kabán, "Label-noise
/// robust logistic regression and its applications", ECML PKDD 2012), by expectation and maximisation:
/// what is probably useful, given label and utility, is what the regression is fitted to. A regression on
/// the labels as they are would take their noise for a lack of evidence: with 15 % of the labels flipped,
/// hardly a wrong one would still be found. One rate for both classes would do the same where useful
/// passages were overlooked, the usual fault of such labels. The rates are those by the shipped
/// calibration, which no label has bent; fitted along, they take weak evidence for clean labels.
struct CalibrationFit {
  /// How strongly the three parameters are held to the shipped ones: a few queries move them little.
  static let ridge = 3.0
  static let mostRounds = 200
  static let mostSteps = 50
  /// Of a parameter, from one round to the next: moves no probability by a thousandth of a per cent.
  static let tolerance = 1e-5
  /// Of the loss, relative to it: what a Newton step may still promise when it is the last one.
  static let leastGain = 1e-12
  static let leastStep = 1e-6

  private let scores: [Double]
  private let means: [Double]
  private let labels: [Bool]
  private let isTrusted: [Bool]
  /// One over the number of the query's labels, so that queries count alike.
  private let weights: [Double]

  init(_ queries: [LabelledScores]) {
    scores = queries.flatMap(\.scores)
    means = queries.flatMap { query in query.scores.map { _ in query.mean } }
    labels = queries.flatMap(\.labels)
    isTrusted = queries.flatMap { query in query.scores.map { _ in query.isTrusted } }
    weights = queries.flatMap { query in query.scores.map { _ in 1 / Double(query.scores.count) } }
  }

  /// - Returns: nil where the labels are all alike, the fit does not converge, or it would call useful
  ///   what scores low.
  /// - Complexity: O(rounds · steps · labels), usually some 20 rounds of 2 steps.
  func calibration(near shipped: Calibration) -> Calibration? {
    guard labels.contains(true), labels.contains(false) else { return nil }
    let anchor = Parameters(shipped.slope, shipped.mean, shipped.intercept)
    var parameters = anchor
    let noise = noise(by: shipped)
    for _ in 0..<Self.mostRounds {
      let targets = targets(parameters, noise)
      guard let next = maximised(targets, from: parameters, near: anchor) else { return nil }
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

  /// Gold labels say nothing of how many of the others are wrong.
  private func noise(by calibration: Calibration) -> LabelNoise {
    let doubted = labels.indices.filter { !isTrusted[$0] }
    return LabelNoise.estimate(
      [doubted.map { labels[$0] }],
      [doubted.map { calibration.probability(scores[$0], mean: means[$0]) }], byClass: true)
  }

  /// Probability that each passage is useful, given its label and its score.
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

  /// Mean log-loss of a query's passages, summed over queries, and the pull of the anchor.
  private func loss(_ parameters: Parameters, _ targets: [Double], _ anchor: Parameters) -> Double {
    let off = parameters - anchor
    return targets.indices.reduce(Self.ridge * (off * off).sum()) { sum, index in
      let odds = logOdds(parameters, index)
      let loss = max(odds, 0) + log1p(exp(-abs(odds))) - targets[index] * odds
      return sum + weights[index] * loss
    }
  }

  /// Newton's method with halved steps: whole ones diverge on such data.
  private func maximised(
    _ targets: [Double], from start: Parameters, near anchor: Parameters
  ) -> Parameters? {
    var parameters = start
    var now = loss(parameters, targets, anchor)
    for _ in 0..<Self.mostSteps {
      let (gradient, curvature) = slopes(parameters, targets, anchor)
      let direction = curvature.solved(gradient)
      let gain = (gradient * direction).sum()
      guard gain.isFinite else { return nil }
      if gain < Self.leastGain * (1 + now) { return parameters - direction }
      var step = 1.0
      var next = parameters - direction
      var after = loss(next, targets, anchor)
      while !(after < now) {
        step /= 2
        guard step > Self.leastStep else { return nil }
        next = parameters - step * direction
        after = loss(next, targets, anchor)
      }
      parameters = next
      now = after
    }
    return nil
  }

  private func slopes(
    _ parameters: Parameters, _ targets: [Double], _ anchor: Parameters
  ) -> (gradient: Parameters, curvature: SymmetricMatrix) {
    var gradient = 2 * Self.ridge * (parameters - anchor)
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

/// Three by three, positive definite.
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

  /// By elimination; without pivots, which a positive definite matrix does not need.
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
  /// Of the component that is furthest from 0.
  fileprivate var magnitude: Double { Swift.max(abs(x), abs(y), abs(z)) }
}
