/// How relevant documents are for queries, as people or a benchmark have judged it.
package struct Judgements: Sendable {
  /// A document with a grade.
  package struct Judged: Sendable, Hashable {
    /// Its index in the corpus.
    package let document: Int
    /// The id by which the judgement names it; a text may have several.
    package let id: String
    /// 0 is not relevant, higher is more relevant.
    package let grade: Int
  }

  /// For each query with a judgement, by its index: the documents, in the order of the file, none twice with the same
  /// id and grade.
  package private(set) var ofQuery: [Int: [Judged]] = [:]
  package private(set) var count = 0
  package private(set) var highestGrade = 0
  /// How many lines say by a grade below 0 that nobody has judged the document.
  package internal(set) var unjudgedCount = 0
  /// Lines that name a query that is not there.
  package internal(set) var unknownQueries = LineCount()
  /// Lines that name a document that the corpus does not have, or that has no text.
  package internal(set) var unknownDocuments = LineCount()
  /// Lines that name a document by an id that stands for several texts.
  package internal(set) var ambiguousDocuments = LineCount()

  private var known: Set<Key> = []

  private struct Key: Hashable {
    let query: Int
    let judged: Judged
  }

  package init() {}

  package mutating func add(query: Int, document: Int, id: String, grade: Int) {
    let judged = Judged(document: document, id: id, grade: grade)
    guard known.insert(Key(query: query, judged: judged)).inserted else { return }
    ofQuery[query, default: []].append(judged)
    count += 1
    highestGrade = max(highestGrade, grade)
  }
}

extension Judgements {
  /// Adds judgements of the same queries and corpus, with their counts.
  package mutating func add(_ other: Judgements) {
    for (query, judged) in other.ofQuery {
      for entry in judged {
        add(query: query, document: entry.document, id: entry.id, grade: entry.grade)
      }
    }
    unjudgedCount += other.unjudgedCount
    unknownQueries = other.unknownQueries
    unknownDocuments = other.unknownDocuments
    ambiguousDocuments = other.ambiguousDocuments
  }
}

/// Documents that another retriever has found for each query.
package struct RetrievalRun: Sendable {
  /// For each query, by its index: indices of documents, the best first, none twice.
  package internal(set) var ofQuery: [Int: [Int32]] = [:]
  package internal(set) var unknownQueries = LineCount()
  package internal(set) var unknownDocuments = LineCount()
  package internal(set) var ambiguousDocuments = LineCount()

  package init() {}
}

/// How many lines have something in common, and the first of them as an example.
package struct LineCount: Sendable, Equatable {
  package private(set) var count = 0
  /// The first line, from 1, and the name on it.
  package private(set) var first: (line: Int, name: String)?

  package static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.first?.line == right.first?.line
      && left.first?.name == right.first?.name
  }

  mutating func add(line: Int, name: String) {
    if count == 0 { first = (line, name) }
    count += 1
  }
}
