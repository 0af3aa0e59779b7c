import Concurrency
import Foundation

/// How probably a label of a list is one too many, or a label that is not in it is missing.
///
/// A list of labels is as suspect as its most suspect membership: that of a given label with the
/// out-of-fold probability p has the log-odds log((1 − p)/p), that of a label that was not given log(p/(1 − p)).
/// These are no probabilities of an error: a label that is hard to predict has a low p, too. So lists are
/// compared with known errors, as single labels are (`ErrorDetector`): each list is given one label too
/// many, or loses one, and a logistic regression learns from which log-odds on a list looks more like these
/// than like the given ones. docs/METHODS.md, section 1.
struct ListErrors: Sendable {
  /// Whether the records tell anything about their labels; without it no list is judged.
  let isJudged: Bool
  /// The log-odds from which on a membership looks more like a known error than like a given one, at least
  /// 0: below, the evidence prefers it as it is.
  let boundary: Double
  /// The expected share of lists with a wrong or missing label, 0…1.
  let rate: Double
  private let scale: Double
  private let shift: Double

  /// Known errors drawn for each list: half of them add a label, half take one away.
  static let copies = 2
  /// The probability that a membership of these log-odds is wrong, 0…1.
  func wrong(_ logOdds: Double) -> Double { sigmoid(scale * logOdds + shift) }

  /// Takes the log-odds as they are. For tests, and for what was not annotated.
  init(scale: Double = 1, shift: Double = 0, boundary: Double = 0, rate: Double = 1) {
    isJudged = true
    (self.scale, self.shift) = (scale, shift)
    (self.boundary, self.rate) = (boundary, rate)
  }

  /// - Complexity: O(n K).
  init(
    outOfFold: OutOfFoldProbabilities, targets: Targets, similarLabels: SimilarLabels? = nil,
    threads: Int
  ) {
    let rows = evenlySpread(targets.annotated, limit: ErrorDetector.learningLimit).map(Int.init)
    isJudged = Self.areLearnable(
      rows, outOfFold: outOfFold, targets: targets, similarLabels: similarLabels)
    let stride = 1 + Self.copies
    let suspicion = Cells<Float>(repeating: 0, count: rows.count * stride)
    Parallel.chunks(of: rows.count, chunk: 128, threads: threads) { places in
      for place in places {
        let own = Self.suspicions(rows[place], outOfFold: outOfFold, targets: targets)
        for copy in own.indices { suspicion[place * stride + copy] = Float(own[copy]) }
      }
    }
    let values = suspicion.values
    let share = ErrorDetector.errorShare
    let isError = values.indices.map { !$0.isMultiple(of: stride) }
    let regression = LogisticRegression(
      features: values.map { $0 / Self.unit }, width: 1, isPositive: isError,
      weights: isError.map { $0 ? share / Double(Self.copies) : 1 - share },
      penalty: ErrorDetector.penalty, threads: threads)
    let slope = regression.coefficients[0] / Double(Self.unit)
    let given = rows.indices.map { Double(values[$0 * stride]) }
    let corrupted = ErrorDetector.corruptedShare(
      given.map { slope * $0 + regression.intercept })
    let least = slope > 0 ? max(-regression.intercept / slope, 0) : .infinity
    let looksWrong = Double(given.count { $0 > least }) / Double(max(given.count, 1))
    let rate = max(
      ErrorLevel(corruptedShare: corrupted, asymmetry: 0).estimate, looksWrong,
      ErrorProbabilities.lowestRate)
    self.rate = rate
    boundary = least
    scale = ErrorProbabilities.sharpness
    shift = ErrorProbabilities.shift(given.map { ErrorProbabilities.sharpness * $0 }, rate: rate)
  }

  /// The typical size of log-odds, by which they are divided for the regression.
  private static let unit: Float = 3

