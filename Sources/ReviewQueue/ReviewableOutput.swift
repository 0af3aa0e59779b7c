package import Assessments
package import Records
package import Report

/// An output of a run, as people review it: its records, and what the run found about them.
package struct ReviewableOutput: Sendable {
  /// Which records are shown.
  package enum Choice: String, Sendable, CaseIterable {
    /// Labels that look wrong and were not replaced.
    case suspects
    /// Labels that the run replaced.
    case replaced
    /// All records, the most suspect ones first.
    case all
  }

  /// What the run found about a record.
  package struct Finding: Sendable {
    package struct Neighbour: Sendable, Equatable {
      package let label: String
      /// Cosine similarity, −1…1, high is near.
      package let similarity: Double
      /// The index of the record; nil where it is not known which one it is.
      package let record: Int?
    }

    package var action: LabelAction?
    package var isFlagged = false
    /// The place in the order of review, from 1; nil for trusted records and those without a label.
    package var rank: Int?
    /// The probability that the given label is right, 0…1.
    package var credibility: Double?
    /// The labels that the evidence prefers, or that replaced the given ones; empty where there are none.
    package var proposal: [String] = []
    /// Labels with their probabilities, the most likely first; at most `mostLikely`.
    package var likely: [(label: String, probability: Double)] = []
    package var reason: String?
    /// Each signal's probability of the given label, 0…1.
    package var signals: [(name: String, probability: Double)] = []
    package var neighbours: [Neighbour] = []
  }

  package let records: [Record]
  /// What the numbers of records count.
  package let places: RecordPlaces
  /// By the index of the record; records that are not in the order have none.
  package let findings: [Int: Finding]
  /// Indices of the chosen records in the order of review.
  package let order: [Int]
  /// All labels, those of most records first.
  package let labels: [String]
  /// Queries with passages, which cannot be reviewed yet.
  package let queryCount: Int
  private let labelSet: Set<ExactText>

  /// As many likely labels as a person looks through.
  package static let mostLikely = 9
  /// What is less probable than this is not worth a line, unless there are fewer than `alwaysLikely`.
  private static let leastLikely = 0.01
  private static let alwaysLikely = 3

  /// - Parameters:
  ///   - reading: the output, read as the run read its input.
  ///   - report: the report of the run, which has the neighbours of its suspects where the output has none.
  /// - Throws: where the output's own results cannot be read.
  package init(
    _ reading: Reading, report: RunReport, choice: Choice
  ) throws(InputError) {
    records = reading.records
    places = reading.places
    queryCount = records.count { if case .retrieval = $0.content { true } else { false } }
    var counts: [ExactText: Int] = [:]
    for label in records.lazy.flatMap(\.labels) { counts[ExactText(label.name), default: 0] += 1 }
    labels = counts.sorted {
      $0.value != $1.value
        ? $0.value > $1.value : $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8)
    }.map(\.key.text)
    labelSet = Set(counts.keys)
    let collected = try Self.findings(of: reading, report, choice)
    findings = collected
    let records = records
    order = collected.keys.sorted { left, right in
      let ranks = (collected[left]?.rank ?? .max, collected[right]?.rank ?? .max)
      return (ranks.0, records[left].line) < (ranks.1, records[right].line)
    }
  }

  package func isLabel(_ name: String) -> Bool { labelSet.contains(ExactText(name)) }

  /// Labels of the record, those that are given and then the most likely, without repetition.
  private static let paths =
    [
      "action", "flagged", "review_rank", "credibility", "proposal", "label", "soft_label",
      "reason",
    ].map { ["emend", $0] } + [
      ["emend", "evidence", "neighbours"], ["emend", "evidence", "signals"],
    ]

  private static func findings(
    of reading: Reading, _ report: RunReport, _ choice: Choice
  ) throws(InputError) -> [Int: Finding] {
    let records = reading.records
    var indexOfLine: [Int: Int] = [:]
    for (index, record) in records.enumerated() { indexOfLine[record.line] = index }
    let suspects = Dictionary(
      report.suspects.map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
    let neighbours = NeighbourLookup(records)
    var findings: [Int: Finding] = [:]
    var reader = PlainReader()
    try reader.read(reading.source, paths: paths) { line, values throws(InputError) in
      guard let index = indexOfLine[line] else { return }
      let record = records[index]
      if case .retrieval = record.content { return }
      var finding = Finding()
      finding.action = values[0]?.text.flatMap(LabelAction.init)
      finding.isFlagged = values[1]?.flag ?? false
      finding.rank = values[2]?.number.map { Int($0) }
      // What people decided in the run has no place in the order of review.
      let isDecided = finding.action == .review && values[2]?.isNull == true
      guard !isDecided, isChosen(finding, record, choice) else { return }
      finding.credibility = values[3]?.number
      finding.proposal = labels(values[4] ?? nil, of: record)
      if finding.proposal.isEmpty, finding.action == .corrected || finding.action == .proposed {
        finding.proposal = labels(values[5] ?? nil, of: record)
      }
      finding.likely = shares(values[6] ?? nil)
      finding.reason = values[7]?.text
      finding.neighbours = (values[8]?.list ?? []).compactMap(neighbours.neighbour)
      finding.signals = numbers(values[9] ?? nil)
      if let suspect = suspects[line] {
        finding.complete(by: suspect, indexOfLine)
      }
      findings[index] = finding
    }
    return findings
  }

  private static func isChosen(_ finding: Finding, _ record: Record, _ choice: Choice) -> Bool {
    guard let action = finding.action, !record.isTrusted else { return false }
    return switch choice {
    case .suspects: action == .review
    case .replaced: action == .corrected
    case .all: action != .protected
    }
  }

  /// Names of labels in a value of our member: one, a list, a text with several, or zeros and ones.
  private static func labels(_ value: PlainValue?, of record: Record) -> [String] {
    switch value {
    case nil, .null?: return []
    case .list(let items)?:
      if case .positions(let positions) = record.labelForm, items.count == positions.width {
        return items.indices.filter { items[$0].number == 1 }.map(String.init)
      }
      return items.compactMap(\.text)
    case .object(let members)?:
      return members.filter { $0.value.number == 1 }.map(\.name)
    case .string(let text)?:
      if case .delimited(let separator) = record.labelForm {
        return text.split(separator: separator).map { String($0).trimmed }
      }
      if record.isMultiLabel, let names = PlainReader.names(ofList: text) { return names }
      return text.isEmpty ? [] : [text]
    case .some(let other): return other.text.map { [$0] } ?? []
    }
  }

  private static func numbers(_ value: PlainValue?) -> [(name: String, probability: Double)] {
    guard case .object(let members)? = value else { return [] }
    return members.compactMap { member in member.value.number.map { (member.name, $0) } }
  }

  private static func shares(_ value: PlainValue?) -> [(label: String, probability: Double)] {
    let sorted = numbers(value).filter { $0.probability > 0 }
      .sorted { $0.probability > $1.probability }.prefix(mostLikely)
    return sorted.enumerated().filter { $0 < alwaysLikely || $1.probability >= leastLikely }
      .map { ($1.name, $1.probability) }
  }
}

