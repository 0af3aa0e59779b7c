import Foundation

/// The exact interval of a share that was found in a random sample (Clopper and Pearson, "The use of
/// confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26, 1934).
package struct BinomialInterval: Sendable, Equatable {
  /// Lower and upper end, 0…1.
  package let low: Double
  package let high: Double

  /// The two-sided interval for `hits` of `count` draws. Each side is wrong with a probability of at most
  /// half of 1 − `confidence`.
  ///
  /// - Precondition: `0 <= hits <= count`, and `confidence` lies above 0 and below 1.
  /// - Complexity: O(count).
  package init(hits: Int, of count: Int, confidence: Double = Self.usualConfidence) {
    let tail = (1 - confidence) / 2
    low = Self.lowerBound(hits: hits, of: count, confidence: 1 - tail)
    high = 1 - Self.lowerBound(hits: count - hits, of: count, confidence: 1 - tail)
  }

  package static let usualConfidence = 0.9

  /// The share that is exceeded with at least this confidence; 0 where nothing was drawn or hit.
  package static func lowerBound(
    hits: Int, of count: Int, confidence: Double = Self.usualConfidence
  ) -> Double {
    precondition(hits >= 0 && hits <= count && confidence > 0 && confidence < 1)
    guard hits > 0 else { return 0 }
    // The p at which `hits` or more have the probability 1 − confidence; the tail grows with p.
    let tail = Tail(from: hits, of: count)
    var (low, high) = (0.0, 1.0)
    for _ in 0..<steps {
      let middle = (low + high) / 2
      if tail.probability(middle) < 1 - confidence { low = middle } else { high = middle }
    }
    return low
  }

  /// Halvings of 0…1, until nothing is left that five decimals could show.
  private static let steps = 40

  /// The probability of at least `first` hits in `count` draws.
  private struct Tail {
    private let first: Int
    private let count: Int
    /// The logarithms of the binomial coefficients from `first` on.
    private let coefficients: [Double]

    init(from first: Int, of count: Int) {
      self.first = first
      self.count = count
      var logFactorials = [0.0]
      for number in 1...max(1, count) {
        logFactorials.append(logFactorials[number - 1] + log(Double(number)))
      }
      coefficients = (first...count).map {
        logFactorials[count] - logFactorials[$0] - logFactorials[count - $0]
      }
    }

    func probability(_ p: Double) -> Double {
      guard p > 0 else { return 0 }
      guard p < 1 else { return 1 }
      let (hit, miss) = (log(p), log(1 - p))
      return coefficients.enumerated().reduce(0) { sum, term in
        let hits = Double(first + term.offset)
        return sum + exp(term.element + hits * hit + (Double(count) - hits) * miss)
      }
    }
  }
}
