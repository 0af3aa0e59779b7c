package import Assessments
package import Decisions
package import LabelQuality
package import Records
import Report

/// What people decided about the records of a dataset, as a run takes it.
package struct Review: Sendable {
  /// One for each record.
  package let decisions: [Decision]
  /// SHA-256 of the files of decisions, in hexadecimal.
  package let digest: String
  /// The share of right proposals that has to be shown before others like them are applied.
  package let targetPrecision: Double

  package static let usualTargetPrecision = ProvenChanges.usualTarget

  package init(
    decisions: [Decision], digest: String, targetPrecision: Double = Self.usualTargetPrecision
  ) {
    self.decisions = decisions
    self.digest = digest
    self.targetPrecision = targetPrecision
  }
}

/// The results of a run together with what people decided.
///
/// The run itself sees no decision, so that credibilities and proposals of decided records are as good or bad as
/// those of all others, and what is measured on the first holds for the second.
package struct ReviewedResults: Sendable {
  /// One per record.
  package private(set) var results: [AnnotationResult]
  /// Indices of the records that people decided, by themselves or by the same text.
  package private(set) var decided: Set<Int> = []
  /// Measured; nil where no random sample was decided.
  package private(set) var errorRate: ErrorRate?
  /// What was done, in sentences.
  package private(set) var notes: [String] = []
  /// Which proposals were applied beyond the decisions.
  package private(set) var proven = ProvenChanges.nothing

  /// - Parameters:
  ///   - records: all annotations, with the run's `results` in the same order.
  ///   - aliases: other names of labels, with the name that each stands for.
  /// - Complexity: O(n log n).
  package init(
    _ review: Review, records: [Record], results: [AnnotationResult], aliases: [String: String],
    mode: CorrectionMode
  ) {
    self.results = results
    let matching = DecisionMatching(byContent: review.decisions, in: records, aliases: aliases)
    decided = Set(matching.matches.map(\.revision.record))
    describe(matching)
    let checked = CheckedRecords(matching, records: records)
    measure(checked, of: records)
    recalibrate(checked, records)
    if mode == .auto {
      applyProven(
        Self.candidates(records, results), checked, records, target: review.targetPrecision)
    }
    for match in matching.matches {
      decide(match.revision, records[match.revision.record], mode: mode)
    }
    renumberReview()
  }

  /// What is decided has no place in the order of review any more.
  private mutating func renumberReview() {
    let order = results.indices.filter { results[$0].reviewRank != nil && !decided.contains($0) }
      .sorted { (results[$0].reviewRank ?? .max) < (results[$1].reviewRank ?? .max) }
    for index in decided { results[index].reviewRank = nil }
    for (place, index) in order.enumerated() { results[index].reviewRank = place + 1 }
  }

  private mutating func describe(_ matching: DecisionMatching) {
    var (kept, changed, unfitting) = (0, 0, 0)
    for match in matching.matches {
      switch match.revision.outcome {
      case .confirmed: kept += 1
      case .replaced: changed += 1
      case .unfitting: unfitting += 1
      }
    }
    var note =
      "people decided about \(String(counting: matching.matches.count, "record")): \(kept) with the right "
      + "label, \(changed) with a wrong one"
    if unfitting > 0 { note += ", \(unfitting) that no label fits" }
    notes.append(note)
    guard let first = matching.refusals.first else { return }
    notes.append(
      "\(String(counting: matching.refusals.count, "decision")) did not count, such as that about "
        + "\(first.decision.id): \(first.reason)")
  }

  // MARK: - The error rate

  private mutating func measure(_ checked: CheckedRecords, of records: [Record]) {
    guard let rate = checked.rate(of: records) else {
      notes.append(
        "no decision says that its record was drawn at random, so the share of wrong labels is estimated and "
          + "not measured; emend run --audit 100 draws a sample")
      return
    }
    errorRate = ErrorRate(
      estimate: rate.estimate, low: rate.low, high: rate.high,
      basis:
        "\(ErrorRate.measured): people decided \(String(counting: checked.drawn.count, "record")) drawn at random and "
        + "\(checked.chosen.count) others, the most suspect; the interval has 90 % confidence")
  }

  // MARK: - Credibility

  private mutating func recalibrate(_ checked: CheckedRecords, _ records: [Record]) {
    let examples = checked.weighted.compactMap { record, isWrong, weight in
      results[record].credibility.map {
        Recalibration.Example(credibility: $0, isWrong: isWrong, weight: weight)
      }
    }
    guard !checked.drawn.isEmpty, let map = Recalibration(examples) else { return }
    for index in results.indices {
      guard let before = results[index].credibility, records[index].isLabelled,
        results[index].action != .protected
      else { continue }
      let after = map.credibility(before)
      results[index].credibility = after
      guard !records[index].isMultiLabel, let given = records[index].labels.first else { continue }
      results[index].rescaleSoftLabel(given: given.name, to: after)
      if results[index].action != .corrected { results[index].weight = after }
    }
    notes.append(
      "credibilities were adjusted to what people decided about \(examples.count) records")
  }

  // MARK: - Proposals

  /// The records whose one label could be replaced by a proposal, the most suspect first. The order is that
  /// of the run, which no decision has changed.
  private static func candidates(
    _ records: [Record], _ results: [AnnotationResult]
  ) -> [Int] {
    results.indices.filter { index in
      results[index].action == .review && results[index].proposal.count == 1
        && records[index].isLabelled && !records[index].isMultiLabel
        && records[index].labelForm != .columns
    }.sorted { (results[$0].reviewRank ?? .max, $0) < (results[$1].reviewRank ?? .max, $1) }
  }

  /// Applies proposals that decisions have shown to be right often enough.
  private mutating func applyProven(
    _ candidates: [Int], _ checked: CheckedRecords, _ records: [Record], target: Double
  ) {
    let rightLabels = checked.rightLabelsOfFlagged
    let outcomes = candidates.map { index in
      rightLabels[index].map { right in right.map { $0 == results[index].proposal } ?? false }
    }
    let reviewed = outcomes.compactMap(\.self)
    guard !reviewed.isEmpty else { return }
    proven = ProvenChanges(outcomes, target: target)
    let bar = percent(target)
    guard proven.count > 0 else {
      notes.append(
        "no proposal was applied: of \(reviewed.count) that people checked at random, "
          + "\(reviewed.count { $0 }) were right, which does not show that \(bar) are")
      return
    }
    let share = Double(proven.right) / Double(proven.reviewed)
    var count = 0
    for index in candidates.prefix(proven.count) where !decided.contains(index) {
      results[index].action = .corrected
      results[index].labels = results[index].proposal
      results[index].proposal = []
      results[index].weight = share
      results[index].reason =
        "people found \(proven.right) of \(proven.reviewed) such proposals right"
      count += 1
    }
    notes.append(
      "\(String(counting: count, "proposal")) applied, since of \(proven.reviewed) such that people checked at "
        + "random \(proven.right) were right: at least \(percent(proven.lowerBound)), with 90 % confidence"
    )
  }

  private func percent(_ share: Double) -> String {
    "\((share * 1000).rounded(.down) / 10) %"
  }

  // MARK: - Decisions

  private mutating func decide(_ revision: Revision, _ record: Record, mode: CorrectionMode) {
    var result = results[revision.record]
    func certain(_ labels: [Label]) -> [(label: String, probability: Double)] {
      labels.map { ($0.name, 1) }
    }
    result.reason = revision.reason
    result.proposal = []
    switch revision.outcome {
    case .confirmed:
      result.credibility = record.isLabelled ? 1 : nil
      result.flagged = false
      result.action = .protected
      result.labels = record.labels
      result.softLabel = certain(record.labels)
      result.weight = 1
    case .replaced(let labels):
      result.credibility = record.isLabelled ? 0 : nil
      result.flagged = true
      result.softLabel = certain(labels)
      if !record.isLabelled || record.labelForm == .columns {
        result.action = .proposed
        result.labels = []
        result.proposal = labels
        result.weight = 1
      } else if mode == .suggest {
        result.action = .review
        result.labels = record.labels
        result.proposal = labels
        result.weight = 0
      } else {
        result.action = .corrected
        result.labels = labels
        result.weight = 1
      }
    case .unfitting:
      result.credibility = record.isLabelled ? 0 : nil
      result.flagged = true
      result.action = record.isLabelled ? .review : .proposed
      result.labels = record.labels
      result.weight = 0
    }
    results[revision.record] = result
  }

  // MARK: - Report

  /// Changes what the report says about the results.
  func amend(_ report: inout RunReport, records: [Record]) {
    if let errorRate { report.errorRate = errorRate }
    var counts = RunReport.Counts()
    for result in results {
      switch result.action {
      case .kept: counts.kept += 1
      case .corrected: counts.corrected += 1
      case .review: counts.review += 1
      case .proposed: counts.proposed += 1
      case .protected: counts.protected += 1
      }
      if result.flagged { counts.flagged += 1 }
      if result.truncated { counts.truncated += 1 }
    }
    report.counts = counts
    let weights = results.filter { $0.action == .corrected }.map(\.weight)
    report.expectedRight = weights.isEmpty ? nil : weights.reduce(0, +)
    report.credibility = CredibilityFacts(
      results.map { ($0.credibility, $0.flagged, $0.action, $0.reviewRank) })
    // What people decided is no suspicion any more.
    let lines = Set(decided.map { records[$0].line })
    report.suspects.removeAll { lines.contains($0.line) }
    report.notes = notes + report.notes
  }
}

