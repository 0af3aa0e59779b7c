package import Vectors

/// How near a query's passages are to it in an encoder's space; cosines, −1…1, higher is nearer.
package struct Similarities: Sendable, Equatable {
  /// Of each passage to the query.
  package let passage: [Double]
  /// Of each passage's nearest sentence to the query.
  package let sentence: [Double]
  /// The place of that sentence in its passage; the first of equals.
  package let nearestSentence: [Int]
  /// Of each passage's nearest sentence to the nearest of the answers; empty where there are none.
  package let answer: [Double]

  /// - Parameter vectors: unit rows of `query.textsToEncode`, in order.
  /// - Complexity: O(s d) for s sentences of d numbers.
  package init(_ query: CandidateQuery, vectors: Matrix) {
    let count = query.passages.count
    let firstSentence = 1 + count
    let firstAnswer = firstSentence + query.sentences.reduce(0) { $0 + $1.count }
    precondition(vectors.rows == firstAnswer + query.answers.count, "one vector per text")
    passage = (0..<count).map { Double(vectors.dotProduct(0, 1 + $0)) }
    var nearest: [(place: Int, similarity: Double)] = []
    var answered: [Double] = []
    var next = firstSentence
    for sentences in query.sentences {
      let rows = next..<next + sentences.count
      next = rows.upperBound
      var best = (place: 0, similarity: -Double.infinity)
      for (place, row) in rows.enumerated() {
        let similarity = Double(vectors.dotProduct(0, row))
        if similarity > best.similarity { best = (place, similarity) }
      }
      nearest.append(best)
      if !query.answers.isEmpty {
        let similarities = rows.flatMap { row in
          query.answers.indices.map { Double(vectors.dotProduct(row, firstAnswer + $0)) }
        }
        answered.append(similarities.max() ?? 0)
      }
    }
    sentence = nearest.map(\.similarity)
    nearestSentence = nearest.map(\.place)
    answer = answered
  }
}
