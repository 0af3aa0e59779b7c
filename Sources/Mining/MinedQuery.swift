import Records

/// A passage that is a candidate for a query.
package struct Candidate: Sendable, Equatable {
  /// A place in a ranked list, from 1, and the score by which it has it.
  package struct Placed: Sendable, Equatable {
    package let rank: Int
    package let score: Float
  }

  /// Its index in the corpus.
  package let document: Int
  /// The id by which a judgement names it, else the document's.
  package let id: String
  /// Its place among the candidates that were found, from 1; nil for a judged passage that is not among them.
  package var rank: Int?
  package var grade: Int?
  /// Its place by the cosine of query and passage; nil beyond the depth of the search.
  package var dense: Placed?
  /// Its place by BM25.
  package var bm25: Placed?
  /// Its best place in a given run.
  package var runRank: Int?
}

/// A query with its candidates: those that were found, the best first, and after them judged passages that were not.
package struct MinedQuery: Sendable {
  package let query: SoughtQuery
  package let candidates: [Candidate]

  /// Appends the query as a line that `emend run` reads.
  ///
  /// Places and scores are further members of a passage, which stay as they are. A passage without `rank` was judged and
  /// not found; `copies` has the other ids of its text.
  package func append(to output: inout [UInt8], corpus: Corpus) {
    output += "{\"id\": ".utf8
    JSONText.append(query.id, to: &output)
    output += ", \"query\": ".utf8
    JSONText.append(query.text, to: &output)
    if !query.answers.isEmpty {
      output += ", \"answers\": ".utf8
      Self.append(query.answers, to: &output)
    }
    output += ", \"passages\": [".utf8
    for (place, candidate) in candidates.enumerated() {
      if place > 0 { output += ", ".utf8 }
      let document = corpus.documents[candidate.document]
      output += "{\"id\": ".utf8
      JSONText.append(candidate.id, to: &output)
      if let title = document.title {
        output += ", \"title\": ".utf8
        JSONText.append(title, to: &output)
      }
      output += ", \"text\": ".utf8
      JSONText.append(document.text, to: &output)
      Self.append("label", candidate.grade, to: &output)
      Self.append("rank", candidate.rank, to: &output)
      Self.append("dense", candidate.dense, to: &output)
      Self.append("bm25", candidate.bm25, to: &output)
      Self.append("run_rank", candidate.runRank, to: &output)
      let copies = ([document.id] + document.copies).filter { $0 != candidate.id }
      if !copies.isEmpty {
        output += ", \"copies\": ".utf8
        Self.append(copies, to: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
    output += "]}\n".utf8
  }

  private static func append(_ name: String, _ number: Int?, to output: inout [UInt8]) {
    guard let number else { return }
    output += ", \"\(name)\": \(number)".utf8
  }

  private static func append(_ name: String, _ placed: Candidate.Placed?, to output: inout [UInt8])
  {
    guard let placed else { return }
    output += ", \"\(name)\": ".utf8
    JSONText.append(
      units: Int((Double(placed.score) * Double(JSONText.scale)).rounded()), to: &output)
    output += ", \"\(name)_rank\": \(placed.rank)".utf8
  }

  private static func append(_ texts: [String], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "["))
    for (place, text) in texts.enumerated() {
      if place > 0 { output += ", ".utf8 }
      JSONText.append(text, to: &output)
    }
    output.append(UInt8(ascii: "]"))
  }
}