  /// The log-odds that a membership is wrong.
  static func logOdds(_ probability: Float, isGiven: Bool) -> Double {
    let clipped = Double(min(max(probability, Signals.clip), 1 - Signals.clip))
    let belongs = log(clipped / (1 - clipped))
    return isGiven ? -belongs : belongs
  }

  /// The log-odds of a list's most suspect membership: first as it was given, then with each known error.
  private static func suspicions(
    _ row: Int, outOfFold: OutOfFoldProbabilities, targets: Targets
  ) -> [Double] {
    let count = outOfFold.labelCount
    var isGiven = [Bool](repeating: false, count: count)
    for label in targets.of(row) { isGiven[Int(label)] = true }
    var logOdds = [Double](repeating: 0, count: count)
    // The two most suspect memberships: the second is what is left where the first is changed.
    var (most, first, second) = (-1, -Double.infinity, -Double.infinity)
    // Seeded by what is known of the record, so that neither the threads nor the order of the file matter.
    var digest = UInt64(targets.of(row).count)
    for label in 0..<count {
      let value = Self.logOdds(outOfFold.probability(row, label), isGiven: isGiven[label])
      logOdds[label] = value
      let rounded = Int64(exactly: (value * 64).rounded()) ?? 0
      digest = (digest ^ UInt64(bitPattern: rounded)) &* 0x9E37_79B9_7F4A_7C15
      digest ^= digest >> 32
      if value > first {
        (most, second, first) = (label, first, value)
      } else if value > second {
        second = value
      }
    }
    var generator = SplitMix64(seed: ErrorDetector.seed &+ digest)
    var found = [first]
    for _ in 0..<copies {
      let adds = generator.uniform() < 0.5 || targets.of(row).isEmpty
      let isByEvidence = generator.uniform() < VirtualErrors.transitionShare
      let weights = (0..<count).map { label in
        if adds == isGiven[label] { return 0.0 }
        if !adds { return 1 }
        return isByEvidence
          ? Double(outOfFold.probability(row, label)).squareRoot() : targets.frequencies[label]
      }
      let changed = VirtualErrors.draw(
        generator.uniform() * weights.reduce(0, +), among: count
      ) { weights[$0] }
      // A list of all labels, to which none can be added, stays as it is.
      guard changed >= 0 else {
        found.append(first)
        continue
      }
      found.append(max(changed == most ? second : first, -logOdds[changed]))
    }
    return found
  }

  /// Whether the given memberships are likelier by the evidence than by the labels' frequencies, in a
  /// one-sided test at about 1 %.
  ///
  /// Similar spellings of a label count as one, as in `Learnability`: as that of the record, else the commonest.
  private static func areLearnable(
    _ rows: [Int], outOfFold: OutOfFoldProbabilities, targets: Targets,
    similarLabels: SimilarLabels?
  ) -> Bool {
    let frequencies = targets.frequencies
    var expected = frequencies.map(Float.init)
    var total = 0.0
    var squares = 0.0
    for row in rows {
      var gain = 0.0
      var own = targets.of(row)
      if let similarLabels {
        expected = frequencies.map(Float.init)
        similarLabels.gather(&expected, from: 0, own: own)
      }
      for label in 0..<outOfFold.labelCount {
        let isGiven = own.first == Int32(label)
        if isGiven { own.removeFirst() }
        gain +=
          Self.logOdds(expected[label], isGiven: isGiven).likelihoodLoss
          - Self.logOdds(outOfFold.probability(row, label), isGiven: isGiven).likelihoodLoss
      }
      let clipped = min(max(gain, -Learnability.mostGain), Learnability.mostGain)
      total += clipped
      squares += clipped * clipped
    }
    let count = Double(max(rows.count, 1))
    let mean = total / count
    let deviation = max(squares / count - mean * mean, 1e-12).squareRoot()
    return mean * count.squareRoot() / deviation > Learnability.leastScore
  }
}

extension Double {
  /// −log of the probability that a membership with these log-odds of being wrong is right.
  fileprivate var likelihoodLoss: Double { max(self, 0) + log1p(exp(-abs(self))) }
}
