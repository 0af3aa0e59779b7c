import Foundation

/// How common terms are in the passages of a file.
package struct TermStatistics: Sendable {
  /// How soon repeating a term stops counting, and how much long passages are held back: Robertson and
  /// Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the usual values.
  static let saturation = 1.2
  static let lengthWeight = 0.75

  let passages: Int
  let meanLength: Double
  private let frequency: [String: Int]

  /// - Parameter passages: the terms of each distinct passage.
  /// - Complexity: O(terms).
  init(_ passages: some Sequence<[String]>) {
    var frequency: [String: Int] = [:]
    var count = 0
    var terms = 0
    for passage in passages {
      count += 1
      terms += passage.count
      for term in Set(passage) { frequency[term, default: 0] += 1 }
    }
    self.frequency = frequency
    self.passages = count
    meanLength = count > 0 ? Double(terms) / Double(count) : 0
  }

  /// How much a term tells passages apart; above 0, higher for rare terms.
  func weight(of term: String) -> Double {
    let found = Double(frequency[term] ?? 0)
    return log(1 + (Double(passages) - found + 0.5) / (found + 0.5))
  }

  /// BM25 of a passage for a query: 0 where they share no term, higher is nearer.
  func bm25(query: [String], passage: [String]) -> Double {
    var counts: [String: Int] = [:]
    for term in passage { counts[term, default: 0] += 1 }
    let length = meanLength > 0 ? Double(passage.count) / meanLength : 0
    let held = Self.saturation * (1 - Self.lengthWeight + Self.lengthWeight * length)
    // Sorted, so that the sum does not depend on the order of a set.
    return Set(query).sorted().reduce(0) { sum, term in
      guard let count = counts[term] else { return sum }
      return sum + weight(of: term) * Double(count) * (Self.saturation + 1) / (Double(count) + held)
    }
  }

  /// Share of the query's terms that a text has, each by its weight, 0…1.
  func coverage(of query: [String], by text: [String]) -> Double {
    let wanted = Set(query).sorted()
    let present = Set(text)
    var total = 0.0
    var covered = 0.0
    for term in wanted {
      let weight = weight(of: term)
      total += weight
      if present.contains(term) { covered += weight }
    }
    return total > 0 ? covered / total : 0
  }
}
