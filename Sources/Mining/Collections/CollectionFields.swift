import Records

/// The names of the members or columns in which a corpus and queries have their parts, where a user says them.
package struct CollectionFields: Sendable {
  package var documentID: String?
  package var documentTitle: String?
  package var documentText: String?
  package var queryID: String?
  package var queryText: String?

  package init() {}
}

/// A part of a document or a query, and the names that programs give to it.
struct FieldRole {
  /// How a file says which member it is.
  enum Need {
    /// One member of all entries holds it.
    case one
    /// Any entry may have it, under any of the usual names; the first that has a value counts.
    case optional
  }

  /// What a message calls it.
  let words: String
  /// The flag that names another member.
  let flag: String
  /// The usual names, the likeliest first: those of BEIR, pyserini, ir_datasets, MS MARCO, DPR.
  let usual: [String]
  /// The name that the user gives.
  var named: String?
  var need = Need.one

  static func documentID(_ named: String?) -> FieldRole {
    FieldRole(
      words: "the document's id", flag: "--corpus-id",
      usual: [
        "_id", "id", "docid", "doc_id", "pid", "passage_id", "psg_id", "document_id", "corpus-id",
        "corpus_id", "docno",
      ], named: named)
  }

  static func documentTitle(_ named: String?) -> FieldRole {
    FieldRole(
      words: "the document's title", flag: "--corpus-title", usual: ["title"], named: named,
      need: .optional)
  }

  static func documentText(_ named: String?) -> FieldRole {
    FieldRole(
      words: "the document's text", flag: "--corpus-text",
      usual: [
        "text", "contents", "content", "passage", "segment", "passage_text", "body", "document",
      ], named: named)
  }

  static func queryID(_ named: String?) -> FieldRole {
    FieldRole(
      words: "the query's id", flag: "--query-id",
      usual: ["_id", "id", "qid", "query_id", "query-id", "question_id", "topic_id"], named: named)
  }

  static func queryText(_ named: String?) -> FieldRole {
    FieldRole(
      words: "the query", flag: "--query-text",
      usual: ["query", "question", "text", "query_text", "title"], named: named)
  }

  static let answers = FieldRole(
    words: "the answers", flag: "", usual: ["answers", "answer"], named: nil, need: .optional)

  /// The query of a line that brings one passage.
  static func pairQuery(_ named: String?) -> FieldRole {
    FieldRole(
      words: "the query", flag: "--query-text",
      usual: ["query", "question", "anchor", "query_text"], named: named)
  }

  static let grade = FieldRole(
    words: "the label", flag: "", usual: ["label", "relevance", "grade", "is_selected"],
    named: nil, need: .optional)

  /// The members in which a file has it: the one that the user names, else, of one that all entries need, the usual
  /// one that most records of the sample have. Upper and lower case of usual names do not count. Empty where there is
  /// none.
  ///
  /// - Parameter kinds: what the member may be.
  func names(in sample: NamedSample, kinds: Set<RecordSample.Kind> = [.any]) -> [String] {
    if let named { return [named] }
    switch need {
    case .optional: return usual.flatMap { [$0] + sample.otherSpellings(of: $0) }
    case .one:
      var best: (name: String, share: Double)?
      for name in usual.flatMap({ [$0] + sample.otherSpellings(of: $0) }) {
        let share = sample.records.share(of: name, kinds: kinds)
        if share > best?.share ?? 0 { best = (name, share) }
      }
      return best.map { [$0.name] } ?? []
    }
  }
}

/// The first records of a file, with the names of their members.
struct NamedSample {
  let records: RecordSample
  /// In the order of their first appearance.
  let members: [String]

  init(_ source: Source) {
    records = RecordSample(source)
    var known: Set<String> = []
    members = records.documents.flatMap { document -> [String] in
      guard
        case .object(let members)? = PlainReader.value(
          of: String(decoding: document, as: UTF8.self))
      else { return [] }
      return members.map(\.name)
    }.filter { known.insert($0).inserted }
  }

  /// Members that differ from a name in upper and lower case alone.
  func otherSpellings(of name: String) -> [String] {
    members.filter { $0 != name && $0.lowercased() == name }
  }
}
