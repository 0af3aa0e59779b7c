import Vectors
import Records
import Assessments
import LabelQuality
import Report
import Rules

extension AnnotationTranslation {
  /// How many of the most suspect records the report lists: as many as a person can check in a few hours.
  static let suspectsListed = 500
  /// How many pairs of labels the report lists: enough for a picture of 150 labels.
  static let transitionsListed = 1_000
  /// How many of the most harmful records the report lists; most of them are among the suspects too.
  static let harmfulListed = 20
  /// A data value counts as harmful below minus this; values nearer to 0 are printed as 0 with four
  /// decimals.
  static let leastHarm = 0.00005

  /// The most frequent disagreements between evidence and labels.
  var transitions: [RunReport.TransitionRow] {
    disagreements.prefix(Self.transitionsListed).map {
      RunReport.TransitionRow(
        given: name($0.given), evidence: name($0.preferred), records: $0.count)
    }
  }

  /// On how many records the evidence prefers another label; nil where it does on none.
  var disagreementCount: Int? {
    let count = disagreements.reduce(0) { $0 + $1.count }
    return count > 0 ? count : nil
  }

  /// The label as people read it: the name that was given for a number, with that number.
  func name(_ label: Int32) -> String { shown(annotated.labels[Int(label)]) }

  func shown(_ label: Label) -> String {
    givenNames[label.name].map { "\($0) (\(label.name))" } ?? label.name
  }

  /// The given labels of a record in one text.
  func named(_ row: Int) -> String {
    let given = annotated.targets.of(row)
    return given.isEmpty ? "(no label)" : names(given, by: name)
  }

  func named(_ labels: [Label]) -> String {
    labels.isEmpty ? "(no label)" : names(labels, by: shown)
  }

  var counts: RunReport.Counts {
    var counts = RunReport.Counts()
    for outcome in outcomes {
      switch outcome.action {
      case .kept: counts.kept += 1
      case .corrected: counts.corrected += 1
      case .review: counts.review += 1
      case .proposed: counts.proposed += 1
      case .protected: counts.protected += 1
      }
      if outcome.isSuspect { counts.flagged += 1 }
      if outcome.action == .review, outcome.isDecided {
        counts.decidedInReview = (counts.decidedInReview ?? 0) + 1
      }
    }
    counts.truncated = vectorisation.truncated.count { $0 }
    return counts
  }

  func labelNameFacts(rules: RuleSet, mode: CorrectionMode) -> RunReport.LabelNameFacts {
    let gate = assessed.labelNameGate
    let isOpen = gate?.isOpen ?? false
    var sentences: [String]
    if let reasonForNoAssessment {
      sentences = [reasonForNoAssessment]
    } else if let isLegible = vectorisation.isLegible, !isLegible.contains(true) {
      sentences = ["Label names replaced no label: the encoder does not know the texts."]
    } else if let gate {
      sentences = [explanation(of: gate, rules: rules)]
    } else {
      let why =
        annotated.targets.isMultiLabel
        ? "lists of labels are assessed label by label, without comparing what their names mean"
        : "ready vectors cannot be compared with label names"
      sentences = ["Label names replaced no label: \(why)."]
    }
    switch mode {
    case .auto: break
    case .suggest: sentences.append("In mode suggest no label is replaced.")
    case .all: sentences.append("In mode all every flagged label is replaced.")
    }
    return RunReport.LabelNameFacts(
      open: isOpen, informativeness: gate?.informativeness, rightShare: gate?.rightShare,
      explanation: sentences.joined(separator: " "))
  }

  /// Why no label could be assessed; nil if labels could be assessed.
  var reasonForNoAssessment: String? {
    if records.isEmpty { return "No line could be used, so there was nothing to assess." }
    if annotated.targets.annotated.isEmpty {
      return "No record has a label, so there was nothing to learn one from."
    }
    if annotated.labels.count == 1, !annotated.targets.isMultiLabel {
      return "There is only one label, so no annotation can look wrong, and none was judged."
    }
    if annotated.similarLabels?.isOneLabel == true, !annotated.targets.isMultiLabel {
      return
        "There is only one label, in several spellings, so no annotation can look wrong, and none was judged."
    }
    if !assessed.isJudged {
      return reasonForNoJudgement
    }
    return nil
  }

  /// From this share of suspects on, it is said how many of them no other record could have supported.
  private static let leastLoneShare = 0.05

