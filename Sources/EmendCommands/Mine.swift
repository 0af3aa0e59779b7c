import ArgumentParser
import AtomicFiles
import Foundation
import Messages
import Mining
import Records
import Report
import Rules
import SystemPackage

extension CandidateMining.Method: ExpressibleByArgument {}

struct Mine: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds candidates for queries in a corpus.",
    discussion: """
      Writes a file of queries with the passages that may answer them, for emend run to judge. Takes a folder in BEIR's \
      layout, or a corpus and queries (JSON lines, TSV, CSV; also .gz and .zst) with judgements (qrels of BEIR, TREC or \
      MS MARCO) and runs of other retrievers. Judged passages are always among the candidates, with their grade as label. \
      Passages with the same text are one.

      Without --corpus, queries that bring passages of their own (pairs and triplets of sentence-transformers, \
      FlagEmbedding, Tevatron, DPR, MS MARCO's top1000) are searched for in the passages of all of them, and lines with \
      the same query are joined. docs/RETRIEVAL.md describes it.

      Examples:
        emend mine nfcorpus --split train
        emend mine --corpus collection.tsv --queries queries.tsv --qrels qrels.tsv
        emend mine --corpus corpus.jsonl --queries queries.jsonl --to queries.mined.jsonl
        emend mine --queries pairs.jsonl
      """)

  @Argument(
    help: "A folder in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/NAME.tsv.",
    completion: .directory)
  var folder: String?

  @Option(
    help: ArgumentHelp("File with the documents. May be repeated.", valueName: "file"),
    completion: .file())
  var corpus: [String] = []

  @Option(help: ArgumentHelp("File with the queries.", valueName: "file"), completion: .file())
  var queries: String?

  @Option(
    help: ArgumentHelp("File with judgements of documents for queries.", valueName: "file"),
    completion: .file())
  var qrels: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "File with what another retriever found. May be repeated.", valueName: "file"),
    completion: .file())
  var runs: [String] = []

  @Option(
    help: ArgumentHelp(
      "Which judgements of the folder count, such as train or dev, and with them which queries.",
      valueName: "name"))
  var split: String?

  @Option(
    help: ArgumentHelp(
      "How many candidates each query gets, 1 to 1000. More cost time when they are judged.",
      valueName: "n"))
  var candidates: Int = CandidateMining.defaultCount

  @Option(
    help: ArgumentHelp(
      "Who ranks the documents: dense (vectors), bm25 (words), fusion (both) or run; runs that are named join in.",
      valueName: "method"))
  var method: CandidateMining.Method = .fusion

  @Flag(help: "Leave out queries that no judgement names.")
  var onlyJudged = false

  @Option(
    help: ArgumentHelp(
      "File to write; - for standard output. It must not exist. Without it, NAME.mined.jsonl beside the queries or the "
        + "folder.", valueName: "file"), completion: .file())
  var to: String?

  @OptionGroup(title: "Fields") var fields: CollectionFieldOptions
  @OptionGroup var rulesOptions: RulesOptions

  @Option(
    help: ArgumentHelp(
      "Processor threads; without it, one for each processor. Changes the time, never a byte.",
      valueName: "n"))
  var threads: Int?

  @Flag(
    help:
      "One JSON object in place of the summary: on standard output, or, where the lines go there (--to -), on standard error."
  )
  var json = false

  @Flag(help: "Only errors.")
  var quiet = false

  @Flag(help: "Encode anew, without the cache of embeddings.")
  var noCache = false

  func validate() throws {
    guard threads ?? 1 >= 1 else { throw ValidationError("--threads must be at least 1.") }
    guard (1...CandidateMining.mostCandidates).contains(candidates) else {
      throw ValidationError(
        "--candidates must be at least 1 and at most \(CandidateMining.mostCandidates): each of them is judged for each "
          + "query.")
    }
    if folder == nil {
      guard queries != nil else {
        throw ValidationError(
          "Name a folder in BEIR's layout, or the queries (--queries FILE) and the corpus (--corpus FILE)."
        )
      }
      guard split == nil else {
        throw ValidationError("--split chooses among the judgements of a folder; name a folder.")
      }
    } else {
      guard corpus.isEmpty, queries == nil, qrels == nil else {
        throw ValidationError("Name a folder, or files with --corpus, --queries and --qrels.")
      }
    }
    guard method != .run || !runs.isEmpty else {
      throw ValidationError("--method run takes the candidates of a run; name one with --run.")
    }
    if let to, [".gz", ".zst"].contains(where: to.lowercased().hasSuffix) {
      throw ValidationError("--to is written uncompressed; name a file without .gz or .zst.")
    }
  }

  func run() throws {
    let started = ContinuousClock.now
    let input = try MiningInput(self)
    let target = try MiningTarget(self, input)
    let title = Source.name(ofFile: input.queriesFile).name
    let bar = ProgressBar(title: title, isWanted: !quiet && !json)
    defer { bar.clear() }
    let models = LocalModels(threads: threadCount, usesCache: !noCache)
    let collection = try MinedCollection(input, fields: fields.fields, needsRun: method == .run)
    let outcome = try CandidateMining(method: method, count: candidates, threads: threadCount)
      .mine(
        collection.corpus, for: collection.queries, selected: collection.selected,
        judgements: collection.judgements, runs: collection.runs,
        positiveFrom: input.rules.utility.positiveFrom,
        encoder: { try models.encoder(input.rules) },
        progress: { stage, done, total in
          bar.show(stage: stage.rawValue, done: done, of: total)
        })
    let path = try target.publish(outcome.queries, of: collection.corpus)
    bar.clear()
    let seconds = started.duration(to: .now) / .seconds(1)
    let summary = MiningSummary(
      collection, outcome, method: method, candidates: candidates, path: path, seconds: seconds,
      rules: input.rules)
    if !quiet {
      for note in summary.notes { Terminal.warning("\(note)") }
      let text = json ? try summary.machineText : summary.text
      // The lines themselves may be on standard output.
      if path == nil { Terminal.say(lines: text) } else { try StandardOutput.say(text) }
    }
  }

  private var threadCount: Int {
    min(threads ?? .max, ProcessInfo.processInfo.activeProcessorCount)
  }
}

/// The flags that name the members of documents and queries.
struct CollectionFieldOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Member or column with a document's id, such as docid.", valueName: "name"))
  var corpusId: String?
  @Option(help: ArgumentHelp("Member or column with a document's title.", valueName: "name"))
  var corpusTitle: String?
  @Option(help: ArgumentHelp("Member or column with a document's text.", valueName: "name"))
  var corpusText: String?
  @Option(help: ArgumentHelp("Member or column with a query's id.", valueName: "name"))
  var queryId: String?
  @Option(help: ArgumentHelp("Member or column with a query's text.", valueName: "name"))
  var queryText: String?

  var fields: CollectionFields {
    var fields = CollectionFields()
    fields.documentID = corpusId
    fields.documentTitle = corpusTitle
    fields.documentText = corpusText
    fields.queryID = queryId
    fields.queryText = queryText
    return fields
  }
}