extension ReviewableOutput.Finding {
  /// Adds what only the report has.
  fileprivate mutating func complete(by suspect: RunReport.Suspect, _ indexOfLine: [Int: Int]) {
    if neighbours.isEmpty || neighbours.contains(where: { $0.record == nil }),
      let nearest = suspect.nearest
    {
      neighbours = nearest.map { near in
        Neighbour(
          label: near.label, similarity: near.similarity, record: indexOfLine[near.line])
      }
    }
    if signals.isEmpty {
      signals = (suspect.signals ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    reason = reason ?? suspect.reason
  }
}

/// Finds the records that an output names as neighbours by their ids.
private struct NeighbourLookup {
  private let records: [Record]
  private var indices: [ExactText: [Int]] = [:]

  init(_ records: [Record]) {
    self.records = records
    for (index, record) in records.enumerated() {
      indices[ExactText(record.id), default: []].append(index)
    }
  }

  func neighbour(_ value: PlainValue) -> ReviewableOutput.Finding.Neighbour? {
    guard let label = value["label"]?.text, let similarity = value["similarity"]?.number else {
      return nil
    }
    let same = value["id"]?.text.flatMap { indices[ExactText($0)] } ?? []
    return ReviewableOutput.Finding.Neighbour(
      label: label, similarity: similarity, record: same.count == 1 ? same[0] : nil)
  }
}

extension PlainValue {
  /// A string, or the characters of a number or boolean; nil for everything else.
  fileprivate var text: String? {
    switch self {
    case .string(let text): text
    case .number(_, let text): text
    case .bool(let value): value ? "true" : "false"
    case .null, .list, .object: nil
    }
  }

  fileprivate var flag: Bool? {
    switch self {
    case .bool(let value): value
    case .string(let text): text == "true"
    default: nil
    }
  }
}