  /// How many suspect labels no other record has; nil where these are few.
  var loneLabelNote: String? {
    guard assessed.isJudged, !annotated.targets.isMultiLabel else { return nil }
    var counts = [Double](repeating: 0, count: annotated.labels.count)
    for label in annotated.targets.labels { counts[Int(label)] += 1 }
    counts = annotated.similarLabels?.together(counts) ?? counts
    let suspects = flaggedRows
    let lone = suspects.count { row in annotated.targets.single(row).map { counts[$0] < 2 } ?? false
    }
    guard lone > 0, Double(lone) >= Self.leastLoneShare * Double(suspects.count) else { return nil }
    return
      "\(lone) of the suspect labels \(lone == 1 ? "is" : "are") on one record alone, so no other record could "
      + "support \(lone == 1 ? "it" : "them")"
  }

  /// That the error rate does not hold, where the encoder knows less than half of the texts; else nil.
  var illegibleNote: String? {
    guard assessed.errorRate != nil, reviewed?.errorRate == nil,
      let isLegible = vectorisation.isLegible, isLegible.count(where: \.self) * 2 < isLegible.count
    else { return nil }
    return
      "the share of wrong labels was predicted from files whose texts the encoder knows; it knows fewer than half of "
      + "these, so it may be far off, and credibilities with it"
  }

  /// With fewer labels, hardly anything can be shown.
  private static let fewestToPredict = 20

  /// What the test of whether the records predict their labels found, and what to do.
  private var reasonForNoJudgement: String {
    let check = "Check that the right member is read as the text, and the right one as the label."
    let isSmall = (assessed.predictions?.records ?? 0) < Self.fewestToPredict
    guard let counts = assessed.predictions else {
      return
        "The records do not show which labels a list has, beyond how common each label is, so no list was "
        + "judged. \(check)"
    }
    let found =
      "of \(String(counting: counts.records, "label")), the other records predict \(counts.right), and "
      + "naming the commonest label each time predicts \(counts.commonest)"
    guard counts.right > counts.commonest || isSmall else {
      return
        "Nothing that was read of the records predicts their labels: \(found). So no label was judged. \(check)"
    }
    return
      "The records are too few to show that anything in them predicts their labels: \(found), which may be "
      + "chance. So no label was judged. \(check)"
  }

