import Records
import Repair
import Report
import Rules
import Vectors

extension Translation {
  /// Records listed as most suspect: what a person can look through in a sitting.
  static let suspectsListed = 50
  /// Records listed as most harmful: most of them are among the suspects.
  static let harmfulListed = 20
  /// What four decimals print as zero is no harm.
  static let leastHarm = 0.00005

  /// The commonest disagreements between evidence and labels.
  var transitions: [RunReport.TransitionRow] {
    outcome.disagreements.prefix(20).map {
      RunReport.TransitionRow(
        given: name($0.given), evidence: name($0.preferred), records: $0.count)
    }
  }

  private func name(_ label: Int32) -> String { dataset.labels[Int(label)].name }

  private func named(_ labels: [Int32]) -> String {
    labels.isEmpty ? "(no label)" : labels.map(name).joined(separator: ", ")
  }

  var counts: RunReport.Counts {
    var counts = RunReport.Counts()
    for judgement in outcome.judgements {
      switch judgement.decision {
      case .kept: counts.kept += 1
      case .corrected: counts.corrected += 1
      case .review: counts.review += 1
      case .proposed: counts.proposed += 1
      case .protected: counts.protected += 1
      }
      if judgement.isFlagged { counts.flagged += 1 }
    }
    counts.truncated = vectorisation.truncated.count { $0 }
    return counts
  }

  var errorRate: RunReport.ErrorRate? {
    outcome.errorRate.map {
      RunReport.ErrorRate(
        estimate: $0.estimate, low: $0.low, high: $0.high,
        basis: $0.isWitnessed
          ? "the meaning of the label names, asked about every disagreement of evidence and label"
          : "no witness: from what even the surest evidence disputes, to all that the evidence disputes, "
            + "its own mistakes included; the estimate is kept low on purpose, so that soft labels do "
            + "no harm")
    }
  }

  func witness(rules: RuleSet, mode: CorrectionMode) -> RunReport.WitnessFacts {
    let witness = outcome.witness
    let isOpen = witness?.isOpen ?? false
    var sentences: [String]
    if let obstacle {
      sentences = [obstacle]
    } else if let witness {
      sentences = [account(of: witness, rules: rules)]
    } else {
      let why =
        dataset.targets.isMultiLabel
        ? "lists of labels are judged label by label, without asking what the names mean"
        : "ready vectors cannot be compared with label names"
      sentences = ["The witness gate is shut: \(why), so no label was replaced on their word."]
    }
    switch mode {
    case .auto: break
    case .suggest: sentences.append("In mode suggest no label is replaced.")
    case .all: sentences.append("In mode all every flagged label is replaced.")
    }
    return RunReport.WitnessFacts(
      open: isOpen, informativeness: witness?.informativeness, rightShare: witness?.rightShare,
      explanation: sentences.joined(separator: " "))
  }

  /// Why nothing could be judged at all; nil where it could.
  private var obstacle: String? {
    if records.isEmpty { return "No line could be used, so there was nothing to judge." }
    if dataset.targets.annotated.isEmpty {
      return "No record has a label, so there was nothing to learn one from."
    }
    if dataset.labels.count == 1, !dataset.targets.isMultiLabel {
      return "There is only one label, so no annotation can look wrong."
    }
    return nil
  }