/// The decided records of which is known how they were drawn.
private struct CheckedRecords {
  struct Checked {
    let record: Int
    let isWrong: Bool
    /// The names of the right labels; nil where none fits.
    let right: [Label]?
    let sampling: Decision.Sampling
  }

  /// Drawn at random in the last audit.
  private(set) var drawn: [Checked] = []
  /// Taken for their suspicion, or drawn in earlier audits.
  private(set) var chosen: [Checked] = []

  init(_ matching: DecisionMatching, records: [Record]) {
    // A decision counts once, for the record that was drawn, where its text is there several times.
    var seen: [ExactText: Int] = [:]
    var taken: [Checked] = []
    for match in matching.matches {
      guard let sampling = match.decision.sampling, records[match.revision.record].isLabelled
      else { continue }
      let index = match.revision.record
      let right: [Label]?
      switch match.revision.outcome {
      case .confirmed: right = records[index].labels
      case .replaced(let labels): right = labels
      case .unfitting: right = nil
      }
      var isWrong = true
      if case .confirmed = match.revision.outcome { isWrong = false }
      let checked = Checked(record: index, isWrong: isWrong, right: right, sampling: sampling)
      let key = ExactText("\(match.decision.contentDigest) \(match.decision.id)")
      if let place = seen[key] {
        if ExactText(records[index].id) == ExactText(match.decision.id),
          records[index].line == match.decision.line
        {
          taken[place] = checked
        }
        continue
      }
      seen[key] = taken.count
      taken.append(checked)
    }
    // An audit is drawn from what earlier ones left undecided, so that its strata are smaller. The last one
    // stands for the records that are undecided, and what earlier ones found is known.
    var smallest: [String: Int] = [:]
    for checked in taken where checked.sampling.source == .random {
      smallest[checked.sampling.stratum] = min(
        smallest[checked.sampling.stratum] ?? .max, checked.sampling.size ?? .max)
    }
    func isOfLastAudit(_ checked: Checked) -> Bool {
      checked.sampling.source == .random
        && checked.sampling.size ?? .max == smallest[checked.sampling.stratum]
    }
    drawn = taken.filter(isOfLastAudit)
    chosen = taken.filter { !isOfLastAudit($0) }
  }

