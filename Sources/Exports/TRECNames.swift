import Records

/// The names that queries and passages bear in TREC files, whose fields are parted by blanks.
///
/// A name is the id with every byte but RFC 3986's unreserved ones percent-encoded, as Python's
/// `urllib.parse.quote(id, safe="")` does it. So it tells ids apart that differ in any byte, and
/// `/`, which no encoded id holds, is free to join two.
struct TRECNames {
  /// Whether passages are named `query/passage`, because somewhere the same id means two texts.
  let isQualified: Bool
  /// One per query; a later query with an id that was there before has its number behind a `/`.
  let queries: [String]
  /// Queries that were renamed for that.
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

  private static func hasClash(_ exported: [ExportedQuery]) -> Bool {
    var passages: [String: Passage] = [:]
    for query in exported {
      for passage in query.retrieval.passages {
        let name = encoded(passage.id)
        guard let known = passages[name] else {
          passages[name] = passage
          continue
        }
        // Bytes, because texts that Swift calls equal may differ in normalisation.
        guard known.text.utf8.elementsEqual(passage.text.utf8),
          (known.title ?? "").utf8.elementsEqual((passage.title ?? "").utf8)
        else { return true }
      }
    }
    return false
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  /// An empty id, which no field of a TREC file can hold, is a lone `%`, which no other becomes.
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
