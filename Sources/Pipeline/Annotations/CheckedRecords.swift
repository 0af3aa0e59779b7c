import Assessments
import Decisions
import LabelQuality
import Records

/// The decided records of which is known how they were drawn.
///
/// What was measured is about the labels that people saw. The file may have changed since: a record with a label
/// that was mended, or that was taken out, still shows how often labels were wrong among those that nobody
/// decided, and says nothing any more of itself.
struct CheckedRecords {
  struct Checked {
    /// The index of the record; nil where it is not there any more, or counts as right by the rules.
    let record: Int?
    /// Whether the label that the person saw is wrong.
    let isWrong: Bool
    /// Whether the record has another label now.
    let isChanged: Bool
    /// The right labels; nil where none fits, or where they cannot be used.
    let right: [Label]?
    let sampling: Decision.Sampling

    /// Whether the record is as the person saw it.
    var isIntact: Bool { record != nil && !isChanged }
  }

  /// Drawn at random in the last audit.
  private(set) var drawn: [Checked] = []
  /// Taken for their suspicion in the last audit.
  private(set) var suspects: [Checked] = []
  /// Of earlier audits.
  private(set) var earlier: [Checked] = []
  /// Records of which is known what their label is worth now: whether it is wrong.
  private let known: [Int: Bool]
  /// Records about which somebody decided something that cannot be done, or on whose text decisions differ.
  let unsettled: Set<Int>
  /// How many records were taken for their suspicion in the last audit and not decided.
  private let suspectsLeft: Int
  /// How many records have a label and are not trusted.
  private let labelled: Int

  init(
    _ decisions: [Decision], _ matching: DecisionMatching, records: [Record],
    aliases: [String: String]
  ) {
    let comparison = Comparison(aliases)
    func counts(_ index: Int) -> Bool { records[index].isLabelled && !records[index].isTrusted }
    var revisions: [Int: [Revision]] = [:]
    for match in matching.matches { revisions[match.number, default: []].append(match.revision) }
    var refused: [Int: Int] = [:]
    var known: [Int: Bool] = [:]
    for refusal in matching.refusals {
      guard let record = refusal.record else { continue }
      if refused[refusal.number] == nil { refused[refusal.number] = record }
      // Of a label that is still the one that was seen, the decision tells whether it is wrong.
      if counts(record), !comparison.isChanged(records[record], since: refusal.decision) {
        known[record] = comparison.isWrong(refusal.decision, nil)
      }
    }
    for match in matching.matches where counts(match.revision.record) {
      known[match.revision.record] = !match.revision.isConfirmation
    }
    var taken: [Checked] = []
    for (number, decision) in decisions.enumerated() {
      guard let sampling = decision.sampling else { continue }
      // A decision counts once, for the record that was drawn, where its text is there several times.
      let own = (revisions[number] ?? []).min {
        Self.distance(decision, records[$0.record]) < Self.distance(decision, records[$1.record])
      }
      let index = own?.record ?? refused[number]
      guard decision.given != nil || index.map({ records[$0].isLabelled }) ?? false else {
        continue
      }
      taken.append(
        Checked(
          record: index.flatMap { counts($0) ? $0 : nil },
          isWrong: comparison.isWrong(decision, own),
          isChanged: index.map { comparison.isChanged(records[$0], since: decision) } ?? false,
          right: own.flatMap { $0.rightLabels(records) }, sampling: sampling))
    }
    let last = Self.lastAudit(taken)
    for checked in taken {
      switch checked.sampling.source {
      case .random where last.contains(checked.sampling): drawn.append(checked)
      case .queue where last.contains(checked.sampling): suspects.append(checked)
      default: earlier.append(checked)
      }
    }
    self.known = known
    unsettled = Set(matching.refusals.compactMap(\.record)).union(matching.leftOut)
    labelled = records.indices.count(where: counts)
    let size = last.suspects ?? suspects.lazy.compactMap(\.sampling.size).first ?? 0
    suspectsLeft = max(0, size - suspects.count)
  }

  /// How well a record fits what a decision says of it: the id counts more than the line.
  private static func distance(_ decision: Decision, _ record: Record) -> Int {
    (ExactText(record.id) == ExactText(decision.id) ? 0 : 2)
      + (record.line == decision.line ? 0 : 1)
  }

  // MARK: - Audits

  /// Which of the decisions are of the audit that stands for the records that are undecided.
  private struct LastAudit {
    let name: String
    /// How many suspects it has, by its name.
    let suspects: Int?
    /// Where audits have no names: the smallest size of each stratum. What is drawn later has fewer.
    let sizes: [String: Int]

