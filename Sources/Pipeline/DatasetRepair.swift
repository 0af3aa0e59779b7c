import Digests
package import Exports
package import Records
package import Assessments
package import Report
package import Rules
package import Vectors
import Synchronization

/// A repaired dataset, before it is published.
package struct RepairedDataset: Sendable {
  /// The content of the output.
  package let content: any OutputStore
  /// The content of the output, all at once.
  package var output: [UInt8] { get throws { try content.bytes } }
  /// The ending of the output's name, such as `.jsonl` or `.csv`.
  package let outputSuffix: String
  /// The content of `NAME.rejected.jsonl`; nil if every line could be used.
  package let rejected: [UInt8]?
  /// The lines in `rejected`, with the reasons.
  package let rejections: [Rejection]
  package let report: RunReport
  /// How many texts the model really encoded; the vectors of the others were in the cache.
  package let encodedCount: Int
  /// The queries with their results, in order; training files are made from them.
  package let queries: [ExportedQuery]
  /// The other records with their results, in order; files for other programs are made from them. Computed
  /// anew each time, since a million results take gigabytes.
  package var annotations: [ExportedAnnotation] { computedAnnotations() }
  package let hasAnnotations: Bool
  let computedAnnotations: @Sendable () -> [ExportedAnnotation]
  /// The records that people are asked to check; nil where none were asked for.
  package let audit: Audit?

  /// A sample for people to check, as the content of two files that say the same.
  package struct Audit: Sendable {
    package let count: Int
    /// JSON lines.
    package let lines: [UInt8]
    /// A table for spreadsheet programs.
    package let table: [UInt8]
  }
}

