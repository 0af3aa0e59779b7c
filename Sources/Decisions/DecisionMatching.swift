package import Records
import Assessments

/// Finds the records that decisions are about, and what the decisions make of them.
package struct DecisionMatching: Sendable {
  /// A decision that was found to be about a record.
  package struct Match: Sendable {
    package let decision: Decision
    package let revision: Revision
  }

  /// A decision that cannot be applied.
  package struct Refusal: Sendable, Equatable {
    package let decision: Decision
    package let reason: String
  }

  package private(set) var matches: [Match] = []
  package private(set) var refusals: [Refusal] = []

  /// Finds records by id and content.
  ///
  /// - Parameters:
  ///   - decisions: one for each record.
  ///   - aliases: other names of labels, with the name that each stands for.
  ///   - allowsNewLabels: whether a decision may name a label that no record has.
  /// - Complexity: linear in records and decisions.
  package init(
    _ decisions: [Decision], in records: [Record], aliases: [String: String] = [:],
    allowsNewLabels: Bool = false
  ) {
    let labels = KnownLabels(records, aliases: aliases, allowsNew: allowsNewLabels)
    var byID: [ExactText: [Int]] = [:]
    for (index, record) in records.enumerated() {
      byID[ExactText(record.id), default: []].append(index)
    }
    for decision in decisions {
      guard let named = byID[ExactText(decision.id)] else {
        refusals.append(Refusal(decision: decision, reason: "no record has this id"))
        continue
      }
      let same = named.filter { records[$0].contentDigest == decision.contentDigest }
      guard !same.isEmpty else {
        let lines = named.prefix(3).map { String(records[$0].line) }.joined(separator: ", ")
        refusals.append(
          Refusal(
            decision: decision,
            reason: "the decision is about another text than that of line \(lines)"))
        continue
      }
      // Records with one id and one text are told apart by their line, or they are all meant.
      let onLine = same.filter { records[$0].line == decision.line }
      for index in same.count > 1 && !onLine.isEmpty ? onLine : same {
        guard match(decision, index, of: records, labels) else { break }
      }
    }
  }

  /// Finds records by content alone, so that decisions hold in other versions of a dataset. Where decisions
  /// about one content differ, each counts for the record with its id only.
  ///
  /// - Complexity: linear in records and decisions.
  package init(
    byContent decisions: [Decision], in records: [Record], aliases: [String: String] = [:]
  ) {
    let labels = KnownLabels(records, aliases: aliases, allowsNew: false)
    var byContent: [String: [Decision]] = [:]
    for decision in decisions { byContent[decision.contentDigest, default: []].append(decision) }
    var used: Set<String> = []
    for (index, record) in records.enumerated() {
      let digest = record.contentDigest
      guard let about = byContent[digest] else { continue }
      used.insert(digest)
      let own = about.first { ExactText($0.id) == ExactText(record.id) }
      let isUnanimous = about.allSatisfy { $0.agrees(with: about[0]) }
      guard let decision = own ?? (isUnanimous ? about[0] : nil) else { continue }
      _ = match(decision, index, of: records, labels)
    }
    for decision in decisions where !used.contains(decision.contentDigest) {
      refusals.append(Refusal(decision: decision, reason: "no record has this text"))
    }
  }

  /// Adds a match, or a refusal. Returns whether the decision can be applied.
  private mutating func match(
    _ decision: Decision, _ index: Int, of records: [Record], _ labels: KnownLabels
  ) -> Bool {
    do throws(KnownLabels.Unusable) {
      let outcome = try labels.outcome(of: decision, for: records[index])
      matches.append(
        Match(decision: decision, revision: Revision(record: index, outcome: outcome)))
      return true
    } catch {
      refusals.append(Refusal(decision: decision, reason: error.reason))
      return false
    }
  }
}

/// The labels of a dataset, by which names in decisions become labels in its spelling.
private struct KnownLabels {
  struct Unusable: Error { let reason: String }

  private let labels: [ExactText: Label]
  private let aliases: [ExactText: String]
  private let allowsNew: Bool
  /// Whether no label is a JSON string, so that a new one is none either where it can be.
  private let areBare: Bool

  init(_ records: [Record], aliases: [String: String], allowsNew: Bool) {
    var counts: [ExactText: [ExactText: Int]] = [:]
    for label in records.lazy.flatMap(\.labels) {
      counts[ExactText(label.name), default: [:]][ExactText(label.token), default: 0] += 1
    }
    labels = Dictionary(
      uniqueKeysWithValues: counts.map { name, tokens in
        // The commonest spelling; of equally common ones the first in the order of bytes.
        let token = tokens.max {
          $0.value != $1.value
            ? $0.value < $1.value
            : $1.key.text.utf8.lexicographicallyPrecedes($0.key.text.utf8)
        }
        return (name, Label(name: name.text, token: token?.key.text ?? "null"))
      })
    self.aliases = Dictionary(
      aliases.map { (ExactText($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    self.allowsNew = allowsNew
    areBare =
      !labels.isEmpty && labels.values.allSatisfy { !$0.token.hasPrefix("\"") }
  }

  func outcome(of decision: Decision, for record: Record) throws(Unusable) -> Revision.Outcome {
    if case .retrieval = record.content {
      throw Unusable(reason: "the record is a query, whose passages have the labels")
    }
    switch decision.verdict {
    case .neither, .skip: return .unfitting
    case .keep where decision.given == nil:
      guard record.isLabelled else {
        throw Unusable(reason: "the decision keeps a label, and the record has none")
      }
      return .confirmed
    case .keep, .change:
      let names = decision.right?.names ?? []
      guard record.isMultiLabel || names.count == 1 else {
        throw Unusable(reason: "the decision names \(names.count) labels for a record with one")
      }
      var right: [Label] = []
      for name in names { right.append(try label(name, for: record)) }
      return record.isLabelled && Set(right) == Set(record.labels)
        ? .confirmed : .replaced(right)
    }
  }

  private func label(_ name: String, for record: Record) throws(Unusable) -> Label {
    let name = aliases[ExactText(name)] ?? name
    // The record's own spelling counts more than the commonest one.
    if let own = record.labels.first(where: { ExactText($0.name) == ExactText(name) }) {
      return own
    }
    if let known = labels[ExactText(name)] { return known }
    switch record.labelForm {
    case .positions, .flags, .columns:
      throw Unusable(reason: "the record has no place for a label called \"\(name)\"")
    default: break
    }
    guard allowsNew else {
      throw Unusable(
        reason: "no record has the label \"\(name)\"; if it is meant, add --new-labels")
    }
    return Label(
      name: name, token: areBare && JSONText.isBare(name) ? name : JSONText.quoted(name))
  }
}

extension Decision.Answer {
  /// The given label of a record; nil where it has none.
  package init?(_ record: Record) {
    guard record.isLabelled else { return nil }
    self.init(record.labels.map(\.name), of: record)
  }

  /// Names of labels as a record of this kind holds them.
  package init(_ names: [String], of record: Record) {
    if record.isMultiLabel || names.count != 1 {
      self = .several(names)
    } else {
      self = .one(names[0])
    }
  }
}
