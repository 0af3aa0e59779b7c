import Foundation

/// Makes credibilities agree with what people decided about a sample.
///
/// Two maps of the log-odds that a label is wrong are tried: a line (Platt, "Probabilistic outputs for support
/// vector machines", 1999), whose slope is held near that of the run, and the best rising steps (isotonic
/// regression by pooling adjacent violators; Zadrozny and Elkan, 2002). The one that predicts left-out decisions
/// better is taken.
package struct Recalibration: Sendable {
  /// A decided record.
  package struct Example: Sendable {
    /// Credibility by the run, 0…1.
    package let credibility: Double
    package let isWrong: Bool
    /// How many records it stands for, above 0: 1 over the probability of being drawn.
    package let weight: Double

    package init(credibility: Double, isWrong: Bool, weight: Double) {
      self.credibility = credibility
      self.isWrong = isWrong
      self.weight = weight
    }
  }

  private enum Map: Sendable {
    /// log-odds = slope · x + intercept.
    case line(slope: Double, intercept: Double)
    /// The probability at each x, ascending; between two it is interpolated.
    case steps([(x: Double, probability: Double)])
  }

  private let map: Map
  /// Whether the steps were taken.
  package var isIsotonic: Bool { if case .steps = map { true } else { false } }

  /// Fewer decisions say too little about the form.
  package static let fewest = 20

  /// - Returns: nil for fewer than `fewest` examples.
  /// - Complexity: O(n log n).
  package init?(_ examples: [Example]) {
    guard examples.count >= Self.fewest else { return nil }
    // The weights say how much each counts beside the others; their sum stays the number of decisions, which
    // is what is known.
    let scale = Double(examples.count) / examples.reduce(0) { $0 + $1.weight }
    let points = examples.map {
      Point(x: Self.logOdds($0.credibility), isWrong: $0.isWrong, weight: $0.weight * scale)
    }.sorted { ($0.x, $0.isWrong ? 1 : 0) < ($1.x, $1.isWrong ? 1 : 0) }
    let folds = Self.folds
    var losses = (line: 0.0, steps: 0.0)
    for fold in 0..<folds {
      let training = points.indices.filter { $0 % folds != fold }.map { points[$0] }
      let (line, steps) = (Self.line(training), Self.steps(training))
      for index in points.indices where index % folds == fold {
        losses.line += Self.loss(points[index], Self.probability(points[index].x, line))
        losses.steps += Self.loss(points[index], Self.probability(points[index].x, steps))
      }
    }
    map = losses.steps < losses.line ? Self.steps(points) : Self.line(points)
  }

  /// The credibility of a label that the run gave this one.
  package func credibility(_ credibility: Double) -> Double {
    1 - Self.probability(Self.logOdds(credibility), map)
  }

  // MARK: - Fitting

  private struct Point {
    /// Log-odds that the label is wrong, by the run.
    let x: Double
    let isWrong: Bool
    let weight: Double
  }

  /// Enough that most of the decisions are learned from.
  private static let folds = 5
  /// So that no credibility is further from its neighbours than decisions could tell.
  private static let largestLogOdds = 12.0
  /// The slope's penalty is this · (slope − 1)² / 2, in units of one decision's log-likelihood. Of 1, 4 and 10,
  /// 4 had the smallest calibration error with 100 decisions (docs/EXPERIMENTS.md).
  private static let slopePenalty = 4.0
  /// Two made-up decisions at the median, one right and one wrong, of this weight each, so that a sample
  /// without a wrong label does not say that there is none.
  private static let pseudoWeight = 0.25

  private static func logOdds(_ credibility: Double) -> Double {
    let wrong = min(max(1 - credibility, 1e-6), 1 - 1e-6)
    return min(max(log(wrong / (1 - wrong)), -largestLogOdds), largestLogOdds)
  }

  private static func loss(_ point: Point, _ probability: Double) -> Double {
    let p = min(max(point.isWrong ? probability : 1 - probability, 1e-6), 1)
    return -point.weight * log(p)
  }

  private static func line(_ points: [Point]) -> Map {
    let median = points[points.count / 2].x
    let all =
      points
      + [true, false].map { Point(x: median, isWrong: $0, weight: pseudoWeight) }
    let wrong = all.reduce(0) { $0 + ($1.isWrong ? $1.weight : 0) }
    var best: (loss: Double, slope: Double, intercept: Double)?
    for step in 0...15 {
      let slope = Double(step) / 10
      // The likelihood is largest where the expected number of wrong labels is that which was found.
      var (low, high) = (-40.0, 40.0)
      for _ in 0..<50 {
        let middle = (low + high) / 2
        let expected = all.reduce(0) { $0 + $1.weight * sigmoid(slope * $1.x + middle) }
        if expected < wrong { low = middle } else { high = middle }
      }
      let intercept = (low + high) / 2
      let loss =
        all.reduce(0) { $0 + self.loss($1, sigmoid(slope * $1.x + intercept)) }
        + slopePenalty * (slope - 1) * (slope - 1) / 2
      if best.map({ loss < $0.loss }) ?? true { best = (loss, slope, intercept) }
    }
    return .line(slope: best?.slope ?? 1, intercept: best?.intercept ?? 0)
  }

  /// Pools neighbours until the share of wrong labels rises with x. Each step has the pseudo decisions, too.
  private static func steps(_ points: [Point]) -> Map {
    var blocks: [(x: Double, weight: Double, wrong: Double)] = []
    var next = 0
    while next < points.count {
      // Equal x have one probability, whatever their order is.
      let x = points[next].x
      let equal = points[next...].prefix { $0.x == x }
      next += equal.count
      let weight = equal.reduce(0) { $0 + $1.weight }
      blocks.append((x * weight, weight, equal.reduce(0) { $0 + ($1.isWrong ? $1.weight : 0) }))
      while blocks.count > 1 {
        let (last, before) = (blocks[blocks.count - 1], blocks[blocks.count - 2])
        guard before.wrong * last.weight >= last.wrong * before.weight else { break }
        blocks.removeLast()
        blocks[blocks.count - 1] = (
          before.x + last.x, before.weight + last.weight, before.wrong + last.wrong
        )
      }
    }
    let smoothed = blocks.map { block in
      (
        x: block.x / block.weight,
        probability: (block.wrong + pseudoWeight) / (block.weight + 2 * pseudoWeight)
      )
    }
    // Smoothing small steps may undo the order a little.
    var highest = 0.0
    return .steps(
      smoothed.map { step in
        highest = max(highest, step.probability)
        return (step.x, highest)
      })
  }

  /// The probability that a label is wrong.
  private static func probability(_ x: Double, _ map: Map) -> Double {
    switch map {
    case .line(let slope, let intercept): return sigmoid(slope * x + intercept)
    case .steps(let steps):
      guard let next = steps.firstIndex(where: { $0.x >= x }) else {
        return steps.last?.probability ?? 0
      }
      guard next > 0 else { return steps[0].probability }
      let (left, right) = (steps[next - 1], steps[next])
      let share = right.x > left.x ? (x - left.x) / (right.x - left.x) : 1
      return left.probability + share * (right.probability - left.probability)
    }
  }
}