    func contains(_ sampling: Decision.Sampling) -> Bool {
      guard sampling.audit.utf8.elementsEqual(name.utf8) else {
        // Audits of the same records have the same suspects, who are decided whichever file says so.
        guard sampling.source == .queue, let own = AuditName(name),
          let other = AuditName(sampling.audit)
        else { return false }
        return other.decided == own.decided && other.suspects <= own.suspects
      }
      guard name.isEmpty, sampling.source == .random else { return true }
      return sampling.size ?? .max == sizes[sampling.stratum]
    }
  }

  /// An audit is drawn from what earlier ones left undecided. The last one stands for the records that are
  /// undecided, and what earlier ones found is known. Of several that were drawn from the same records, the one
  /// of which most was decided counts.
  private static func lastAudit(_ checked: [Checked]) -> LastAudit {
    var counts: [ExactText: Int] = [:]
    var sizes: [String: Int] = [:]
    for checked in checked where checked.sampling.source == .random {
      counts[ExactText(checked.sampling.audit), default: 0] += 1
      sizes[checked.sampling.stratum] = min(
        sizes[checked.sampling.stratum] ?? .max, checked.sampling.size ?? .max)
    }
    func isBefore(_ left: (name: String, count: Int), _ right: (name: String, count: Int)) -> Bool {
      let decided = [left, right].map { AuditName($0.name)?.decided ?? -1 }
      guard decided[0] == decided[1] else { return decided[0] < decided[1] }
      guard left.count == right.count else { return left.count < right.count }
      return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
    let last = counts.map { (name: $0.key.text, count: $0.value) }.max(by: isBefore)
    let name = last?.name ?? checked.first?.sampling.audit ?? ""
    return LastAudit(name: name, suspects: AuditName(name)?.suspects, sizes: sizes)
  }

  // MARK: - Strata

  /// A part of the file from which records were drawn, each with the same probability.
  private struct Stratum {
    let members: [Checked]
    /// How many records it had at the draw.
    let size: Int
    /// How many records each member stands for, from 1.
    let weight: Double

    var name: String { members.first?.sampling.stratum ?? "" }
  }

  private var strata: [Stratum] {
    var order: [String] = []
    var groups: [String: [Checked]] = [:]
    for checked in drawn {
      if groups[checked.sampling.stratum] == nil { order.append(checked.sampling.stratum) }
      groups[checked.sampling.stratum, default: []].append(checked)
    }
    let groupsInOrder = order.compactMap { groups[$0] }
    return groupsInOrder.map { stratum($0, isOnly: groupsInOrder.count == 1) }
  }

  /// A stratum has as many records as its decisions say. Where they do not, the only stratum is all that was
  /// neither chosen nor decided otherwise, and the size of one of several follows from the probability.
  private func stratum(_ members: [Checked], isOnly: Bool) -> Stratum {
    let count = Double(members.count)
    let byProbability = members.first.map { count / $0.sampling.probability } ?? count
    let size: Double
    if let stated = members.first?.sampling.size {
      size = Double(stated)
    } else if isOnly {
      size = Double(labelled - known.count + Set(members.compactMap(\.record)).count)
    } else {
      size = min(byProbability, Double(labelled))
    }
    let weight = members.first?.sampling.size.map { Double($0) / count } ?? byProbability / count
    return Stratum(
      members: members, size: max(members.count, Int(size.rounded())),
      weight: min(max(weight, 1), Double(max(1, labelled))))
  }

  /// How many records of the last audit's strata and suspects nobody decided, by what the draw says.
  private func undecided(_ strata: [Stratum]) -> Int {
    strata.reduce(suspectsLeft) { $0 + $1.size - $1.members.count }
  }

  // MARK: - What is measured

  /// The measured share of labels that are wrong now; nil where nothing was drawn at random.
  ///
  /// What of the file nobody decided has the share of the stratum from which it may have been drawn. Where there
  /// are fewer such records than at the draw, all strata are taken to have lost the same share; where there are
  /// more, the others came later and may be right or wrong.
  /// - Parameter chosenGuess: the share of wrong labels that is expected among the most suspect records that nobody
  ///   decided, 0…1.
  func rate(chosenGuess: Double) -> StratifiedRate? {
    guard !drawn.isEmpty || !suspects.isEmpty || !earlier.isEmpty else { return nil }
    let strata = strata
    let left = labelled - known.count
    let expected = undecided(strata)
    let share = expected > 0 ? min(1, Double(left) / Double(expected)) : 0
    return StratifiedRate(
      drawn: strata.map { stratum in
        let count = stratum.members.count
        return StratifiedRate.Stratum(
          size: stratum.size, reviewed: count, wrong: stratum.members.count { $0.isWrong },
          left: Double(stratum.size - count) * share)
      },
      chosen: StratifiedRate.Stratum(
        size: suspects.count + suspectsLeft, reviewed: suspects.count,
        wrong: suspects.count { $0.isWrong }, left: Double(suspectsLeft) * share),
      known: (count: known.count, wrong: known.values.count { $0 }), chosenGuess: chosenGuess,
      later: max(0, left - expected))
  }

  /// Whether every record of the last audit is as it was when people decided.
  var isIntact: Bool { (drawn + suspects).allSatisfy(\.isIntact) }

  /// How many records of the last audit are gone or have another label now.
  var lostCount: Int { (drawn + suspects).count { !$0.isIntact } }

  /// Every checked record that is as people saw it, with how many records it stands for.
  var weighted: [(record: Int, isWrong: Bool, weight: Double)] {
    let drawn = strata.flatMap { stratum in stratum.members.map { ($0, stratum.weight) } }
    return (drawn + (suspects + earlier).map { ($0, 1) }).compactMap { checked, weight in
      guard let record = checked.record, checked.isIntact else { return nil }
      return (record, checked.isWrong, weight)
    }
  }

  /// What was found on flagged records that were drawn at random with one probability.
  struct FlaggedDraws {
    /// The right labels of those that are as people saw them; nil within stands for none.
    var right: [Int: [Label]?] = [:]
    /// How many are gone or have another label now. Whether their proposals were right is not known.
    var lost = 0
  }

  /// Of the stratum of flagged records, or of the only stratum: only records that were drawn with the same
  /// probability stand for the others.
  var flaggedDraws: FlaggedDraws {
    let strata = strata
    guard
      let stratum = strata.first(where: { AuditSample.Stratum(name: $0.name) == .flagged })
        ?? (strata.count == 1 ? strata.first : nil)
    else { return FlaggedDraws() }
    var draws = FlaggedDraws()
    for checked in stratum.members {
      guard let record = checked.record, checked.isIntact else {
        draws.lost += 1
        continue
      }
      // Where the same text decides twice, what speaks against the proposal counts.
      if case .some(let present) = draws.right[record], present == nil { continue }
      draws.right.updateValue(checked.right, forKey: record)
    }
    return draws
  }

  /// Which records were not in the last draw although nobody decided them, so that nothing was measured on
  /// records like them.
  ///
  /// - Parameter undecided: indices of the records that can be drawn and are undecided, the most suspect first.
  /// - Returns: those that were taken for their suspicion, and how many others came later.
  func outsideOfDraw(_ undecided: [Int]) -> (suspects: Set<Int>, later: Int) {
    (Set(undecided.prefix(suspectsLeft)), max(0, undecided.count - self.undecided(strata)))
  }
}

/// Compares the labels that people saw with those of records, by their canonical names.
private struct Comparison {
  private let aliases: [ExactText: String]