  private var strata: [(sampling: Decision.Sampling, members: [Checked])] {
    var order: [String] = []
    var groups: [String: [Checked]] = [:]
    for checked in drawn {
      if groups[checked.sampling.stratum] == nil { order.append(checked.sampling.stratum) }
      groups[checked.sampling.stratum, default: []].append(checked)
    }
    return order.compactMap { name in
      groups[name].flatMap { members in members.first.map { ($0.sampling, members) } }
    }
  }

  /// How many records a stratum has: as many as its decisions say. Where they do not, the only stratum is all
  /// that was not chosen, and one of several follows from the probability of being drawn.
  private func size(
    _ stratum: (sampling: Decision.Sampling, members: [Checked]), labelled: Int, isOnly: Bool
  ) -> Int {
    let count = stratum.members.count
    let usual =
      isOnly
      ? labelled - chosen.count : Int((Double(count) / stratum.sampling.probability).rounded())
    return max(count, stratum.sampling.size ?? usual)
  }

  /// The measured share of wrong labels; nil where nothing was drawn at random.
  ///
  /// What is in no stratum was chosen, or came into the file after the draw: what of it nobody decided may be
  /// right or wrong.
  func rate(of records: [Record]) -> StratifiedRate? {
    let labelled = records.count { $0.isLabelled && !$0.isTrusted }
    let strata = strata
    guard !drawn.isEmpty || (chosen.count >= labelled && !chosen.isEmpty) else { return nil }
    let parts = strata.map { stratum in
      StratifiedRate.Stratum(
        size: size(stratum, labelled: labelled, isOnly: strata.count == 1),
        reviewed: stratum.members.count, wrong: stratum.members.count { $0.isWrong })
    }
    return StratifiedRate(
      drawn: parts,
      chosen: StratifiedRate.Stratum(
        size: max(chosen.count, labelled - parts.reduce(0) { $0 + $1.size }),
        reviewed: chosen.count, wrong: chosen.count { $0.isWrong }))
  }

