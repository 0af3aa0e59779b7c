import Assessments
import LabelQuality
import ModelInterfaces
import Records
import Rules
import Synchronization
import Vectors

/// The stages for annotations: encode, ask the language model if the rules or flags say so, search,
/// assess.
struct AnnotationPipeline {
  let rules: RuleSet
  let mode: CorrectionMode
  /// Whether a language model computes how plausible each label is.
  let asksPlausibility: Bool
  /// The most questions to a language model about which of two labels fits a record; 0 to ask none.
  var labelQuestions = 0
  let models: any ModelSource
  let threads: Int
  let progress: DatasetRepair.Progress?

  /// Assesses the labels of annotations.
  ///
  /// - Parameter records: all annotations of the file.
  /// - Complexity: dominated by encoding, O(tokens), and search, O(n² d).
  func run(_ records: [Record]) throws -> AnnotationTranslation {
    let annotated = AnnotatedRecords(records, rules: rules)
    // Checks for a language model first, so that a missing one is reported at once.
    let plausibilityModel = try labelPlausibility(annotated)
    let comparison = try labelComparison(records, annotated)
    var vectorisation = try vectorise(records, annotated.labels)
    let plausibility = try plausibilityModel?.scores(records, labels: annotated.labels) {
      progress?(.plausibility, $0, $1)
    }
    let set = AnnotatedSet(annotated, vectorisation, plausibility: plausibility, rules: rules)
    let evidence = try Evidence(
      of: set, search: try search(graphs: vectorisation.spelling == nil ? 2 : 3), threads: threads)
    // What follows needs neither texts nor graphs, which together are most of what a large file takes.
    vectorisation.releaseTexts()
    let recordMap = evidence.map { RecordMap(projected: $0.projected, targets: $0.targets) }
    var options = AssessmentOptions(
      mode: mode, flagBelow: rules.flagThreshold, threads: threads)
    if let progress { options.progress = { progress(.scoring, $0, $1) } }
    options.comparison = comparison.map {
      LabelComparison(asking: $0, mostQuestions: labelQuestions)
    }
    options.progress?(0, 1)
    let assessed = LabelAssessor.assess(set, by: consume evidence, options: options)
    if let failure = comparison?.failure { throw failure }
    var identities = [plausibilityModel?.model.identity, comparison?.identity].compactMap(\.self)
    if identities.count == 2, identities[0] == identities[1] { identities.removeLast() }
    return AnnotationTranslation(
      records: records, annotated: annotated, assessed: assessed, vectorisation: vectorisation,
      recordMap: recordMap,
      languageModelIdentity: identities.isEmpty ? nil : identities.joined(separator: "; "),
      hasTooManyLabels: asksPlausibility && annotated.labels.count > LabelPlausibility.mostLabels,
      comparisonFacts: comparison?.facts, labelQuestions: labelQuestions,
      givenNames: Dictionary(
        rules.labels.compactMap { rule in rule.givenName.map { (rule.name, $0) } },
        uniquingKeysWith: { first, _ in first }))
  }

  /// The search of this machine, which tells how much of all graphs is done.
  private func search(graphs: Int) throws -> any NeighbourSearch {
    let search = try models.search()
    guard let progress else { return search }
    progress(.searching, 0, 1)
    let finished = Mutex(0)
    let whole = 10_000
    return search.reporting { done, total in
      let before = finished.withLock { finished in
        defer { if done == total { finished += 1 } }
        return finished
      }
      progress(.searching, min(graphs, before) * whole + done * whole / total, graphs * whole)
    }
  }

  /// Opens the language model for the labels' plausibility; nil if that is not requested, or if the file
  /// has fewer than two labels or too many.
  private func labelPlausibility(_ annotated: AnnotatedRecords) throws -> LabelPlausibility? {
    guard asksPlausibility, (2...LabelPlausibility.mostLabels).contains(annotated.labels.count)
    else { return nil }
    guard let model = try models.languageModel(rules) else {
      throw ModelError(
        .modelMissing, at: "language model",
        "the plausibility of labels is asked for, and there is none here",
        remedy: "run scripts/setup/prepare, or do not ask for it")
    }
    return LabelPlausibility(model: model)
  }

  /// Opens the language model that says which of two labels fits; nil if that is not requested, or if no
  /// record can be asked about.
  private func labelComparison(
    _ records: [Record], _ annotated: AnnotatedRecords
  ) throws -> LabelComparisonRound? {
    guard labelQuestions > 0, annotated.labels.count > 1, !annotated.targets.isMultiLabel else {
      return nil
    }
    return try LabelComparisonRound(
      rules, records: records, labels: annotated.labels, models: models
    ) { progress?(.comparing, $0, $1) }
  }

  /// The vectors of records, in their order: the records' own vectors if all have one, else the encoder's.
  func vectorise(_ records: [Record], _ labels: [Label]) throws -> Vectorisation {
    // The reader accepts vectors only if every record has one.
    if records.isEmpty || records.allSatisfy({ $0.vector != nil }) {
      return Vectorisation(ready: records, threads: threads)
    }
    let encoder = try models.encoder(rules)
    let vectorisation = try Vectorisation(
      encoding: records, labels: labels, rules: rules, encoder: encoder, threads: threads
    ) { done, total in progress?(.encoding, done, total) }
    // To open it again for the next file takes little of the time that a large file takes, which needs the memory.
    if records.count > Evidence.largestInMemory { encoder.releaseMemory() }
    return vectorisation
  }
}

extension AnnotatedRecords {
  init(_ records: [Record], rules: RuleSet) {
    self.init(records, distinct: Set(rules.labels.map(\.name) + rules.order))
  }
}

extension AnnotatedSet {
  init(
    _ annotated: AnnotatedRecords, _ vectorisation: Vectorisation, plausibility: Matrix?,
    rules: RuleSet
  ) {
    // The vectors of blank texts are near to each other and say nothing.
    let legible =
      annotated.blank.isEmpty
      ? vectorisation.isLegible
      : annotated.trusted.indices.map { row in
        vectorisation.isLegible?[row] ?? true && !annotated.blank.contains(row)
      }
    self.init(
      vectors: vectorisation.vectors, targets: annotated.targets, words: vectorisation.words,
      spelling: vectorisation.spelling,
      trusted: annotated.trusted, votes: annotated.votes, meanings: vectorisation.meanings,
      slots: annotated.slots, contents: annotated.contents, plausibility: plausibility,
      voteScores: annotated.voteScores, similarLabels: annotated.similarLabels,
      isLegible: legible)
    ranks = annotated.ranks(rules.order)
    blank = annotated.blank
  }
}
