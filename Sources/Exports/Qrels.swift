import Records

/// Files that measure a retriever: grades and run in TREC's formats, and the texts in BEIR's layout.
enum Qrels {
  /// The name of the run, in the last column of the run file.
  static let tag = "emend"
  /// Scores of a run are multiples of one part in this many. trec_eval keeps scores as 32-bit floats,
  /// which tell steps of 10⁻⁶ apart up to 8.
  static let scoreScale = 1_000_000

  /// Writes four files: the texts of the passages, the texts of the queries, the passages ranked by
  /// utility, and every passage's grade after the run.
  static func export(_ queries: [ExportedQuery]) -> Export {
    let names = TRECNames(queries)
    let texts = Texts(queries, names)
    var run = Lines()
    var qrels = Lines()
    for (place, query) in queries.enumerated() {
      let ids = names.passages[place]
      forEachGrade(of: query, ids) { id, grade in
        qrels.append("\(names.queries[place]) 0 \(id) \(grade)\n".utf8)
      }
      append(query, names.queries[place], ids, to: &run)
    }
    return Export(
      files: [
        texts.corpus.file(.corpus), texts.queries.file(.queries), run.file(.run),
        qrels.file(.qrels),
      ],
      dropped: .init(), remarks: remarks(names, .qrels))
  }

  /// Writes a folder in BEIR's layout: corpus, queries, and every passage's grade after the run below BEIR's header.
  static func beir(_ queries: [ExportedQuery]) -> Export {
    let names = TRECNames(queries)
    let texts = Texts(queries, names)
    var qrels = Lines()
    qrels.append("query-id\tcorpus-id\tscore\n".utf8)
    for (place, query) in queries.enumerated() {
      forEachGrade(of: query, names.passages[place]) { id, grade in
        qrels.append("\(names.queries[place])\t\(id)\t\(grade)\n".utf8)
      }
    }
    return Export(
      files: [
        texts.corpus.file(.beirCorpus), texts.queries.file(.beirQueries), qrels.file(.beirQrels),
      ],
      dropped: .init(), remarks: remarks(names, .beirQrels))
  }

  /// Calls `body` with the name and the grade of each passage that counts.
  private static func forEachGrade(
    of query: ExportedQuery, _ ids: [String], _ body: (String, Int) -> Void
  ) {
    let isCounted = query.isCounted
    for index in ids.indices where isCounted[index] {
      body(ids[index], query.result.passages[index].grade)
    }
  }

  /// The texts of passages and queries, each text once.
  private struct Texts {
    var corpus = Lines()
    var queries = Lines()

    init(_ exported: [ExportedQuery], _ names: TRECNames) {
      var written: Set<String> = []
      for (place, query) in exported.enumerated() {
        var text = JSONLine()
        text.member("_id", names.queries[place])
        text.member("text", query.retrieval.query)
        queries.append(text.ended())
        let isCounted = query.isCounted
        for (index, passage) in query.retrieval.passages.enumerated() where isCounted[index] {
          let id = names.passages[place][index]
          guard written.insert(id).inserted else { continue }
          var document = JSONLine()
          document.member("_id", id)
          document.member("title", passage.title ?? "")
          document.member("text", passage.text)
          corpus.append(document.ended())
        }
      }
    }
  }

  /// Appends a query's lines to the run.
  ///
  /// trec_eval ignores the rank column and orders equal scores by name, so scores must fall strictly.
  /// A score that does not is set one step below the one before it.
  private static func append(
    _ query: ExportedQuery, _ name: String, _ ids: [String], to run: inout Lines
  ) {
    var last = Int.max
    let isCounted = query.isCounted
    for (rank, index) in query.ranking.lazy.filter({ isCounted[$0] }).enumerated() {
      let utility = query.result.passages[index].utility
      let units = min(Int((utility * Double(scoreScale)).rounded()), last - 1)
      last = units
      run.append("\(name) Q0 \(ids[index]) \(rank + 1) \(decimal(units)) \(tag)\n".utf8)
    }
  }

  /// `units` divided by `scoreScale`, with six decimals.
  private static func decimal(_ units: Int) -> String {
    let (whole, fraction) = units.magnitude.quotientAndRemainder(dividingBy: UInt(scoreScale))
    let digits = String(fraction)
    let zeros = String(repeating: "0", count: String(scoreScale).count - 1 - digits.count)
    return "\(units < 0 ? "-" : "")\(whole).\(zeros)\(digits)"
  }

  private static func remarks(_ names: TRECNames, _ file: ExportFile) -> [String] {
    var remarks: [String] = []
    if names.isQualified {
      remarks.append(
        "*\(file.suffix): passages are named query/passage, because the same passage id "
          + "stands for different texts")
    }
    if names.documents.names < names.documents.passages, names.hasSharedTexts {
      remarks.append(
        "*\(file.suffix): the \(names.documents.passages) passages have "
          + "\(names.documents.names) different texts, and each is one document, whatever its ids")
    }
    if names.renamed > 0 {
      remarks.append(
        "*\(file.suffix): \(Export.queries(names.renamed)) with an id that was there "
          + "before numbered id/2, id/3, …")
    }
    return remarks
  }

  private struct Lines {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    mutating func append(_ line: some Sequence<UInt8>) {
      bytes += line
      count += 1
    }

    func file(_ file: ExportFile) -> Export.File {
      Export.File(file: file, bytes: bytes, lines: count)
    }
  }
}
