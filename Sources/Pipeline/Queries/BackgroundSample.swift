import PassageUtility
import Vectors

/// Passages of a block of queries, evenly spread, by which each query is compared with texts on other subjects.
struct BackgroundSample {
  /// A passage of the sample: its text, and the rows of its vector and of its sentences' vectors.
  private struct Entry {
    let text: String
    let passageRow: Int
    let sentenceRows: Range<Int>
  }

  private let vectors: Matrix
  private let entries: [Entry]

  /// - Parameter vectors: unit-length rows, one for each text of `textsToEncode` of each query, in order.
  init(_ queries: ArraySlice<CandidateQuery>, _ vectors: Matrix) {
    self.vectors = vectors
    var all: [Entry] = []
    var row = 0
    for query in queries {
      let firstPassage = row + query.questions.count
      var sentence = firstPassage + query.passages.count
      for (place, text) in query.passages.enumerated() {
        let rows = sentence..<sentence + query.sentences[place].count
        sentence = rows.upperBound
        if !text.allSatisfy(\.isWhitespace) {
          all.append(Entry(text: text, passageRow: firstPassage + place, sentenceRows: rows))
        }
      }
      row = sentence
    }
    // Twice the size, because a query leaves its own passages out.
    let step = max(1, all.count / (2 * BackgroundSimilarity.sampleSize))
    entries = stride(from: 0, to: all.count, by: step).map { all[$0] }
  }

  /// How near passages that are not the query's own are to it.
  ///
  /// - Parameter row: the row of the query's vector.
  /// - Complexity: O(s d) for s sentences in the sample and vectors of d numbers.
  func similarity(to query: CandidateQuery, row: Int) -> BackgroundSimilarity {
    let own = Set(query.passages)
    var similarities: [Double] = []
    for entry in entries where !own.contains(entry.text) {
      let passage = Double(vectors.dotProduct(row, entry.passageRow))
      let nearest = entry.sentenceRows.map { Double(vectors.dotProduct(row, $0)) }.max()
      similarities.append((passage + (nearest ?? passage)) / 2)
    }
    return BackgroundSimilarity(similarities)
  }
}
