package import ModelInterfaces
import Vectors

/// Finds the candidates of queries in a corpus.
package struct CandidateMining: Sendable {
  /// Who ranks the documents.
  package enum Method: String, CaseIterable, Sendable {
    /// All that there are: vectors, words, and the given runs.
    case fusion
    /// The cosine of query and passage, and the given runs.
    case dense
    /// The words, and the given runs.
    case bm25
    /// The given runs alone.
    case run
  }

  /// Usual number of candidates. See docs/RETRIEVAL.md for what is found within it and what judging them costs.
  package static let defaultCount = 50
  /// The most candidates: no list is deeper, and judging so many passages takes hours for a few queries.
  package static let mostCandidates = depth
  /// How deep each list is that is fused, as in TREC's runs: a passage that two lists have at a moderate rank may come before
  /// one that only one list has.
  static let depth = 1000
  /// Queries whose lists are in memory at once.
  private static let queriesPerBlock = 1024

  private let method: Method
  private let count: Int
  private let threads: Int

  /// - Parameters:
  ///   - count: candidates of a query, above 0.
  ///   - threads: changes the time taken and never the result.
  package init(method: Method = .fusion, count: Int = defaultCount, threads: Int) {
    precondition(count > 0 && threads > 0)
    self.method = method
    self.count = count
    self.threads = threads
  }

  package enum Stage: String, Sendable { case encoding, searching }
  package typealias Progress = @Sendable (_ stage: Stage, _ done: Int, _ total: Int) -> Void

  package struct Outcome: Sendable {
    package let queries: [MinedQuery]
    /// How many judged documents of grade `positiveFrom` or higher there are, and how many of them the search has found
    /// among the candidates.
    package let positives: (judged: Int, found: Int)
    /// How many queries have no candidate at all.
    package let emptyCount: Int
    /// What names the encoder; nil where none was used.
    package let encoderIdentity: String?
    /// How many texts were really encoded.
    package let encodedCount: Int
    package let truncatedCount: Int
  }

  /// Finds the candidates of all queries. Judged documents are always among them.
  ///
  /// A document without a title whose text is that of the query is none, unless it is judged.
  /// - Parameters:
  ///   - selected: the queries, by their indices, ascending.
  ///   - positiveFrom: the lowest grade that means useful.
  ///   - encoder: opens the encoder; called only where vectors are compared.
  /// - Complexity: O(tokens of the corpus) for the encoder; O(selected × documents × dimension) for the search.
  package func mine(
    _ corpus: Corpus, for list: QueryList, selected: [Int], judgements: Judgements = Judgements(),
    runs: [RetrievalRun] = [], positiveFrom: Int = 1,
    encoder: () throws -> any Encoder, progress: Progress? = nil
  ) throws -> Outcome {
    let texts = corpus.documents.map(\.titledText)
    let queries = selected.map { list.queries[$0] }
    let usesWords = method == .fusion || method == .bm25
    let index =
      usesWords
      ? try InvertedIndex(texts: texts, queries: queries.map(\.text), threads: threads) : nil
    var vectors: (documents: Matrix, queries: Matrix)?
    var encodedCount = 0
    var truncatedCount = 0
    var identity: String?
    if method == .fusion || method == .dense {
      let encoder = try encoder()
      identity = encoder.identity
      let total = texts.count + queries.count
      // The queries first: few of them, and a fault of the model shows at once.
      let sought = try encoder.encode(queries.map(\.text)) { progress?(.encoding, $0, total) }
      let found = try encoder.encode(texts) { progress?(.encoding, queries.count + $0, total) }
      encodedCount = sought.encodedCount + found.encodedCount
      truncatedCount = found.truncated.count { $0 }
      vectors = (found.embeddings, sought.embeddings)
    }
    var mined: [MinedQuery] = []
    var positives = (judged: 0, found: 0)
    let depth = min(max(count, Self.depth), texts.count)
    for start in stride(from: 0, to: queries.count, by: Self.queriesPerBlock) {
      let block = start..<min(queries.count, start + Self.queriesPerBlock)
      progress?(.searching, start, queries.count)
      let words = try index?.search(block, depth: depth, threads: threads)
      let dense = vectors.map { vectors in
        nearestRows(
          of: vectors.queries.rows(block), among: vectors.documents, k: depth, threads: threads)
      }
      for place in block {
        let own = place - block.lowerBound
        let lists = Lists(
          dense: dense.flatMap { dense in
            // A query without a token is as near to any document as to any other.
            guard vectors?.queries.row(place).contains(where: { $0 != 0 }) == true else {
              return nil
            }
            let range = own * depth..<(own + 1) * depth
            return (Array(dense.indices[range]), Array(dense.scores[range]))
          },
          words: words.map { ($0[own].indices, $0[own].scores) },
          runs: runs.map { Array(($0.ofQuery[selected[place]] ?? []).prefix(Self.depth)) })
        let judged = judgements.ofQuery[selected[place]] ?? []
        let candidates = candidates(lists, judged, query: queries[place].text, corpus)
        let useful = candidates.filter { $0.grade.map { $0 >= positiveFrom } ?? false }
        positives.judged += useful.count
        positives.found += useful.count { $0.rank != nil }
        mined.append(MinedQuery(query: queries[place], candidates: candidates))
      }
    }
    return Outcome(
      queries: mined, positives: positives,
      emptyCount: mined.count { $0.candidates.isEmpty }, encoderIdentity: identity,
      encodedCount: encodedCount, truncatedCount: truncatedCount)
  }

  /// The ranked lists of one query.
  private struct Lists {
    let dense: (documents: [Int32], scores: [Float])?
    let words: (documents: [Int32], scores: [Float])?
    let runs: [[Int32]]
  }

  private func candidates(
    _ lists: Lists, _ judged: [Judgements.Judged], query: String, _ corpus: Corpus
  ) -> [Candidate] {
    let ranked = [lists.dense?.documents, lists.words?.documents].compactMap(\.self) + lists.runs
    let fused = RankFusion.fused(ranked)
    let grades = Dictionary(grouping: judged) { Int32($0.document) }
    let own = corpus.place(ofText: query).map { Int32($0) }
    var chosen: [(document: Int32, rank: Int?)] = []
    for document in fused where chosen.count < count {
      if document == own, grades[document] == nil { continue }
      chosen.append((document, chosen.count + 1))
    }
    let found = Set(chosen.map(\.document))
    // In the order of the search as far as it goes, so that the place of a passage tells nothing of its grade.
    let place = Dictionary(
      fused.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    chosen += grades.keys.filter { !found.contains($0) }
      .sorted { (place[$0] ?? .max, $0) < (place[$1] ?? .max, $1) }.map { ($0, nil) }
    let dense = Self.placed(lists.dense)
    let words = Self.placed(lists.words)
    let runs = lists.runs.map { run in
      Dictionary(run.enumerated().map { ($1, $0 + 1) }, uniquingKeysWith: { first, _ in first })
    }
    return chosen.flatMap { document, rank in
      // A text that was graded twice is there once for each grade, so that the contradiction is found.
      var grades = grades[document]?.map { Optional(($0.id, $0.grade)) } ?? [nil]
      var known: Set<Int> = []
      grades = grades.filter { grade in grade.map { known.insert($0.1).inserted } ?? true }
      return grades.map { judgement in
        Candidate(
          document: Int(document), id: judgement?.0 ?? corpus.documents[Int(document)].id,
          rank: rank, grade: judgement?.1, dense: dense[document], bm25: words[document],
          runRank: runs.compactMap { $0[document] }.min())
      }
    }
  }

  private static func placed(
    _ list: (documents: [Int32], scores: [Float])?
  ) -> [Int32: Candidate.Placed] {
    guard let list else { return [:] }
    return Dictionary(
      zip(list.documents, list.scores).enumerated().map {
        ($1.0, Candidate.Placed(rank: $0 + 1, score: $1.1))
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension Matrix {
  /// The rows of a range, copied.
  fileprivate func rows(_ range: Range<Int>) -> Matrix {
    Matrix(
      rows: range.count, columns: columns,
      storage: Array(storage[range.lowerBound * columns..<range.upperBound * columns]))
  }
}
