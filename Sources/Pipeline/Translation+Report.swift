import Records
import Repair
import Report
import Rules
import Vectors

extension Translation {
  /// Records listed as most suspect: what a person can look through in a sitting.
  static let suspectsListed = 50
  /// Characters of a text shown in the report.
  static let excerptLength = 160

  /// The report of the run.
  func report(rules: RuleSet, mode: CorrectionMode) -> RunReport {
    RunReport(
      input: RunReport.InputFacts(
        name: reading.source.name, digest: reading.source.digest,
        bytes: reading.source.bytes.count, lines: reading.format.lines,
        records: reading.records.count, rejected: reading.rejections.count,
        kinds: Dictionary(
          reading.kinds.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)),
      counts: counts, errorRate: errorRate,
      witness: witness(rules: rules, mode: mode), labels: labelRows,
      transitions: outcome.disagreements.prefix(20).map {
        RunReport.TransitionRow(
          given: name($0.given), evidence: name($0.preferred), records: $0.count)
      },
      suspects: suspects, notes: notes,
      provenance: RunReport.Provenance(
        version: EmendVersion.current, encoder: vectorisation.encoderIdentity,
        rules: rules.file.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
          ?? "built-in",
        rulesDigest: rules.digest ?? "none", mode: mode.rawValue, signals: outcome.signalNames,
        seed: 1))
  }

  private func name(_ label: Int32) -> String { dataset.labels[Int(label)].name }

  private var counts: RunReport.Counts {
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

  private var errorRate: RunReport.ErrorRate? {
    outcome.errorRate.map {
      RunReport.ErrorRate(
        estimate: $0.estimate, low: $0.low, high: $0.high,
        basis: $0.isWitnessed
          ? "the meaning of the label names, asked about every disagreement of evidence and label"
          : "disagreements of evidence and label, which count the evidence's own mistakes as well")
    }
  }

  private func witness(rules: RuleSet, mode: CorrectionMode) -> RunReport.WitnessFacts {
    guard let witness = outcome.witness else {
      let why: String
      if dataset.targets.isMultiLabel {
        why = "records with several labels are judged label by label"
      } else if vectorisation.meanings == nil {
        why = "ready vectors cannot be compared with label names"
      } else {
        why = "there is nothing to compare"
      }
      return RunReport.WitnessFacts(
        open: false, informativeness: nil, rightShare: nil,
        explanation: "The witness gate is shut: \(why); what looks wrong is left for review.")
    }
    let measured = String(hundredths: witness.informativeness)
    let needed = String(hundredths: Witness.openFrom)
    let explanation: String
    if witness.disagreements.isEmpty {
      explanation =
        "The witness gate is shut: evidence and labels agree on every record, so there is nothing "
        + "to change."
    } else if witness.isOpen {
      let share = witness.rightShare.map { " in about \(Int(($0 * 100).rounded())) % of cases" }
      explanation =
        "The witness gate is open: what the label names mean tells right labels from wrong "
        + "(\(measured), needed \(needed)), and where the evidence disagrees with a label it "
        + "sides with the evidence\(share ?? "")."
    } else if witness.informativeness >= Witness.openFrom {
      let share = Int(((witness.rightShare ?? 0) * 100).rounded())
      explanation =
        "The witness gate is shut: where the evidence disagrees with a label, what the label names "
        + "mean sides with the evidence in only about \(share) % of cases (needed "
        + "\(Int(Witness.leastRightShare * 100)) %), so no label was changed on its word."
    } else {
      let described = Set(rules.labels.filter { $0.about != nil }.map(\.name))
      let missing = dataset.labels.map(\.name).filter { !described.contains($0) }
      let request =
        missing.isEmpty
        ? "The descriptions in the rules do not tell the labels apart well enough."
        : "Describe the labels in rules/ (about: a sentence, examples: a few texts) to open it: "
          + missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? ", …" : "") + "."
      explanation =
        "The witness gate is shut: what the label names mean does not tell right labels from "
        + "wrong (\(measured), needed \(needed)), so no label was changed on its word. \(request)"
    }
    return RunReport.WitnessFacts(
      open: witness.isOpen, informativeness: witness.informativeness,
      rightShare: witness.rightShare, explanation: explanation)
  }

  private var labelRows: [RunReport.LabelRow] {
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

  private var suspects: [RunReport.Suspect] {
    let flagged = outcome.judgements.indices
      .filter { outcome.judgements[$0].isFlagged }
      .sorted {
        (outcome.judgements[$0].credibility ?? 1, $0)
          < (outcome.judgements[$1].credibility ?? 1, $1)
      }
    return flagged.prefix(Self.suspectsListed).map { row in
      let judgement = outcome.judgements[row]
      let record = reading.records[row]
      let preferred =
        judgement.decision == .corrected ? judgement.labels : judgement.proposal
      let graph = outcome.graph
      let near = (row * graph.k..<row * graph.k + min(graph.k, Self.neighboursShown)).map {
        slot -> String in
        let other = Int(graph.indices[slot])
        let labels = dataset.targets.of(other).map(name).joined(separator: ", ")
        return "\(reading.records[other].id): \(labels)"
      }
      return RunReport.Suspect(
        line: record.line, id: record.id, text: excerpt(record.content),
        label: dataset.targets.of(row).map(name).joined(separator: ", "),
        proposal: preferred.isEmpty ? nil : preferred.map(name).joined(separator: ", "),
        action: Verdict.Action(judgement.decision).rawValue,
        credibility: judgement.credibility ?? 1, neighbours: near)
    }
  }

  private func excerpt(_ content: Content) -> String {
    let text =
      switch content {
      case .text(let text): text
      case .pair(let first, let second): "\(first) | \(second)"
      case .relation(let relation):
        "\(relation.head.text) / \(relation.tail.text): \(relation.text)"
      case .none: ""
      }
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > Self.excerptLength
      ? line.prefix(Self.excerptLength - 1) + "…" : line
  }

  private var notes: [String] {
    var notes = reading.notes.map(\.text)
    if dataset.targets.annotated.isEmpty {
      notes.append("no record has a label, so there was nothing to learn one from")
    } else if dataset.labels.count == 1, !dataset.targets.isMultiLabel {
      notes.append("there is only one label, so no annotation can look wrong")
    }
    if vectorisation.truncated.contains(true) {
      let count = vectorisation.truncated.count { $0 }
      notes.append("\(count) texts were longer than the model reads and were cut")
    }
    return notes
  }
}

extension String {
  /// A share with two decimals.
  init(hundredths value: Double) {
    let units = Int((value * 100).rounded())
    self = "\(units / 100)." + (units % 100 < 10 ? "0" : "") + "\(units % 100)"
  }
}
