/// The exports that a user can choose; the raw values are the words on the command line.
package enum ExportKind: String, CaseIterable, Sendable {
  case triplets
  case multiPositive = "multi-positive"
  case qrels
  case beir
  case flagEmbedding = "flag-embedding"
  case tuples

  /// The files of this export, in the order in which ``export(_:)`` returns them.
  package var files: [ExportFile] {
    switch self {
    case .triplets: [.triplets]
    case .multiPositive: [.multiPositive]
    case .qrels: [.corpus, .queries, .run, .qrels]
    case .beir: [.beirCorpus, .beirQueries, .beirQrels]
    case .flagEmbedding: [.flagEmbedding]
    case .tuples: [.tuples]
    }
  }

  /// Makes the files for these queries. The same queries in the same order give the same bytes.
  package func export(_ queries: [ExportedQuery]) -> Export {
    switch self {
    case .triplets: Triplets.export(queries)
    case .multiPositive: MultiPositive.export(queries)
    case .qrels: Qrels.export(queries)
    case .beir: Qrels.beir(queries)
    case .flagEmbedding: FlagEmbedding.export(queries)
    case .tuples: Tuples.export(queries)
    }
  }
}
