// Pipeline owns the order of the stages and the translation between their values: read, encode,
// search, repair, write. It knows nothing of the command line, and touches no file but through the
// stages.

package import Exports
import Inference
package import Records
package import Repair
package import Report
package import Rules
package import Vectors

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
    self.mode = mode ?? CorrectionMode(rules.mode)
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
  /// - Complexity: dominated by encoding, O(tokens), and search, O(n² d).
  package func run(
    _ source: Source,
    progress: (@Sendable (_ stage: Stage, _ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> RepairedDataset {
    let reading = try read(source)
    let queries = reading.records.filter(\.isQuery)
    let annotations = reading.records.filter { !$0.isQuery }
    // First, since who is not there to be asked is known at once.
    let rating = rates && !annotations.isEmpty ? try RatingRound(rules, models: models) : nil
    var verdicts: [RecordVerdict] = []
    verdicts.reserveCapacity(reading.records.count)
    let repair =
      annotations.isEmpty && !queries.isEmpty
      ? nil : try self.repair(annotations, of: reading, progress: progress)
    let retrieval =
      queries.isEmpty
      ? nil
      : try RetrievalRepair(rules: rules, models: models, threads: threads, progress: progress)
        .run(queries)
    let rated = try rating?.rate(annotations) { progress?(.rating, $0, $1) }
    var nextAnnotation = 0
    var nextQuery = 0
    let ofAnnotations = repair?.verdicts ?? []
    for record in reading.records {
      if record.isQuery, let retrieval {
        verdicts.append(.retrieval(retrieval.verdicts[nextQuery]))
        nextQuery += 1
      } else {
        var verdict = ofAnnotations[nextAnnotation]
        verdict.rating = rated?.ratings[nextAnnotation]
        verdicts.append(.annotation(verdict))
        nextAnnotation += 1
      }
    }
    let rejected = reading.rejectedOutput()
    progress?(.scoring, 1, 1)
    return RepairedDataset(
      output: reading.output(verdicts),
      rejected: rejected.isEmpty ? nil : rejected, rejections: reading.rejections,
      report: ReportAssembly(
        reading: reading, annotations: repair, retrieval: retrieval, rating: rated, rules: rules,
        mode: mode
      ).report,
      encodedCount: (repair?.vectorisation.encodedCount ?? 0) + (retrieval?.encodedCount ?? 0),
      queries: retrieval?.exported ?? [])
  }

  private func repair(
    _ records: [Record], of reading: Reading,
    progress: (@Sendable (_ stage: Stage, _ done: Int, _ total: Int) -> Void)?
  ) throws -> Translation {
    let dataset = Dataset(records)
    // First, since a model that is not there is known at once.
    let weigher = try labelPlausibility(dataset)
    let vectorisation = try vectorise(records, dataset.labels, progress: progress)
    let plausibility = try weigher?.scores(records, labels: dataset.labels) {
      progress?(.weighing, $0, $1)
    }
    progress?(.scoring, 0, 1)
    let outcome = try Repairer.repair(
      AnnotatedSet(
        vectors: vectorisation.vectors, targets: dataset.targets, words: vectorisation.words,
        trusted: dataset.trusted, votes: dataset.votes, meanings: vectorisation.meanings,
        slots: dataset.slots, contents: dataset.contents, plausibility: plausibility),
      options: RepairOptions(mode: mode, flagBelow: rules.flagThreshold, threads: threads),
      search: try models.search())
    return Translation(
      records: records, dataset: dataset, outcome: outcome, vectorisation: vectorisation,
      languageModelIdentity: weigher?.model.identity,
      hasTooManyLabels: asksPlausibility && dataset.labels.count > LabelPlausibility.mostLabels)
  }

  /// Nil where the labels' plausibility is not asked for, or there is nothing to choose from.
  private func labelPlausibility(_ dataset: Dataset) throws -> LabelPlausibility? {
    guard asksPlausibility, (2...LabelPlausibility.mostLabels).contains(dataset.labels.count) else {
      return nil
    }
    guard let model = try models.languageModel(rules) else {
      throw InferenceError(
        .modelMissing, at: "language model",
        "the plausibility of labels is asked for, and there is none here",
        remedy: "run scripts/prepare, or do not ask for it")
    }
    return LabelPlausibility(model: model)
  }

  /// Only the vectors, in record order: for measurements beside other tools.
  package func embed(_ source: Source) throws -> Matrix {
    let reading = try read(source)
    return try vectorise(reading.records, [], progress: nil).vectors
  }

  private func vectorise(
    _ records: [Record], _ labels: [Label],
    progress: (@Sendable (Stage, Int, Int) -> Void)?
  ) throws -> Vectorisation {
    // The reader lets vectors through only where every record has one.
    if records.isEmpty || records.allSatisfy({ $0.vector != nil }) {
      return Vectorisation(ready: records)
    }
    let report: @Sendable (Int, Int) -> Void = { done, total in
      progress?(.encoding, done, total)
    }
    return try Vectorisation(
      encoding: records, labels: labels, rules: rules, encoder: try models.encoder(rules),
      progress: report)
  }
}

extension CorrectionMode {
  init(_ mode: RuleSet.Mode) {
    switch mode {
    case .auto: self = .auto
    case .suggest: self = .suggest
    case .all: self = .all
    }
  }
}
