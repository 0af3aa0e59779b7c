import Foundation
import Mining
import Records
import Rules

/// The files that are mined.
struct MiningInput {
  let corpusFiles: [String]
  let queriesFile: String
  let qrelsFile: String?
  let runFiles: [String]
  /// Whether only judged queries count: those of other parts of a folder are in its file of queries, too.
  let onlyJudged: Bool
  let rules: RuleSet
  /// The folder, as the user named it; nil for single files.
  let folder: String?
  let split: String?

  init(_ flags: Mine) throws {
    folder = flags.folder
    if let folder = flags.folder {
      let found = try BEIRFolder(folder, split: flags.split)
      corpusFiles = [found.corpus]
      queriesFile = found.queries
      qrelsFile = found.qrels
      split = found.split
      onlyJudged = flags.onlyJudged || found.qrels != nil
    } else {
      corpusFiles = flags.corpus
      queriesFile = flags.queries ?? "-"
      qrelsFile = flags.qrels
      split = nil
      onlyJudged = flags.onlyJudged
    }
    runFiles = flags.runs
    rules = try flags.rulesOptions.load().rules(forFileNamed: queriesFile)
    let inputs = corpusFiles + [queriesFile] + [qrelsFile].compactMap(\.self) + runFiles
    guard inputs.count(where: { $0 == "-" }) <= 1 else {
      throw Failure("standard input (-) can be only one of the files", status: .usage)
    }
  }
}

/// What the files of a collection hold.
struct MinedCollection {
  let corpus: Corpus
  let queries: QueryList
  /// The queries that are mined, by their indices.
  let selected: [Int]
  let judgements: Judgements
  let runs: [RetrievalRun]
  /// How many texts the queries brought that the corpus did not have; nil where they bring none.
  let ownPassages: Int?
  /// How many records of the queries' file are no queries, where others are.
  let otherCount: Int
  /// The lines of the queries' file that could not be read.
  let rejected: [Rejection]
  let input: MiningInput

  /// Reads all files.
  ///
  /// - Throws: where a file cannot be read, or where there is nothing to be mined.
  init(_ input: MiningInput, fields: CollectionFields, needsRun: Bool) throws {
    let reader = CollectionReader(fields: fields)
    var corpus = Corpus()
    for file in input.corpusFiles { try reader.read(Source.read(file), into: &corpus) }
    let source = try Source.read(input.queriesFile)
    var judgements = Judgements()
    var own: Int?
    var others = 0
    do {
      if CollectionReader.hasQueriesWithPassages(source) {
        let before = corpus.documents.count
        queries = try reader.queriesWithPassages(source, into: &corpus)
        own = corpus.documents.count - before
        rejected = []
      } else if let pairs = try Self.pairs(source, reader, input, into: &corpus, isTable: true) {
        queries = pairs.queries
        judgements = pairs.judgements
        own = pairs.newDocuments
        rejected = []
      } else if let reading = try Self.labelled(source, input.rules) {
        try Self.checkNames(fields, input.queriesFile)
        let labelled = LabelledQueries(reading.records, joining: &corpus)
        others = labelled.otherCount
        queries = labelled.queries
        judgements = labelled.judgements
        own = labelled.newDocuments
        rejected = reading.rejections
      } else if let pairs = try Self.pairs(source, reader, input, into: &corpus, isTable: false) {
        queries = pairs.queries
        judgements = pairs.judgements
        own = pairs.newDocuments
        rejected = []
      } else {
        // A file that is not understood is refused for that, and not for the missing corpus.
        queries = try reader.queries(source)
        guard !input.corpusFiles.isEmpty else {
          throw Failure(
            "\(input.queriesFile): the queries bring no passages of their own; name the corpus with --corpus FILE"
          )
        }
        rejected = []
      }
    }
    guard !corpus.documents.isEmpty else {
      guard !input.corpusFiles.isEmpty else {
        throw Failure(
          "\(input.queriesFile): the queries bring no passage with a text; name the corpus with --corpus FILE"
        )
      }
      throw Failure(
        "\(input.corpusFiles[0]): no document has a text; name the member that holds it with "
          + "--corpus-text")
    }
    guard !queries.queries.isEmpty else {
      throw Failure(
        "\(input.queriesFile): no line has a query; name the member that holds it with --query-text"
      )
    }
    let rankings = RankingReader(queries: queries, corpus: corpus)
    if let file = input.qrelsFile { judgements.add(try rankings.judgements(Source.read(file))) }
    runs = try input.runFiles.map { try rankings.run(Source.read($0)) }
    let judged = judgements.ofQuery
    selected = queries.queries.indices.filter { !input.onlyJudged || judged[$0] != nil }
    guard !selected.isEmpty else {
      let file = input.qrelsFile ?? input.queriesFile
      throw Failure("\(file): no judgement names a query and a document that are there")
    }
    self.corpus = corpus
    self.judgements = judgements
    self.input = input
    ownPassages = own
    otherCount = others
  }

  /// Throws where flags name members of queries that bring passages: emend reads these as it reads its records.
  private static func checkNames(_ fields: CollectionFields, _ file: String) throws {
    let usual = [("--query-text", fields.queryText, "query"), ("--query-id", fields.queryID, "id")]
    for (flag, name, part) in usual {
      guard let name, name != part else { continue }
      throw Failure(
        "\(file): the queries bring their passages, and \(flag) is for queries without any; name the member in rules: "
          + "fields: {\(part): \(name)}")
    }
  }

  /// Lines with one passage each. Of tables these are tried first, since emend reads no table with a passage in a column;
  /// of JSON lines what a preset knows comes first.
  private static func pairs(
    _ source: Source, _ reader: CollectionReader, _ input: MiningInput, into corpus: inout Corpus,
    isTable: Bool
  ) throws -> CollectionReader.Pairs? {
    guard CollectionReader.mayBeTable(source) == isTable else { return nil }
    return try reader.pairs(
      source, into: &corpus, positiveGrade: input.rules.utility.positiveFrom)
  }

  /// The records of a file whose queries bring passages; nil where they bring none.
  private static func labelled(_ source: Source, _ rules: RuleSet) throws -> Reading? {
    let completed = rules.completed(for: source, preset: nil, fields: FieldMapping())
    let options = completed.readingOptions()
    let sample = RecordSample(source).documents
    guard !sample.isEmpty else { return nil }
    let lines = Array(sample.joined(separator: [UInt8(ascii: "\n")]))
    let beginning = try Source(
      file: source.file.hasSuffix(".jsonl") ? source.file : "sample.jsonl", content: lines)
    // Bare queries, which are read otherwise.
    guard CollectionContent(beginning, options: options) == nil else { return nil }
    let trial = try Reader(options: options).read(beginning)
    guard trial.kinds[.retrieval] != nil else {
      // Passages that cannot be read are not passed over.
      if let first = trial.rejections.first,
        ["passages", "contexts", "ctxs"].contains(where: {
          RecordSample(beginning).share(of: $0) > 0
        })
      {
        throw Failure(first.described(in: source.file))
      }
      return nil
    }
    return try Reader(options: options).read(source)
  }
}
