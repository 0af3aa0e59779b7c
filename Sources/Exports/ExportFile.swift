/// The kinds of files that exports make; the raw values are the ends of their names.
package enum ExportFile: String, CaseIterable, Sendable {
  case triplets = ".triplets.jsonl"
  case multiPositive = ".multi-positive.jsonl"
  case qrels = ".qrels"
  case run = ".run"
  case corpus = ".corpus.jsonl"
  case queries = ".queries.jsonl"
  case beirCorpus = ".beir/corpus.jsonl"
  case beirQueries = ".beir/queries.jsonl"
  /// BEIR's loaders find judgements by the name of their part, which is that of the split.
  case beirQrels = ".beir/qrels/train.tsv"
  case flagEmbedding = ".flag-embedding.jsonl"
  case tuples = ".tuples.jsonl"
  case firstStage = ".curriculum-1.jsonl"
  case secondStage = ".curriculum-2.jsonl"
  case labelStudioTasks = ".label-studio.json"
  case labelStudioConfiguration = ".label-studio.xml"
  case argilla = ".argilla.json"
  case suspects = ".suspects.csv"
  case cleanlab = ".cleanlab.csv"
  case slim = ".slim.jsonl"
  case slimLabels = ".slim-labels.json"

  /// The end of the file's name after the stem, with its dot.
  package var suffix: String { rawValue }

  /// The file's name for results whose name is `stem`.
  package func name(stem: String) -> String { stem + suffix }
}
