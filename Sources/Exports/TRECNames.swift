import Assessments
import Records

/// The names of queries and passages in TREC files, whose fields are separated by blanks.
///
/// A name is the id with every byte percent-encoded except RFC 3986's unreserved ones, as Python's
/// `urllib.parse.quote(id, safe="")` does it. So ids that differ in any byte have different names. No
/// encoded id contains `/`, so that it can join two names.
///
/// Passages with the same text and title have one name, whatever their ids are.
struct TRECNames {
  /// Whether passages are named `query/passage`, because two passages with the same id have different
  /// texts or titles.
  let isQualified: Bool
  /// One name per query. The second query with the same id ends in `/2`, the third in `/3`, and so on.
  let queries: [String]
  /// Number of queries whose name has such a number.
  let renamed: Int
  /// For each query the names of its passages.
  let passages: [[String]]
  /// Whether passages with different ids have the same text.
  let hasSharedTexts: Bool
  /// Number of passages, and of different names among them.
  let documents: (passages: Int, names: Int)

  /// - Complexity: O(bytes of the passages).
  init(_ exported: [ExportedQuery]) {
    var seen: [String: Int] = [:]
    var renamed = 0
    let queries = exported.map { query in
      let name = Self.encoded(query.id)
      let number = seen[name, default: 0] + 1
      seen[name] = number
      if number > 1 { renamed += 1 }
      return number == 1 ? name : "\(name)/\(number)"
    }
    let keys = exported.map { $0.retrieval.passages.map(Self.identity) }
    var keyOfID: [ExactText: ExactText] = [:]
    var isQualified = false
    for (query, keys) in zip(exported, keys) {
      for (passage, key) in zip(query.retrieval.passages, keys) {
        let known = keyOfID[ExactText(passage.id)] ?? key
        keyOfID[ExactText(passage.id)] = known
        if known != key { isQualified = true }
      }
    }
    var names: [ExactText: String] = [:]
    var ids: [ExactText: ExactText] = [:]
    var hasSharedTexts = false
    passages = exported.indices.map { place in
      zip(exported[place].retrieval.passages, keys[place]).map { passage, key in
        if let name = names[key] {
          if ids[key] != ExactText(passage.id) { hasSharedTexts = true }
          return name
        }
        ids[key] = ExactText(passage.id)
        let id = Self.encoded(passage.id)
        let name = isQualified ? "\(queries[place])/\(id)" : id
        names[key] = name
        return name
      }
    }
    documents = (keys.reduce(0) { $0 + $1.count }, names.count)
    self.hasSharedTexts = hasSharedTexts
    self.isQualified = isQualified
    self.queries = queries
    self.renamed = renamed
  }

  /// What passages with one name have in common: text and title, white space folded; of blank ones, the id.
  private static func identity(_ passage: Passage) -> ExactText {
    ExactText(passage.comparedText.map { "text \($0)" } ?? "id \(passage.id)")
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  /// The percent-encoded id. A field of a TREC file must not be empty, so an empty id becomes a single
  /// `%`, which no other id becomes.
  static func encoded(_ id: String) -> String {
    if id.isEmpty { return "%" }
    var output: [UInt8] = []
    for byte in id.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        output.append(byte)
      default:
        output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
