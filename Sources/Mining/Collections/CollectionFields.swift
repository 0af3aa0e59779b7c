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
  /// What a message calls it.
  let words: String
  /// The flag that names another member.
  let flag: String
  /// The usual names, the likeliest first: those of BEIR, pyserini, ir_datasets, MS MARCO, DPR.
  let usual: [String]
  /// The name that the user gives.
  var named: String?

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
      words: "the document's title", flag: "--corpus-title", usual: ["title"], named: named)
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
    words: "the answers", flag: "", usual: ["answers", "answer"], named: nil)

  /// The name that counts in a file: the one that the user gives, else the first usual one that a record of the
  /// sample has.
  func name(in sample: RecordSample) -> String? {
    named ?? usual.first { sample.share(of: $0) > 0 }
  }
}
