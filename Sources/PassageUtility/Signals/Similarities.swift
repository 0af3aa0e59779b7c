package import Vectors

/// How near a query's passages are to it in an encoder's space; cosines, −1…1, higher is nearer.
package struct Similarities: Sendable, Equatable {
  /// Similarities to one question; every list has one entry per passage.
  package struct ToQuestion: Sendable, Equatable {
    package let passage: [Double]
    /// Similarity of the passage's nearest sentence.
    package let sentence: [Double]
    /// The place of that sentence in its passage; the first one if several are equally near.
    package let nearestSentence: [Int]
  }

  /// One entry per question of `CandidateQuery.questions`; the query itself is first.
  package let questions: [ToQuestion]
  /// How near texts on other subjects are to the query.
  package var background = BackgroundSimilarity.usual

  package init(questions: [ToQuestion]) { self.questions = questions }

  /// Computes the similarities from the vectors of the query's texts.
  ///
  /// - Parameter vectors: unit-length rows, one per text of `query.textsToEncode`, in that order.
  /// - Complexity: O(q s d) for q questions, s sentences and vectors of d numbers.
  package init(_ query: CandidateQuery, vectors: Matrix) {
    let firstPassage = query.questions.count
    let firstSentence = firstPassage + query.passages.count
    precondition(
      vectors.rows == firstSentence + query.sentences.reduce(0) { $0 + $1.count },
      "one vector per text")
    questions = (0..<firstPassage).map { question in
      var nearest: [(place: Int, similarity: Double)] = []
      var next = firstSentence
      for sentences in query.sentences {
        var best = (place: 0, similarity: -Double.infinity)
        for place in sentences.indices {
          let similarity = Double(vectors.dotProduct(question, next + place))
          if similarity > best.similarity { best = (place, similarity) }
        }
        next += sentences.count
        nearest.append(best)
      }
      return ToQuestion(
        passage: query.passages.indices.map {
          Double(vectors.dotProduct(question, firstPassage + $0))
        },
        sentence: nearest.map(\.similarity), nearestSentence: nearest.map(\.place))
    }
  }
}
