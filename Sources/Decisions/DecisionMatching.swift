package import Records
import Assessments

/// Finds the records that decisions are about, and what the decisions make of them.
package struct DecisionMatching: Sendable {
  /// A decision that was found to be about a record.
  package struct Match: Sendable {
    package let decision: Decision
    /// The place of the decision in the list of all.
    package let number: Int
    package let revision: Revision
  }

  /// A decision that cannot be applied.
  package struct Refusal: Sendable, Equatable {
    package let decision: Decision
    /// The place of the decision in the list of all.
    package let number: Int
    /// The index of the record that the decision is about; nil where there is none.
    package let record: Int?
    package let reason: String
  }

  /// At most one for each record.
  package private(set) var matches: [Match] = []
  package private(set) var refusals: [Refusal] = []
  /// Indices of records with a text about which decisions differ, none of which has the record's id.
  package private(set) var leftOut: [Int] = []

  /// Finds records by id and content.
  ///
  /// - Parameters:
  ///   - decisions: in the order in which they were made.
  ///   - aliases: other names of labels, with the name that each stands for.
  ///   - allowsNewLabels: whether a decision may name a label that no record has.
  /// - Complexity: linear in records and decisions.
  package init(
    _ decisions: [Decision], in records: [Record], aliases: [String: String] = [:],
    allowsNewLabels: Bool = false
  ) {
    let labels = KnownLabels(
      records, aliases: aliases,
      remedyForNew: allowsNewLabels ? nil : "if it is meant, add --new-labels")
    var byID: [ExactText: [Int]] = [:]
    for (index, record) in records.enumerated() {
      byID[ExactText(record.id), default: []].append(index)
    }
    var rivals: [Subject: [Int]] = [:]
    for (number, decision) in decisions.enumerated() {
      rivals[Subject(decision), default: []].append(number)
    }
    var candidates: [Subject: Claims] = [:]
    for (number, decision) in decisions.enumerated() {
      guard let named = byID[ExactText(decision.id)] else {
        refuse(decision, number, nil, "no record has this id")
        continue
      }
      let subject = Subject(decision)
      let claims: Claims
      if let known = candidates[subject] {
        claims = known
      } else {
        let same = named.filter { records[$0].contentDigest == decision.contentDigest }
        claims = Claims(of: rivals[subject] ?? [], decisions, on: same, records)
        candidates[subject] = claims
      }
      guard !claims.records.isEmpty else {
        let lines = named.prefix(3).map { String(records[$0].line) }.joined(separator: ", ")
        refuse(
          decision, number, nil, "the decision is about another text than that of line \(lines)")
        continue
      }
      match(decision, number, claims, of: records, labels)
    }
  }

  /// Finds records by content alone, so that decisions hold in other versions of a dataset. Where decisions
  /// about one content differ, each counts for the record with its id only. So does a decision that keeps a
  /// label without naming it, and for a trusted record no other one counts.
  ///
  /// - Complexity: linear in records and decisions.
  package init(
    byContent decisions: [Decision], in records: [Record], aliases: [String: String] = [:]
  ) {
    let labels = KnownLabels(
      records, aliases: aliases,
      remedyForNew:
        "correct its spelling, or write it into the output with emend apply --new-labels")
    var subjects: [Subject: [Int]] = [:]
    var byContent: [String: SharedAnswer] = [:]
    for (number, decision) in decisions.enumerated() {
      subjects[Subject(decision), default: []].append(number)
      byContent[decision.contentDigest, default: SharedAnswer()].add(decision, number)
    }
    var own: [Subject: [Int]] = [:]
    var used: Set<String> = []
    var decided: [(index: Int, subject: Subject)] = []
    for (index, record) in records.enumerated() {
      let subject = Subject(id: ExactText(record.id), content: record.contentDigest)
      guard byContent[subject.content] != nil else { continue }
      used.insert(subject.content)
      decided.append((index, subject))
      if subjects[subject] != nil { own[subject, default: []].append(index) }
    }
    var claims: [Subject: Claims] = [:]
    for (subject, same) in own {
      claims[subject] = Claims(of: subjects[subject] ?? [], decisions, on: same, records)
    }
    for (number, decision) in decisions.enumerated() {
      if let claims = claims[Subject(decision)] {
        match(decision, number, claims, of: records, labels)
      } else if !used.contains(decision.contentDigest) {
        refuse(decision, number, nil, "no record has this text")
      }
    }
    for (index, subject) in decided {
      guard !records[index].isTrusted, claims[subject]?.claimed.contains(index) != true,
        let answer = byContent[subject.content]
      else { continue }
      guard answer.isUnanimous else {
        leftOut.append(index)
        continue
      }
      guard let number = answer.named else { continue }
      _ = match(decisions[number], number, index, of: records, labels)
    }
    matches.sort { $0.revision.record < $1.revision.record }
  }

  private mutating func refuse(
    _ decision: Decision, _ number: Int, _ record: Int?, _ reason: String
  ) {
    refusals.append(Refusal(decision: decision, number: number, record: record, reason: reason))
  }

  /// Matches a decision with the records that it claims.
  private mutating func match(
    _ decision: Decision, _ number: Int, _ claims: Claims, of records: [Record],
    _ labels: KnownLabels
  ) {
    switch claims.of(number) {
    case .superseded: return
    case .disputed(let reason): refuse(decision, number, nil, reason)
    case .records(let indices):
      if decision.keepsUnnamedLabel, let first = indices.first,
        indices.contains(where: { Set(records[$0].labels) != Set(records[first].labels) })
      {
        return refuse(
          decision, number, nil,
          "several lines have this id and this text, with different labels; add \"line\" or \"given\""
        )
      }
      for index in indices {
        guard match(decision, number, index, of: records, labels) else { break }
      }
    }
  }

  /// Adds a match, or a refusal. Returns whether the decision can be applied.
  private mutating func match(
    _ decision: Decision, _ number: Int, _ index: Int, of records: [Record], _ labels: KnownLabels
  ) -> Bool {
    do throws(KnownLabels.Unusable) {
      let outcome = try labels.outcome(of: decision, for: records[index])
      matches.append(
        Match(
          decision: decision, number: number,
          revision: Revision(record: index, outcome: outcome)))
      return true
    } catch {
      refuse(decision, number, index, error.reason)
      return false
    }
  }
}

