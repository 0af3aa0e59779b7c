/// What can be asked for; the raw values are what the command line takes.
package enum ExportKind: String, CaseIterable, Sendable {
  case triplets
  case multiPositive = "multi-positive"
  case qrels

  /// The files it makes, in the order in which ``export(_:)`` returns them.
  package var files: [ExportFile] {
    switch self {
    case .triplets: [.triplets]
    case .multiPositive: [.multiPositive]
    case .qrels: [.corpus, .queries, .run, .qrels]
    }
  }

  /// The files for these queries. The same queries in the same order give the same bytes.
  package func export(_ queries: [ExportedQuery]) -> Export {
    switch self {
    case .triplets: Triplets.export(queries)
    case .multiPositive: MultiPositive.export(queries)
    case .qrels: Qrels.export(queries)
    }
  }
}
