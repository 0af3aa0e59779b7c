// Pipeline owns the order of the stages and the translation between their values: read, encode,
// search, repair, write. It knows nothing of the command line, and touches no file but through the
// stages.

package import Exports
import ModelInterfaces
package import Records
package import Assessments
import LabelQuality
package import Report
package import Rules
package import Vectors
import Concurrency

/// A file, repaired, and not yet published.
package struct RepairedDataset: Sendable {
  /// The content of `NAME.jsonl`.
  package let output: [UInt8]
  /// The content of `NAME.rejected.jsonl`; nil where every line could be used.
  package let rejected: [UInt8]?
  /// What is in `rejected`, and why.
  package let rejections: [Rejection]
  package let report: RunReport
  /// How many texts were really run through the model, the rest being in the cache.
  package let encodedCount: Int
  /// The queries with their verdicts, in order: what training files are made of.
  package let queries: [ExportedQuery]
}

/// The stages, in order.
package struct DatasetRepair: Sendable {
  /// What is going on, for a progress bar.
  package enum Stage: String, Sendable {
    case encoding, scoring
    /// A language model reads queries and passages.
    case reading
    /// A language model is asked about queries and passages, and replies.
    case judging
    /// A language model reads texts and the labels that they could have.
    case weighing
    /// A language model rates texts.
    case rating
  }

  /// Called with the stage, what is done of it, and all there is; on any thread.
  package typealias Progress = @Sendable (_ stage: Stage, _ done: Int, _ total: Int) -> Void

  package let rules: RuleSet
  package let fields: FieldMapping
  /// Overrides the rules' mode.
  package let mode: CorrectionMode
  /// Whether a language model rates the texts of annotated records.
  package let rates: Bool
  /// Whether a language model says how plausible each label is.
  package let asksPlausibility: Bool
  package let threads: Int
  package let models: any ModelSource

  /// - Parameters:
  ///   - rates: asks for ratings where the rules do not.
  ///   - asksPlausibility: asks for the labels' plausibility where the rules do not.
  package init(
    rules: RuleSet, fields: FieldMapping, mode: CorrectionMode?, rates: Bool = false,
    asksPlausibility: Bool = false, threads: Int,
    models: any ModelSource
  ) {
    self.rules = rules
    self.fields = fields
    self.mode = mode ?? rules.mode
    self.rates = rates || rules.rates
    self.asksPlausibility = asksPlausibility || rules.asksPlausibility
    self.threads = threads
    self.models = models
  }

  /// Reads a dataset under these rules.
  ///
  /// - Throws: `InputError` where the file cannot be used at all, or, under `on_bad_line: fail`,
  ///   where a line cannot.
  package func read(_ source: Source) throws -> Reading {
    let reading = try Reader(options: rules.readingOptions(overrides: fields)).read(source)
    if rules.onBadLine == .fail, let failure = reading.failure { throw failure }
    return reading
  }

  /// Repairs a dataset.
  ///
  /// Annotations and queries go through a pipeline each; a rating model reads the annotations besides.
  /// - Complexity: dominated by encoding, O(tokens), and search, O(n² d).
  package func run(_ source: Source, progress: Progress? = nil) throws -> RepairedDataset {
    let reading = try read(source)
    let queries = reading.records.filter(\.isQuery)
    let annotations = reading.records.filter { !$0.isQuery }
    // Checks for a rating model first, so that a missing one is reported at once.
    let ratingRound = rates && !annotations.isEmpty ? try RatingRound(rules, models: models) : nil
    let hasQueriesAlone = annotations.isEmpty && !queries.isEmpty
    let ofAnnotations =
      hasQueriesAlone ? nil : try annotationPipeline(progress).run(annotations)
    let ofQueries =
      queries.isEmpty
      ? nil
      : try QueryPipeline(rules: rules, models: models, threads: threads, progress: progress)
        .run(queries)
    let ratings = try ratingRound?.rate(annotations) { progress?(.rating, $0, $1) }
    let results = Self.inOrder(
      reading.records, annotations: ofAnnotations?.results ?? [], ratings: ratings?.ratings,
      queries: ofQueries?.results ?? [])
    let rejected = reading.rejectedOutput()
    progress?(.scoring, 1, 1)
    return RepairedDataset(
      output: reading.output(results),
      rejected: rejected.isEmpty ? nil : rejected, rejections: reading.rejections,
      report: ReportAssembly(
        reading: reading, annotations: ofAnnotations, queries: ofQueries, rating: ratings,
        rules: rules, mode: mode
      ).report,
      encodedCount: (ofAnnotations?.vectorisation.encodedCount ?? 0)
        + (ofQueries?.encodedCount ?? 0),
      queries: ofQueries?.exported ?? [])
  }

  /// The results of both pipelines in the order of the file's records.
  private static func inOrder(
    _ records: [Record], annotations: [AnnotationResult], ratings: [QualityRating]?,
    queries: [QueryResult]
  ) -> [RecordResult] {
    var nextAnnotation = 0
    var nextQuery = 0
    return records.map { record in
      if record.isQuery {
        nextQuery += 1
        return .retrieval(queries[nextQuery - 1])
      }
      var result = annotations[nextAnnotation]
      result.rating = ratings?[nextAnnotation]
      nextAnnotation += 1
      return .annotation(result)
    }
  }

  private func annotationPipeline(_ progress: Progress?) -> AnnotationPipeline {
    AnnotationPipeline(
      rules: rules, mode: mode, asksPlausibility: asksPlausibility, models: models,
      threads: threads, progress: progress)
  }

  /// Only the vectors, in record order: for measurements beside other tools.
  package func embed(_ source: Source) throws -> Matrix {
    try annotationPipeline(nil).vectorise(try read(source).records, []).vectors
  }
}