  /// Why the gate is open or shut, and what would open it.
  private func account(of witness: Witness, rules: RuleSet) -> String {
    let measured = String(hundredths: witness.informativeness)
    let needed = String(hundredths: Witness.openFrom)
    let share = witness.rightShare.map { Int(($0 * 100).rounded()) }
    if witness.disagreements.isEmpty {
      return "The witness gate is shut: evidence and labels agree on every record, so there is "
        + "nothing to change."
    }
    if witness.disagreements.count < Witness.fewestDisagreements {
      return "The witness gate is shut: evidence and labels disagree on too few records "
        + "(\(witness.disagreements.count), needed \(Witness.fewestDisagreements)) to test what the "
        + "label names mean, so no label was replaced on their word."
    }
    if witness.isOpen {
      let often = share.map { " in about \($0) % of cases" } ?? ""
      return "The witness gate is open: what the label names mean tells right labels from wrong "
        + "(\(measured), needed \(needed)), and where the evidence disagrees with a label it sides "
        + "with the evidence\(often)."
    }
    if witness.informativeness >= Witness.openFrom {
      let enough = Int((Witness.leastRightShare * 100).rounded())
      return "The witness gate is shut: where the evidence disagrees with a label, what the label "
        + "names mean sides with the evidence in only about \(share ?? 0) % of cases (needed "
        + "\(enough) %), so no label was replaced on their word."
    }
    let described = Set(rules.labels.filter { $0.about != nil }.map(\.name))
    let missing = dataset.labels.map(\.name).filter { !described.contains($0) }
    let request =
      missing.isEmpty
      ? "The descriptions in the rules do not tell the labels apart well enough."
      : "Describe the labels in rules/ (about: a sentence, examples: a few texts) to open it: "
        + missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? ", …" : "") + "."
    return "The witness gate is shut: what the label names mean does not tell right labels from "
      + "wrong (\(measured), needed \(needed)), so no label was replaced on their word. \(request)"
  }

  var labelRows: [RunReport.LabelRow] {
    var rows = dataset.labels.map {
      RunReport.LabelRow(
        label: $0.name, given: 0, flagged: 0, correctedAway: 0, correctedTo: 0,
        meanCredibility: nil)
    }
    var sums = [Double](repeating: 0, count: rows.count)
    for (row, judgement) in outcome.judgements.enumerated() {
      let given = dataset.targets.of(row)
      for label in given {
        rows[Int(label)].given += 1
        if judgement.isFlagged { rows[Int(label)].flagged += 1 }
        sums[Int(label)] += judgement.credibility ?? 0
        if judgement.decision == .corrected, !judgement.labels.contains(label) {
          rows[Int(label)].correctedAway += 1
        }
      }
      if judgement.decision == .corrected {
        for label in judgement.labels where !given.contains(label) {
          rows[Int(label)].correctedTo += 1
        }
      }
    }
    for label in rows.indices where rows[label].given > 0 {
      rows[label].meanCredibility = sums[label] / Double(rows[label].given)
    }
    return rows.sorted { ($0.flagged, $0.given, $1.label) > ($1.flagged, $1.given, $0.label) }
  }

  var suspects: [RunReport.Suspect] {
    let flagged = outcome.judgements.indices
      .filter { outcome.judgements[$0].isFlagged }
      .sorted {
        (outcome.judgements[$0].credibility ?? 1, $0)
          < (outcome.judgements[$1].credibility ?? 1, $1)
      }
    return flagged.prefix(Self.suspectsListed).map { row in
      let judgement = outcome.judgements[row]
      let record = records[row]
      let preferred =
        judgement.decision == .corrected ? judgement.labels : judgement.proposal
      let graph = outcome.graph
      let near = (row * graph.k..<row * graph.k + min(graph.k, Self.neighboursShown)).map {
        slot -> String in
        let other = Int(graph.indices[slot])
        return "\(records[other].id): \(named(Array(dataset.targets.of(other))))"
      }
      return RunReport.Suspect(
        line: record.line, id: record.id, text: Excerpt.of(record.content),
        label: named(Array(dataset.targets.of(row))),
        proposal: preferred.isEmpty && !dataset.targets.isMultiLabel
          ? nil : named(preferred),
        action: Verdict.Action(judgement.decision).rawValue,
        credibility: judgement.credibility ?? 1, neighbours: near)
    }
  }

  var utility: RunReport.UtilityFacts? {
    let valued = outcome.utilities.enumerated().compactMap { row, utility in
      utility.map { (row: row, utility: $0) }
    }
    guard !valued.isEmpty else { return nil }
    let harmful = valued.filter { $0.utility < -Self.leastHarm }
      .sorted { ($0.utility, $0.row) < ($1.utility, $1.row) }
    return RunReport.UtilityFacts(
      mean: valued.reduce(0) { $0 + $1.utility } / Double(valued.count), harmful: harmful.count,
      worst: harmful.prefix(Self.harmfulListed).map { row, utility in
        RunReport.HarmfulRow(
          line: records[row].line, id: records[row].id,
          label: named(Array(dataset.targets.of(row))), utility: utility)
      })
  }
}

extension String {
  /// A share with two decimals.
  init(hundredths value: Double) {
    let units = Int((value * 100).rounded())
    self = "\(units / 100)." + (units % 100 < 10 ? "0" : "") + "\(units % 100)"
  }
}
