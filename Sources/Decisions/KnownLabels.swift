package import Records
import Assessments

/// The labels of a dataset, by which names in decisions become labels in its spelling.
struct KnownLabels {
  struct Unusable: Error { let reason: String }

  private let labels: [ExactText: Label]
  private let aliases: [ExactText: String]
  /// What to do about a label that no record has; nil where such a label is accepted.
  private let remedyForNew: String?
  /// Whether no label is a JSON string, so that a new one is none either where it can be.
  private let areBare: Bool

  /// - Parameter remedyForNew: what to do about a label that no record has; nil to accept it.
  init(_ records: [Record], aliases: [String: String], remedyForNew: String?) {
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
    self.remedyForNew = remedyForNew
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
    if let remedyForNew {
      throw Unusable(reason: "no record has the label \"\(name)\"; \(remedyForNew)")
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
