import Concurrency
import Foundation
import PassageUtility
import Vectors

/// Where the words of given queries stand in the texts of a corpus, for search by BM25 (Robertson and Zaragoza,
/// "The Probabilistic Relevance Framework: BM25 and Beyond", 2009).
///
/// It holds only the terms of these queries, so that a large corpus takes little memory. A term is a stem; words that
/// tell nothing of the subject, such as "the", are none.
struct InvertedIndex: Sendable {
  /// The distinct terms of each query, ascending.
  private let termsOfQuery: [[Int32]]
  /// The places of term `t` are `starts[t]..<starts[t + 1]` in the two lists below, by document.
  private let starts: [Int]
  private let documents: [Int32]
  private let counts: [Int32]
  /// How many terms each document has, repeated ones and those that no query has included.
  private let lengths: [Int32]
  private let meanLength: Double

  /// - Parameters:
  ///   - texts: of the documents.
  ///   - threads: changes the time taken and never the result.
  /// - Complexity: O(bytes of the texts).
  init(texts: [String], queries: [String], threads: Int) throws {
    var vocabulary = QueryVocabulary()
    termsOfQuery = queries.map { vocabulary.terms(of: $0) }
    let known = vocabulary
    let parts = try concurrently(Self.ranges(of: texts.count, size: 1024), workers: threads) {
      Part(texts[$0], firstDocument: $0.lowerBound, vocabulary: known)
    }
    var starts = [Int](repeating: 0, count: vocabulary.count + 1)
    for part in parts { for term in part.terms { starts[Int(term) + 1] += 1 } }
    for term in 0..<vocabulary.count { starts[term + 1] += starts[term] }
    var next = starts
    var documents = [Int32](repeating: 0, count: starts[vocabulary.count])
    var counts = documents
    // The parts are in the order of their documents, so each term's places are, too.
    for part in parts {
      for (index, term) in part.terms.enumerated() {
        let place = next[Int(term)]
        next[Int(term)] += 1
        documents[place] = part.documents[index]
        counts[place] = part.counts[index]
      }
    }
    self.starts = starts
    self.documents = documents
    self.counts = counts
    lengths = parts.flatMap(\.lengths)
    let total = lengths.reduce(0) { $0 + Int($1) }
    meanLength = max(1e-9, Double(total) / Double(max(1, lengths.count)))
  }

  /// The documents that share a term with each of some queries, the highest BM25 score first, ties by index; at most `depth`.
  ///
  /// - Complexity: O(documents + places of the terms) for each query.
  func search(_ queries: Range<Int>, depth: Int, threads: Int) throws -> [NearestRows] {
    let ranges = Self.ranges(of: queries.count, size: 32).map {
      ($0.lowerBound + queries.lowerBound)..<($0.upperBound + queries.lowerBound)
    }
    return try concurrently(ranges, workers: threads) { range in
      var scores = [Double](repeating: 0, count: lengths.count)
      return range.map { search($0, depth: depth, &scores) }
    }.flatMap(\.self)
  }

  /// - Parameter scores: one for each document, all 0, as they are again afterwards.
  private func search(_ query: Int, depth: Int, _ scores: inout [Double]) -> NearestRows {
    let (k1, b) = (BM25.saturation, BM25.lengthWeight)
    var touched: [Int32] = []
    for term in termsOfQuery[query] {
      let places = starts[Int(term)]..<starts[Int(term) + 1]
      let found = Double(places.count)
      let weight = log(1 + (Double(lengths.count) - found + 0.5) / (found + 0.5))
      for place in places {
        let document = Int(documents[place])
        let count = Double(counts[place])
        let length = Double(lengths[document]) / meanLength
        if scores[document] == 0 { touched.append(documents[place]) }
        scores[document] += weight * count * (k1 + 1) / (count + k1 * (1 - b + b * length))
      }
    }
    var best = NearestRows(capacity: depth)
    for document in touched {
      best.offer(document, score: Float(scores[Int(document)]))
      scores[Int(document)] = 0
    }
    return best
  }

  private static func ranges(of count: Int, size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }
}

/// The terms of the queries, numbered in the order in which they first occur.
private struct QueryVocabulary: Sendable {
  private var numbers: [String: Int32] = [:]

  var count: Int { numbers.count }

  mutating func terms(of query: String) -> [Int32] {
    var terms: Set<Int32> = []
    for word in Words.of(query) where !Words.stopWords.contains(word) {
      let stem = Words.stem(word)
      let number = numbers[stem] ?? Int32(numbers.count)
      numbers[stem] = number
      terms.insert(number)
    }
    return terms.sorted()
  }

  func number(ofStem stem: String) -> Int32? { numbers[stem] }
}

/// Some documents of the corpus: how often each has each term of the queries.
private struct Part: Sendable {
  var terms: [Int32] = []
  var documents: [Int32] = []
  var counts: [Int32] = []
  var lengths: [Int32] = []

  init(_ texts: ArraySlice<String>, firstDocument: Int, vocabulary: QueryVocabulary) {
    /// What each word is, so that it is stemmed only once.
    var meanings: [String: Int32] = [:]
    var document = Int32(firstDocument)
    for text in texts {
      var length: Int32 = 0
      var found: [Int32] = []
      for word in Words.of(text) {
        let meaning = meanings[word] ?? Self.meaning(of: word, vocabulary)
        meanings[word] = meaning
        if meaning == Self.stopWord { continue }
        length += 1
        if meaning >= 0 { found.append(meaning) }
      }
      found.sort()
      var start = 0
      while start < found.count {
        var end = start
        while end < found.count, found[end] == found[start] { end += 1 }
        terms.append(found[start])
        documents.append(document)
        counts.append(Int32(end - start))
        start = end
      }
      lengths.append(length)
      document += 1
    }
  }

  private static let stopWord: Int32 = -2
  private static let otherWord: Int32 = -1

  /// The number of a word's term, `otherWord` where no query has it, or `stopWord`.
  private static func meaning(of word: String, _ vocabulary: QueryVocabulary) -> Int32 {
    if Words.stopWords.contains(word) { return stopWord }
    return vocabulary.number(ofStem: Words.stem(word)) ?? otherWord
  }
}