  /// A sentence on why the label-name gate is open or shut, and on how to open it.
  private func explanation(of gate: LabelNameGate, rules: RuleSet) -> String {
    let measured = String(hundredths: gate.informativeness)
    let needed = String(hundredths: LabelNameGate.openFrom)
    let share = gate.rightShare.map { Int((100 * $0).rounded()) }
    if gate.disagreements.isEmpty {
      return
        "Label names replaced no label: the evidence differs from no label, so the names were not tested. "
        + "Errors that are made in the same way each time do not show."
    }
    if gate.disagreements.count < LabelNameGate.fewestDisagreements {
      return
        "Label names replaced no label: the evidence differs from the labels of too few records "
        + "(\(gate.disagreements.count), needed \(LabelNameGate.fewestDisagreements)) to test what the "
        + "names mean."
    }
    if gate.isOpen {
      let often =
        gate.cautiousRightShare.map { " in about \(Int((100 * $0).rounded())) % of cases" } ?? ""
      return
        "The label names are independent evidence: what they mean tells right labels from wrong "
        + "(\(measured), needed \(needed)), and where the evidence disagrees with a label they agree "
        + "with the evidence\(often)."
    }
    if gate.namesAgree {
      return
        "Label names replaced no label: most labels that the evidence disagrees with look like labels "
        + "that are hard to predict, not like wrong ones, and the names may make the same mistakes."
    }
    if gate.informativeness >= LabelNameGate.openFrom {
      let enough = Int((LabelNameGate.leastRightShare * 100).rounded())
      return
        "Label names replaced no label: where the evidence disagrees with a label, they agree "
        + "with the evidence in only about \(share ?? 0) % of cases (needed \(enough) %)."
    }
    let described = Set(rules.labels.filter { $0.about != nil }.map(\.name))
    let missing = annotated.labels.map(\.name).filter { !described.contains($0) }
    let request =
      missing.isEmpty
      ? "The descriptions in the rules do not tell the labels apart well enough."
      : "Describe the labels in rules/ (about: a sentence, examples: a few texts) so that they can: "
        + missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? ", …" : "") + "."
    return "Label names replaced no label: what they mean does not tell right labels from "
      + "wrong (\(measured), needed \(needed)). \(request)"
  }

  var labelRows: [RunReport.LabelRow] {
    func empty(_ label: Label) -> RunReport.LabelRow {
      RunReport.LabelRow(
        label: shown(label), given: 0, flagged: 0, correctedAway: 0, correctedTo: 0,
        meanCredibility: nil)
    }
    var rows = annotated.labels.map(empty)
    var places = Dictionary(
      uniqueKeysWithValues: annotated.labels.enumerated().map { ($0.element.name, $0.offset) })
    var sums = [Double](repeating: 0, count: rows.count)
    var judged = [Int](repeating: 0, count: rows.count)
    for row in records.indices {
      let outcome = outcome(row)
      let given = annotated.targets.of(row)
      for label in given.map(Int.init) {
        rows[label].given += 1
        if outcome.isSuspect { rows[label].flagged += 1 }
        if let credibility = outcome.credibility {
          sums[label] += credibility
          judged[label] += 1
        }
      }
      guard outcome.action == .corrected else { continue }
      let own = Set(given.map(Int.init))
      var new: Set<Int> = []
      for label in newLabels(row) {
        // People can give a record a label that no other one has.
        if places[label.name] == nil {
          places[label.name] = rows.count
          rows.append(empty(label))
        }
        if let place = places[label.name] { new.insert(place) }
      }
      for label in own.subtracting(new) { rows[label].correctedAway += 1 }
      for label in new.subtracting(own) { rows[label].correctedTo += 1 }
    }
    for label in judged.indices where judged[label] > 0 {
      rows[label].meanCredibility = sums[label] / Double(judged[label])
    }
    return rows.sorted { ($0.flagged, $0.given, $1.label) > ($1.flagged, $1.given, $0.label) }
  }

  var suspects: [RunReport.Suspect] {
    flaggedRows.prefix(Self.suspectsListed).map { row in
      let outcome = outcome(row)
      let record = records[row]
      let preferred = outcome.action == .corrected ? newLabels(row) : proposal(row)
      var suspect = RunReport.Suspect(
        line: record.line, id: record.id,
        text: Excerpt.of(record.content, length: Self.suspectLength), label: named(row),
        proposal: preferred.isEmpty && !annotated.targets.isMultiLabel
          ? nil : named(preferred),
        action: outcome.action.rawValue,
        credibility: outcome.credibility ?? 1,
        neighbours: nearestRows(row).map { other, _ in "\(records[other].id): \(named(other))" })
      suspect.nearest = nearest(to: row)
      suspect.signals = Dictionary(
        uniqueKeysWithValues: signals(of: row).map { ($0.name, $0.probability) })
      suspect.reason = reason(of: row)
      return suspect
    }
  }

  /// How the annotators agree; nil where nobody voted.
  var annotators: AnnotatorFacts? {
    guard let ballots = annotated.ballots, let reliability = annotated.reliability else {
      return nil
    }
    let order = annotated.annotators.indices.sorted {
      (reliability.voteCounts[$0], $1) > (reliability.voteCounts[$1], $0)
    }
    return AnnotatorFacts(
      records: ballots.votes.count { !$0.isEmpty }, alpha: ballots.alpha,
      consensus: reliability.isEstimated ? "dawid-skene" : "majority",
      count: annotated.annotators.count, weight: assessed.voteWeight,
      annotators: order.prefix(AnnotatorFacts.mostListed).map { annotator in
        AnnotatorFacts.Row(
          annotator: annotated.annotators[annotator], votes: reliability.voteCounts[annotator],
          agreement: reliability.agreements[annotator],
          accuracy: reliability.isEstimated ? reliability.accuracies[annotator] : nil)
      })
  }

  /// What the encoder cannot read; nil where it reads every text.
  var unknownTokens: Finding? {
    guard let shares = vectorisation.unknownShares, let isLegible = vectorisation.isLegible else {
      return nil
    }
    return UnknownTokens.finding(shares, of: records, isLegible: isLegible)
  }

  var utility: RunReport.UtilityFacts? {
    let valued = assessed.dataValues.enumerated().compactMap { row, utility in
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
          label: named(row), utility: utility)
      })
  }
}

extension String {
  /// A share with two decimals, such as `0.25`.
  init(hundredths value: Double) {
    let units = Int((value * 100).rounded())
    self = "\(units / 100)." + (units % 100 < 10 ? "0" : "") + "\(units % 100)"
  }
}