  /// Every checked record with how many records it stands for.
  var weighted: [(record: Int, isWrong: Bool, weight: Double)] {
    strata.flatMap { stratum in
      let weight =
        stratum.sampling.size.map { Double($0) / Double(stratum.members.count) }
        ?? 1 / stratum.sampling.probability
      return stratum.members.map { ($0.record, $0.isWrong, max(weight, 1)) }
    } + chosen.map { ($0.record, $0.isWrong, 1) }
  }

  /// The right labels of records of the stratum of flagged ones, or of the only stratum: only records that
  /// were drawn with the same probability stand for the others. Nil within stands for none.
  var rightLabelsOfFlagged: [Int: [Label]?] {
    let strata = strata
    let stratum = strata.first { $0.sampling.stratum == "flagged" } ?? strata.first
    guard strata.count <= 1 || stratum?.sampling.stratum == "flagged" else { return [:] }
    return Dictionary(
      (stratum?.members ?? []).map { ($0.record, $0.right) },
      uniquingKeysWith: { first, _ in first })
  }
}

extension AnnotationResult {
  /// Gives the given label this probability, and scales those of all others to what is left.
  fileprivate mutating func rescaleSoftLabel(given: String, to probability: Double) {
    let isGiven = softLabel.map { ExactText($0.label) == ExactText(given) }
    let others = zip(softLabel, isGiven).reduce(0) { $0 + ($1.1 ? 0 : $1.0.probability) }
    guard isGiven.contains(true) || others > 0 else { return }
    var shares: [(label: String, probability: Double)] = []
    for (entry, isGiven) in zip(softLabel, isGiven) where !isGiven {
      shares.append((entry.label, others > 0 ? entry.probability / others * (1 - probability) : 0))
    }
    shares.append((given, others > 0 ? probability : 1))
    softLabel = shares.sorted { $0.probability > $1.probability }
  }
}