  init(_ aliases: [String: String]) {
    self.aliases = Dictionary(
      aliases.map { (ExactText($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private func names(_ names: [String]) -> Set<ExactText> {
    Set(names.map { ExactText(aliases[ExactText($0)] ?? $0) })
  }

  /// Whether the label that the person saw is wrong. Where the decision does not say which that is, what it
  /// makes of the record tells.
  func isWrong(_ decision: Decision, _ revision: Revision?) -> Bool {
    switch decision.verdict {
    case .keep, .skip: return false
    case .neither: return true
    case .change:
      guard let given = decision.given else { return revision.map { !$0.isConfirmation } ?? true }
      return names(given.names) != names(decision.label?.names ?? [])
    }
  }

  /// Whether the record has another label than the person saw, as far as the decision says.
  func isChanged(_ record: Record, since decision: Decision) -> Bool {
    guard let given = decision.given else { return false }
    return names(given.names) != names(record.labels.map(\.name))
  }
}

extension Revision {
  fileprivate var isConfirmation: Bool { if case .confirmed = outcome { true } else { false } }

  /// The labels that are right; nil where none fits.
  fileprivate func rightLabels(_ records: [Record]) -> [Label]? {
    switch outcome {
    case .confirmed: records[record].labels
    case .replaced(let labels): labels
    case .unfitting: nil
    }
  }
}