/// Repairs a dataset: runs all stages in order.
package struct DatasetRepair: Sendable {
  /// The work in progress, for a progress bar.
  package enum Stage: String, Sendable {
    case encoding
    /// Neighbours are searched.
    case searching
    case scoring
    /// Results are written.
    case writing
    /// A language model computes likelihoods of queries and answers after passages.
    case likelihood
    /// A language model judges passages.
    case judging
    /// A language model computes the plausibility of labels.
    case plausibility
    /// A language model says which of two labels fits.
    case comparing
    /// A language model rates texts.
    case rating
  }

  /// Called with the stage, how much of it is done, and how much there is in all; on any thread.
  package typealias Progress = @Sendable (_ stage: Stage, _ done: Int, _ total: Int) -> Void

  package let rules: RuleSet
  package let fields: FieldMapping
  /// The mode of the run: the one given, else the rules'.
  package let mode: CorrectionMode
  /// Whether a language model rates the texts of annotated records.
  package let rates: Bool
  /// Whether a language model computes how plausible each label is.
  package let asksPlausibility: Bool
  /// The most questions to a language model about which of two labels fits a record; 0 to ask none.
  package let labelQuestions: Int
  package let threads: Int
  package let models: any ModelSource
  /// The preset that the user names; nil where the content decides.
  package let preset: Preset?

  /// Makes the place where an output is kept until it is published.
  package var makeStore: @Sendable () -> any OutputStore = { MemoryStore() }
  /// The most bytes of memory that the work may take; nil for no limit.
  package var memoryLimit: Int?
  /// What people decided; nil for nothing.
  package var review: Review?
  /// How many records people are asked to check, drawn at random and of the most suspect, and the seed of the
  /// draw; nil for none.
  package var audit: (count: Int, seed: Int)?

  /// - Parameters:
  ///   - mode: overrides the rules' mode; nil to use that.
  ///   - rates: requests ratings, even if the rules do not.
  ///   - asksPlausibility: requests the labels' plausibility, even if the rules do not.
  ///   - labelQuestions: overrides the rules' number of questions about labels; nil to use that.
  package init(
    rules: RuleSet, fields: FieldMapping, mode: CorrectionMode?, rates: Bool = false,
    asksPlausibility: Bool = false, labelQuestions: Int? = nil, threads: Int,
    models: any ModelSource, preset: Preset? = nil
  ) {
    self.rules = rules
    self.fields = fields
    self.mode = mode ?? rules.mode
    self.rates = rates || rules.rates
    self.asksPlausibility = asksPlausibility || rules.asksPlausibility
    self.labelQuestions = labelQuestions ?? rules.labelQuestions
    self.threads = threads
    self.models = models
    self.preset = preset
  }

  /// The options by which a dataset is read: those of the rules and the command line, completed by a preset.
  package func readingOptions(for source: Source) -> ReadingOptions {
    rules.completed(for: source, preset: preset, fields: fields).readingOptions(overrides: fields)
  }

  /// Reads a dataset under these rules.
  ///
  /// - Throws: `InputError` if the file cannot be used at all, or, under `on_bad_line: fail`, if a line
  ///   cannot be used.
  package func read(_ source: Source) throws -> Reading {
    let reading = try Reader(options: readingOptions(for: source)).read(source)
    if rules.onBadLine == .fail, let failure = reading.failure { throw failure }
    return reading
  }

  /// Reads a dataset under these rules, and finds out what it contains.
  ///
  /// - Throws: `InputError` as `read` does, and if the records cannot be judged, such as without a label.
  package func profiled(_ source: Source) throws -> (reading: Reading, profile: FileProfile) {
    let reading = try read(source)
    var options = reading.options
    // Ratings need no label.
    if rates { options.mayBeUnlabelled = true }
    let profile = FileProfile(of: reading, options: options)
    if let refusal = profile.refusal { throw refusal }
    return (reading, profile)
  }

  /// Repairs a dataset.
  ///
  /// Annotations and queries go through separate pipelines. If ratings are requested, a language model
  /// also rates the annotations.
  /// - Complexity: dominated by encoding, O(tokens), and search, O(n² d).
  package func run(_ source: Source, progress: Progress? = nil) throws -> RepairedDataset {
    let (reading, profile) = try profiled(source)
    var rules = rules
    rules.nameLabels(of: reading.options.fields.label, in: source)
    if let memoryLimit {
      try MemoryEstimate(of: reading).require(atMost: memoryLimit, for: source)
    }
    let queries = reading.records.filter(\.isQuery)
    // Where there is no query, the records need not be there twice.
    let annotations = queries.isEmpty ? reading.records : reading.records.filter { !$0.isQuery }
    // Checks for a rating model first, so that a missing one is reported at once.
    let ratingRound = rates && !annotations.isEmpty ? try RatingRound(rules, models: models) : nil
    let hasQueriesAlone = annotations.isEmpty && !queries.isEmpty
    let ofAnnotations =
      hasQueriesAlone ? nil : try annotationPipeline(rules, progress).run(annotations)
    let ofQueries =
      queries.isEmpty
      ? nil
      : try QueryPipeline(rules: rules, models: models, threads: threads, progress: progress)
        .run(queries)
    let ratings = try ratingRound?.rate(annotations) { progress?(.rating, $0, $1) }
    let reviewed = review.map { review in
      ReviewedResults(
        review, records: annotations, results: ofAnnotations?.results ?? [],
        aliases: reading.options.canonicalNames, mode: mode)
    }
    // Results are made when they are written: together they would take gigabytes for a million records.
    let result: @Sendable (Int) -> AnnotationResult = { row in
      if let reviewed { return reviewed.results[row] }
      guard let ofAnnotations else { preconditionFailure("annotations were assessed") }
      return ofAnnotations.result(row)
    }
    let content = makeStore()
    let order = RecordOrder(reading.records)
    let written = Atomic(0)
    let recordCount = reading.records.count
    progress?(.writing, 0, 1)
    let queryResults = ofQueries?.results ?? []
    try reading.write(
      atMost: Self.outputLimit(reading.source), threads: threads,
      { number in
        let done = written.wrappingAdd(1, ordering: .relaxed).newValue
        if done % Self.recordsPerReport == 0 { progress?(.writing, done, recordCount) }
        switch order.place(of: number) {
        case .query(let place): return .retrieval(queryResults[place])
        case .annotation(let row):
          var own = result(row)
          own.rating = ratings?.ratings[row]
          return .annotation(own)
        }
      }, to: { try content.append($0) })
    let rejected = reading.rejectedOutput()
    if reading.isUndoingUncertain { try reading.checkUndoing(try content.bytes, rejected) }
    progress?(.writing, 1, 1)
    var reported = ofAnnotations
    reported?.reviewed = reviewed
    var report = ReportAssembly(
      reading: reading, profile: profile, annotations: reported, queries: ofQueries,
      rating: ratings, rules: rules, mode: mode,
      output: RunReport.OutputFacts(
        digest: content.digest,
        rejectedDigest: rejected.isEmpty ? nil : Digest.hexadecimal(of: rejected),
        suffix: reading.outputSuffix),
      auditSeed: audit?.seed
    ).report
    reviewed?.amend(&report)
    report.provenance.decisionsDigest = review?.digest
    return RepairedDataset(
      content: content, outputSuffix: reading.outputSuffix,
      rejected: rejected.isEmpty ? nil : rejected, rejections: reading.rejections,
      report: report,
      encodedCount: (ofAnnotations?.vectorisation.encodedCount ?? 0)
        + (ofQueries?.encodedCount ?? 0),
      queries: ofQueries?.exported ?? [],
      hasAnnotations: !hasQueriesAlone && !annotations.isEmpty,
      computedAnnotations: {
        hasQueriesAlone
          ? []
          : annotations.indices.map {
            ExportedAnnotation(record: annotations[$0], result: result($0))
          }
      },
      audit: audit == nil
        ? nil
        : sample(
          annotations, hasQueriesAlone ? [] : annotations.indices.map(result),
          decided: reviewed?.decided ?? []))
  }

  private static let recordsPerReport = 4096

  /// The records that people are asked to check.
  private func sample(
    _ records: [Record], _ results: [AnnotationResult], decided: Set<Int>
  ) -> RepairedDataset.Audit? {
    guard let audit else { return nil }
    let sample = AuditSample(
      records, results: results, decided: decided, count: audit.count, seed: audit.seed)
    return RepairedDataset.Audit(
      count: sample.entries.count, lines: sample.lines(records), table: sample.table(records))
  }

  /// The annotations of a dataset with the results of a run that knows of no decisions, for measurements.
  package func assessed(
    _ source: Source
  ) throws -> (records: [Record], results: [AnnotationResult]) {
    let records = try profiled(source).reading.records.filter { !$0.isQuery }
    return (records, try annotationPipeline(rules, nil).run(records).results)
  }

  /// The most bytes of an output. Results take about a kilobyte for each record, so that the output of a
  /// file of very short lines is fifty times as large as the file. Long ids and names of labels that are
  /// repeated in every line would make it thousands of times as large.
  private static func outputLimit(_ source: Source) -> Int {
    max(smallestOutputLimit, source.bytes.count * mostOutputBytesPerByte)
  }

  private static let mostOutputBytesPerByte = 200
  /// So that nothing small is ever refused.
  private static let smallestOutputLimit = 64 << 20

  private func annotationPipeline(_ rules: RuleSet, _ progress: Progress?) -> AnnotationPipeline {
    AnnotationPipeline(
      rules: rules, mode: mode, asksPlausibility: asksPlausibility,
      labelQuestions: labelQuestions, models: models, threads: threads, progress: progress)
  }

  /// The vectors alone, in the order of the records, for comparisons with other tools.
  package func embed(_ source: Source) throws -> Matrix {
    try annotationPipeline(rules, nil).vectorise(try read(source).records, []).vectors.matrix
  }
}
