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

  /// What people decided differently, and so does not count.
  package let conflicts: [DecisionSet.Conflict]

  package static let usualTargetPrecision = ProvenChanges.usualTarget

  package init(
    decisions: [Decision], digest: String, targetPrecision: Double = Self.usualTargetPrecision,
    conflicts: [DecisionSet.Conflict] = []
  ) {
    self.decisions = decisions
    self.digest = digest
    self.targetPrecision = targetPrecision
    self.conflicts = conflicts
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
    describe(review.conflicts)
    let checked = CheckedRecords(review.decisions, matching, records: records, aliases: aliases)
    let settled = decided.union(checked.unsettled)
    let outside = checked.outsideOfDraw(
      AuditSample.drawable(records, results: results).filter { !settled.contains($0) })
    measure(checked, outside: outside)
    recalibrate(checked, records)
    if mode == .auto {
      applyProven(
        Self.candidates(records, results), checked, outside: outside,
        target: review.targetPrecision)
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
    if !matching.leftOut.isEmpty {
      notes.append(
        "\(String(counting: matching.leftOut.count, "record")) left undecided, since decisions about other records "
          + "with the same text differ")
    }
    guard let first = matching.refusals.first else { return }
    let count = Set(matching.refusals.map(\.number)).count
    notes.append(
      "\(String(counting: count, "decision")) did not set a label, such as that about "
        + "\(first.decision.id): \(first.reason)")
  }

  private mutating func describe(_ conflicts: [DecisionSet.Conflict]) {
    guard let first = conflicts.first else { return }
    notes.append(
      "\(String(counting: conflicts.count, "record")) left undecided, since people decided differently, such as "
        + "\(first.decisions[0].id): \(first.description)")
  }

  // MARK: - The error rate

  private mutating func measure(
    _ checked: CheckedRecords, outside: (suspects: Set<Int>, later: Int)
  ) {
    let doubts = outside.suspects.sorted().compactMap { index in
      results[index].credibility.map { 1 - $0 }
    }
    let doubt = doubts.reduce(0, +)
    guard
      let rate = checked.rate(
        chosenGuess: doubts.isEmpty ? 0.5 : doubt / Double(doubts.count))
    else {
      notes.append(
        "no decision says that its record was drawn at random, so the share of wrong labels is estimated and "
          + "not measured; emend run --audit 100 draws a sample")
      return
    }
    var others = "\(checked.suspects.count) others, the most suspect"
    if !checked.earlier.isEmpty { others += ", and \(checked.earlier.count) in other audits" }
    errorRate = ErrorRate(
      estimate: rate.estimate, low: rate.low, high: rate.high,
      basis:
        "\(ErrorRate.measured): people decided \(String(counting: checked.drawn.count, "record")) drawn at random and "
        + "\(others); the interval has 90 % confidence")
    if !outside.suspects.isEmpty {
      notes.append(
        "\(String(counting: outside.suspects.count, "record")) of the most suspect were not decided: in the share of "
          + "wrong labels they count as those that were, or else as their credibility says, and in its interval as "
          + "right or as wrong")
    }
    if outside.later > 0 {
      notes.append(
        "\(String(counting: outside.later, "record")) could not be drawn in the audit: in the share of wrong labels "
          + "they count as the others do, which nobody has checked, and in its interval as right or as wrong"
      )
    }
    if checked.lostCount > 0 {
      notes.append(
        "since people decided, \(String(counting: checked.lostCount, "record")) of the audit got another label or left "
          + "the file; the labels that people saw count for the share of wrong ones among the undecided records"
      )
    }
  }

  // MARK: - Credibility

  private mutating func recalibrate(_ checked: CheckedRecords, _ records: [Record]) {
    let examples = checked.weighted.compactMap { record, isWrong, weight in
      results[record].credibility.map {
        Recalibration.Example(credibility: $0, isWrong: isWrong, weight: weight)
      }
    }
    guard !checked.drawn.isEmpty, let map = Recalibration(examples) else { return }
    // Mostly wrong labels are changed, so that the others do not stand for all.
    guard checked.isIntact else {
      notes.append(
        "credibilities were not adjusted, since records of the audit were changed or removed; emend run --audit draws "
          + "another one")
      return
    }
    for index in results.indices {
      guard let before = results[index].credibility, records[index].isLabelled,
        results[index].action != .protected
      else { continue }
      let after = map.credibility(before)
      results[index].credibility = after
      if before < 1 {
        results[index].steps = results[index].steps.map { $0 / (1 - before) * (1 - after) }
      }
      // What a trusted record says is certain, however probable its label was by the evidence.
      guard !records[index].isMultiLabel, !results[index].isLabelTrusted,
        let given = records[index].labels.first
      else { continue }
      results[index].rescaleSoftLabel(given.name, to: after)
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
    _ candidates: [Int], _ checked: CheckedRecords, outside: (suspects: Set<Int>, later: Int),
    target: Double
  ) {
    let draws = checked.flaggedDraws
    let outcomes = candidates.map { index in
      draws.right[index].map { right in right.map { $0 == results[index].proposal } ?? false }
    }
    let reviewed = outcomes.compactMap(\.self)
    guard !reviewed.isEmpty || draws.lost > 0 else { return }
    proven = ProvenChanges(outcomes, lost: draws.lost, target: target)
    let bar = percent(target)
    guard proven.count > 0 else {
      let lost =
        draws.lost > 0
        ? " and \(draws.lost) were changed or removed since, which count as wrong" : ""
      notes.append(
        "no proposal was applied: of \(reviewed.count + draws.lost) that people checked at random, "
          + "\(reviewed.count { $0 }) were right\(lost), which does not show that \(bar) are")
      return
    }
    guard outside.later == 0 else {
      proven = .nothing
      notes.append(
        "no proposal was applied: \(String(counting: outside.later, "record")) could not be drawn in the audit, and "
          + "nothing shows how many proposals for such are right; emend run --audit draws from all")
      return
    }
    let share = Double(proven.right) / Double(proven.reviewed)
    let barred = decided.union(checked.unsettled).union(outside.suspects)
    var count = 0
    for index in candidates.prefix(proven.count) where !barred.contains(index) {
      results[index].action = .corrected
      results[index].labels = results[index].proposal
      results[index].proposal = []
      if let label = results[index].labels.first {
        results[index].rescaleSoftLabel(label.name, to: share)
      }
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
    // It was expected before somebody looked.
    result.steps = nil
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

  /// Adds to the report what people measured, and what was done. What it says about the results follows from
  /// them (`AnnotationTranslation.reviewed`).
  func amend(_ report: inout RunReport) {
    if let errorRate { report.errorRate = errorRate }
    report.notes = notes + report.notes
  }
}

extension AnnotationResult {
  /// Gives a label this probability, and scales those of all others to what is left. The weight is again
  /// the share of the label after this run.
  fileprivate mutating func rescaleSoftLabel(_ label: String, to probability: Double) {
    let isThis = softLabel.map { ExactText($0.label) == ExactText(label) }
    let others = zip(softLabel, isThis).reduce(0) { $0 + ($1.1 ? 0 : $1.0.probability) }
    guard isThis.contains(true) || others > 0 else { return }
    var shares: [(label: String, probability: Double)] = []
    for (entry, isThis) in zip(softLabel, isThis) where !isThis {
      shares.append((entry.label, others > 0 ? entry.probability / others * (1 - probability) : 0))
    }
    shares.append((label, others > 0 ? probability : 1))
    softLabel = shares.sorted { $0.probability > $1.probability }
    guard let final = labels.first else { return }
    weight = softLabel.first { ExactText($0.label) == ExactText(final.name) }?.probability ?? 0
  }
}
