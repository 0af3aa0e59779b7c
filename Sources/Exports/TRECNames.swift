import Records

/// The names of queries and passages in TREC files, whose fields are separated by blanks.
///
/// A name is the id with every byte percent-encoded except RFC 3986's unreserved ones, as Python's
/// `urllib.parse.quote(id, safe="")` does it. So ids that differ in any byte have different names. No
/// encoded id contains `/`, so that it can join two names.
struct TRECNames {
  /// Whether passages are named `query/passage`, because two passages with the same id have different
  /// texts or titles.
  let isQualified: Bool
  /// One name per query. The second query with the same id ends in `/2`, the third in `/3`, and so on.
  let queries: [String]
  /// Number of queries whose name has such a number.
  let renamed: Int

  /// - Complexity: O(bytes of the passages).
  init(_ exported: [ExportedQuery]) {
    var seen: [String: Int] = [:]
    var renamed = 0
    queries = exported.map { query in
      let name = Self.encoded(query.id)
      let number = seen[name, default: 0] + 1
      seen[name] = number
      if number > 1 { renamed += 1 }
      return number == 1 ? name : "\(name)/\(number)"
    }
    self.renamed = renamed
    isQualified = Self.hasClash(exported)
  }

  /// The name of a passage of the query at `place`.
  func passage(_ id: String, ofQueryAt place: Int) -> String {
    let name = Self.encoded(id)
    return isQualified ? "\(queries[place])/\(name)" : name
  }

  /// Whether two passages with the same id differ in text or title.
  private static func hasClash(_ exported: [ExportedQuery]) -> Bool {
    var passages: [String: Passage] = [:]
    for query in exported {
      for passage in query.retrieval.passages {
        let name = encoded(passage.id)
        guard let known = passages[name] else {
          passages[name] = passage
          continue
        }
        // Compares bytes, because texts that are equal in Swift can differ in normalisation.
        guard known.text.utf8.elementsEqual(passage.text.utf8),
          (known.title ?? "").utf8.elementsEqual((passage.title ?? "").utf8)
        else { return true }
      }
    }
    return false
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
