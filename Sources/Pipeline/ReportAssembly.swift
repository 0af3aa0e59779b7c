import LabelQuality
import Records
import Assessments
import Report
import Rules
import Vectors

/// Builds the report of a run from the outcomes of its annotations, queries and ratings.
struct ReportAssembly {
  let reading: Reading
  let profile: FileProfile
  let annotations: AnnotationTranslation?
  let queries: QueryPipeline.Outcome?
  let rating: RatingRound.Outcome?
  let rules: RuleSet
  let mode: CorrectionMode
  let output: RunReport.OutputFacts
  /// The seed of the draw of an audit; nil where none was drawn.
  let auditSeed: Int?

  var report: RunReport {
    let findings = findings
    var report = RunReport(
      input: RunReport.InputFacts(
        name: reading.source.name, digest: reading.source.digest,
        bytes: reading.source.bytes.count, lines: reading.format.lines,
        records: reading.records.count, rejected: reading.rejections.count,
        kinds: Dictionary(
          reading.kinds.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)),
      output: output,
      counts: annotations?.counts ?? RunReport.Counts(), errorRate: annotations?.assessed.errorRate,
      witness: annotations?.labelNameFacts(rules: rules, mode: mode),
      labels: annotations?.labelRows ?? [], transitions: annotations?.transitions ?? [],
      suspects: annotations?.suspects ?? [], utility: annotations?.utility,
      retrieval: queries?.facts, rating: rating?.facts,
      notes: notes(findings),
      findings: findings, annotators: annotations?.annotators,
      provenance: RunReport.Provenance(
        version: EmendVersion.current,
        encoder: annotations?.vectorisation.encoderIdentity ?? queries?.encoderIdentity,
        languageModel: languageModels,
        rules: rules.file.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
          ?? "built-in",
        rulesDigest: rules.digest ?? "none", mode: mode.rawValue,
        signals: annotations?.assessed.signalNames ?? [], seed: auditSeed))
    report.comparison = annotations?.comparison(mode: mode)
    report.credibility = annotations?.credibilityFacts
    report.disagreements = annotations?.disagreementCount
    report.hasLists = annotations?.annotated.targets.isMultiLabel == true ? true : nil
    report.expectedRight = annotations?.expectedRight
    report.expectedWrong = annotations?.expectedWrong
    report.map = annotations?.map
    report.reading = reading.options
    report.places = reading.places == .line ? nil : reading.places
    report.excerpts = annotations?.excerpts(of: findings)
    return report
  }

  private var findings: [Finding] {
    (profile.findings + [annotations?.unknownTokens].compactMap(\.self)
      + (annotations?.health.findings ?? [])).map { $0.counting(reading.places) }
  }

  /// The identities of all language models that were asked; nil if none was.
  private var languageModels: String? {
    let asked = [
      queries?.languageModelIdentity, rating?.identity, annotations?.languageModelIdentity,
    ].compactMap(\.self)
    var distinct: [String] = []
    for identity in asked where !distinct.contains(identity) { distinct.append(identity) }
    return distinct.isEmpty ? nil : distinct.joined(separator: "; ")
  }

  private func notes(_ findings: [Finding]) -> [String] {
    var notes = findings.bySeverity.filter(\.code.isInSummary).map(\.text)
    let undone = reading.format.undoneLines
    if undone > 0 {
      notes.append(
        "\(String(counting: undone, "line")) had the results of an earlier run, which were "
          + "removed first")
    }
    notes += annotations?.orderNotes(rules.order) ?? []
    notes += [annotations?.loneLabelNote, annotations?.illegibleNote].compactMap(\.self)
    if annotations?.hasTooManyLabels == true {
      notes.append(
        "the plausibility of labels was not asked for: there are more than "
          + "\(LabelPlausibility.mostLabels)")
    }
    if let recall = annotations?.assessed.searchRecall {
      let share = Double(Int(recall * 1000)) / 10
      notes.append(
        "neighbours were searched approximately, as there are more than "
          + "\(InvertedListSearch.largestExact) records: \(share) % of the true ones were found on a sample"
      )
    }
    let cut = annotations?.vectorisation.truncated.count { $0 } ?? 0
    if cut > 0 {
      notes.append("\(String(counting: cut, "record")) cut: longer than the model reads")
    }
    let cutPassages = queries?.truncatedCount ?? 0
    if cutPassages > 0 {
      notes.append(
        "\(String(counting: cutPassages, "passage")) cut: longer than the model reads; their sentences were "
          + "still read one by one")
    }
    if let server = rules.utility.server, questionCount(to: server) > 0 {
      // A report is the same whether replies were kept or not, so it does not say which run sent the texts.
      notes.append(
        "texts were sent to \(server.address)"
          + (server.allowsRemote ? ", which may be another machine" : ", on this machine")
          + ", in this run or in an earlier one whose replies were kept")
    }
    return notes
  }

  /// How many questions with texts a server was asked, or had answered in an earlier run whose replies were kept.
  /// Those for which no server could be reached are not counted.
  private func questionCount(to server: UtilityRules.Server) -> Int {
    func answers(to identity: String?) -> Bool {
      identity?.contains(" model=\(server.model)") == true
    }
    func sent(_ count: Int, _ failures: [String: Int]?) -> Int {
      count - (failures?["unreachable"] ?? 0) - (failures?["no-text"] ?? 0)
    }
    var count = 0
    if let judging = queries?.facts.judging, answers(to: queries?.languageModelIdentity) {
      count += sent(judging.calls, judging.failures)
    }
    if let rating, answers(to: rating.identity) {
      let failed = rating.facts.failures.values.reduce(0, +)
      count += sent(rating.facts.rated + failed, rating.facts.failures)
    }
    if answers(to: annotations?.languageModelIdentity) {
      let comparison = annotations?.comparison(mode: mode)
      count += sent(comparison?.questions ?? 0, comparison?.failures)
    }
    return count
  }
}

extension Record {
  var isQuery: Bool {
    if case .retrieval = content { return true }
    return false
  }
}
