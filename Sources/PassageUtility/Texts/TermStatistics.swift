import Foundation

/// How common terms are in a collection of texts.
struct TermStatistics {
  private let texts: Int
  private let frequency: [Int32: Int]

  /// - Parameter texts: the terms of each text; a repeated term counts once per text.
  /// - Complexity: O(terms).
  init(_ texts: some Sequence<[Int32]>) {
    var frequency: [Int32: Int] = [:]
    var count = 0
    for terms in texts {
      count += 1
      for term in Set(terms) { frequency[term, default: 0] += 1 }
    }
    self.frequency = frequency
    self.texts = count
  }

  /// How well a term distinguishes texts; above 0, higher for rarer terms. It is the probabilistic
  /// inverse document frequency, with 1 added under the logarithm so that it stays positive (as in
  /// Lucene).
  func weight(of term: Int32) -> Double {
    let found = Double(frequency[term] ?? 0)
    return log(1 + (Double(texts) - found + 0.5) / (found + 0.5))
  }
}

/// BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
package enum BM25 {
  /// k₁: how soon more occurrences of a term stop raising the score. The usual value.
  package static let saturation = 1.2
  /// b: how strongly the score of long passages is lowered. The usual value.
  package static let lengthWeight = 0.75

  /// The BM25 score as a share of the highest score that any passage could get, 0…1; higher is nearer.
  /// - Parameters:
  ///   - query: distinct terms, ascending.
  ///   - most: `highest(query:weight:)` of the same query.
  ///   - weight: of a term, above 0.
  /// - Complexity: O(passage), so that a long query costs no more for each of many short passages.
  static func share(
    query: [Int32], most: Double, passage: [Int32], meanLength: Double, weight: (Int32) -> Double
  ) -> Double {
    guard most > 0 else { return 0 }
    var counts: [Int32: Int] = [:]
    for term in passage { counts[term, default: 0] += 1 }
    let length = Double(passage.count) / max(1e-9, meanLength)
    let normaliser = saturation * (1 - lengthWeight + lengthWeight * length)
    var score = 0.0
    for term in counts.keys.sorted().shared(with: query) {
      let count = Double(counts[term] ?? 0)
      score += weight(term) * count * (saturation + 1) / (count + normaliser)
    }
    return score / most
  }

  /// The highest score that any passage could get.
  /// - Parameter query: distinct terms, ascending.
  static func highest(query: [Int32], weight: (Int32) -> Double) -> Double {
    query.reduce(0) { $0 + weight($1) * (saturation + 1) }
  }
}

extension [Int32] {
  /// Whether an ascending list has a number.
  func holds(_ number: Int32) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number
  }

  /// The numbers that two ascending lists have in common, ascending.
  /// - Complexity: O(longer), or O(shorter · log longer) where that is less.
  func shared(with other: [Int32]) -> [Int32] {
    let (shorter, longer) = count < other.count ? (self, other) : (other, self)
    // A search takes some ten steps for each number.
    if shorter.count < longer.count / 16 { return shorter.filter(longer.holds) }
    var common: [Int32] = []
    var left = 0
    var right = 0
    while left < count, right < other.count {
      if self[left] == other[right] {
        common.append(self[left])
        left += 1
        right += 1
      } else if self[left] < other[right] {
        left += 1
      } else {
        right += 1
      }
    }
    return common
  }
}
