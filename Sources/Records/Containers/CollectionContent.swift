import Foundation

/// A part of a collection for retrieval, which has to be mined before it can be judged: a corpus, bare queries,
/// judgements or a run, recognised by its content.
package struct CollectionContent {
  package let reason: String
  package let remedy: String

  /// How many lines decide what a file may be.
  private static let sampled = 20

  /// The kind of part; nil where the content may be records.
  package init?(_ source: Source, options: ReadingOptions) {
    guard let reason = Self.reason(source, options: options) else { return nil }
    self.reason = reason
    remedy =
      "Find each query's candidates first, and name what comes out: emend mine --corpus CORPUS --queries QUERIES "
      + "--qrels QRELS, or emend mine FOLDER for a folder in BEIR's layout."
  }

  /// Whether a folder has the files of BEIR's layout.
  static func isFolder(_ path: String) -> Bool {
    ["corpus", "queries"].allSatisfy { name in
      ["", ".gz", ".zst"].contains {
        FileManager.default.fileExists(atPath: "\(path)/\(name).jsonl\($0)")
      }
    }
  }

  private static func reason(_ source: Source, options: ReadingOptions) -> String? {
    let bytes = source.bytes
    var start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    guard let first = bytes[start...].first(where: { !isSpace($0) }) else { return nil }
    if first == UInt8(ascii: "{") { return documents(source, from: start, options: options) }
    if first == UInt8(ascii: "[") { return nil }
    var rows: [[String]] = []
    while start < bytes.count, rows.count < sampled {
      let end = lineEnd(in: bytes, from: start)
      // No line of such a file is long, and one of another file may be as long as the file.
      guard end - start < 1 << 12 else { return nil }
      let cells = String(decoding: bytes[start..<end], as: UTF8.self)
        .split(whereSeparator: \.isWhitespace).map(String.init)
      if !cells.isEmpty { rows.append(cells) }
      start = end
    }
    guard let header = rows.first else { return nil }
    if header.map({ $0.lowercased() }) == ["query-id", "corpus-id", "score"] {
      return "the file has judgements (qrels) in BEIR's layout, and no text"
    }
    if rows.allSatisfy({ $0.count == 4 && ["0", "Q0"].contains($0[1]) && Int($0[3]) != nil }) {
      return "the file has judgements (qrels) in TREC's layout, and no text"
    }
    if rows.allSatisfy({ $0.count == 6 && ["0", "Q0"].contains($0[1]) && Double($0[4]) != nil }) {
      return "the file has a run in TREC's layout, and no text"
    }
    return nil
  }

  /// The members that documents and bare queries have.
  private static let names: Set<String> = [
    "_id", "id", "title", "text", "contents", "metadata", "url",
  ]

  /// Documents or queries, where each of the first lines has an id and a text of BEIR or pyserini, no line of the file
  /// has a member that these lack, such as a label, and nothing says how they are to be read.
  ///
  /// - Complexity: O(bytes) where the first lines are documents.
  private static func documents(
    _ source: Source, from start: Int, options: ReadingOptions
  ) -> String? {
    guard options.fields == FieldMapping(), !options.mayBeUnlabelled, options.preset == nil else {
      return nil
    }
    var scanner = LineScanner()
    let decoder = TextDecoder()
    let bytes = source.bytes.span
    var start = start
    var count = 0
    while start < bytes.count {
      let end = lineEnd(in: source.bytes, from: start)
      defer { start = end }
      // No document is so long; a file on one line may be.
      guard end - start < 1 << 20 else { return nil }
      let line = bytes.extracting(start..<end)
      if isBlank(line) { continue }
      guard (try? scanner.scan(line)) != nil, scanner.kind == .object else {
        if count < sampled { return nil }
        continue
      }
      let members = Set(
        scanner.members.map {
          String(decoding: scanner.key(of: $0, in: line, decoder: decoder), as: UTF8.self)
        })
      guard members.isSubset(of: names) else { return nil }
      if count < sampled {
        guard
          members.isSuperset(of: ["_id", "text"]) || members.isSuperset(of: ["id", "contents"])
        else { return nil }
      }
      count += 1
    }
    return "the records are documents or bare queries, with an id, a text and no label"
  }
}