/// What decisions and records have in common.
private struct Subject: Hashable {
  let id: ExactText
  let content: String

  init(id: ExactText, content: String) {
    self.id = id
    self.content = content
  }

  init(_ decision: Decision) {
    self.init(id: ExactText(decision.id), content: decision.contentDigest)
  }
}

extension Decision {
  /// Whether it keeps a label and does not say which, so that it holds for the label that was seen alone.
  fileprivate var keepsUnnamedLabel: Bool { verdict == .keep && given == nil }
}

/// What all decisions about one content say together.
private struct SharedAnswer {
  private(set) var isUnanimous = true
  /// The number of a decision that names what it says; nil where none does.
  private(set) var named: Int?
  private var first: Decision?

  mutating func add(_ decision: Decision, _ number: Int) {
    // A decision that names nothing agrees with every other that keeps, so that another one is compared.
    if let first, !decision.agrees(with: first) { isUnanimous = false }
    if named == nil, !decision.keepsUnnamedLabel { named = number }
    if first == nil || first?.keepsUnnamedLabel == true { first = decision }
  }
}

/// Which of the records with one id and one content each of the decisions about them means. A decision means the
/// record on its line. Where there is none on it, or where it names none, it means all that no other one names.
private struct Claims {
  enum Claim {
    case records([Int])
    /// A later decision counts in its place.
    case superseded
    case disputed(String)
  }

  /// Indices of the records.
  let records: [Int]
  /// Indices of those that a decision means.
  let claimed: Set<Int>
  private let claims: [Int: Claim]

  init(of numbers: [Int], _ decisions: [Decision], on same: [Int], _ records: [Record]) {
    self.records = same
    guard numbers.count > 1 || same.count > 1 else {
      claims = Dictionary(uniqueKeysWithValues: numbers.map { ($0, .records(same)) })
      claimed = Set(same)
      return
    }
    var byLine: [Int: [Int]] = [:]
    for index in same { byLine[records[index].line, default: []].append(index) }
    var claims: [Int: Claim] = [:]
    var numberOfLine: [Int: Int] = [:]
    for number in numbers {
      guard let line = decisions[number].line, let indices = byLine[line] else { continue }
      // Of two decisions about one line, the later one counts.
      if let earlier = numberOfLine[line] { claims[earlier] = .superseded }
      claims[number] = .records(indices)
      numberOfLine[line] = number
    }
    let adrift = numbers.filter { claims[$0] == nil }
    let free = same.filter { numberOfLine[records[$0].line] == nil }
    if let last = adrift.last {
      let rivals = free.isEmpty ? Array(numberOfLine.values) : adrift
      for number in adrift {
        let disagrees = rivals.contains { rival in
          !decisions[rival].agrees(with: decisions[number])
            && !decisions[rival].isBySamePerson(as: decisions[number])
        }
        if disagrees {
          claims[number] = .disputed(
            "another decision about this id and this text says something else; write the line of its record "
              + "into \"line\"")
        } else {
          claims[number] = number == last && !free.isEmpty ? .records(free) : .superseded
        }
      }
    }
    self.claims = claims
    claimed = Set(
      claims.values.flatMap { claim in
        if case .records(let indices) = claim { indices } else { [Int]() }
      })
  }

  func of(_ number: Int) -> Claim { claims[number] ?? .superseded }
}
