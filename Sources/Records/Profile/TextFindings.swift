import Assessments

/// What the texts of a file's annotations show: empty ones, the same one everywhere, the same text with
/// different labels.
struct TextFindings {
  private let records: [Record]
  private let queries: [Record]

  /// With fewer records, all may well have the same text.
  private static let fewestForConstant = 10

  init(_ records: [Record]) {
    queries = records.filter { $0.content.kind == .retrieval }
    func hasText(_ record: Record) -> Bool {
      record.content.kind != .retrieval && !record.content.texts.isEmpty
    }
    self.records = records.allSatisfy(hasText) ? records : records.filter(hasText)
  }

  var findings: [Finding] {
    [empty].compactMap(\.self) + duplicates + [passages].compactMap(\.self)
  }

  /// The queries in which one passage has two grades.
  private var passages: Finding? {
    let lines = queries.filter { record in
      guard case .retrieval(let retrieval) = record.content else { return false }
      var grades: [String: Int] = [:]
      return retrieval.passages.contains { passage in
        guard let grade = passage.grade, let text = passage.comparedText else { return false }
        return grades.updateValue(grade, forKey: text).map { $0 != grade } ?? false
      }
    }.map(\.line)
    guard !lines.isEmpty else { return nil }
    return Finding(
      .conflictingPassages,
      "a passage is there twice with different labels, of which one is wrong", lines: lines)
  }

  private var empty: Finding? {
    let lines = records.filter(\.content.isBlank).map(\.line)
    guard !lines.isEmpty else { return nil }
    return Finding(
      .emptyText, "the text is empty, so its label cannot be judged by it",
      remedy: "Check that the right member is read as the text (--text NAME).", lines: lines)
  }

  /// - Complexity: linear in the texts' length.
  private var duplicates: [Finding] {
    var groups: [[String]: (labels: [String], lines: [Int], isConflict: Bool)] = [:]
    var conflicts: [[String]] = []
    let compared = records.indices.filter { records[$0].vector == nil }
    let recurring = Self.recurring(compared.map { Self.key(of: records[$0]).hashValue })
    for place in recurring {
      let record = records[compared[place]]
      let key = Self.key(of: record)
      let labels = record.labels.map(\.name)
      guard var group = groups[key] else {
        groups[key] = (labels, [record.line], false)
        continue
      }
      if group.lines.count < Finding.mostLines { group.lines.append(record.line) }
      if group.labels.isEmpty {
        group.labels = labels
      } else if !labels.isEmpty, Set(labels) != Set(group.labels), !group.isConflict,
        !record.content.isBlank
      {
        group.isConflict = true
        conflicts.append(key)
      }
      groups[key] = group
    }
    var findings: [Finding] = []
    if groups.count == 1, recurring.count == compared.count,
      records.count >= Self.fewestForConstant
    {
      findings.append(
        Finding(
          .constantText, "all records have the same text",
          remedy: "Check that the right member is read as the text (--text NAME)."))
    }
    if !conflicts.isEmpty {
      let lines = conflicts.flatMap { groups[$0]?.lines ?? [] }.sorted()
      findings.append(
        Finding(
          .conflictingDuplicates,
          "\(conflicts.count) \(conflicts.count == 1 ? "text occurs" : "texts occur") again with another label",
          lines: lines))
    }
    return findings
  }

  /// What two records must have in common to be about the same.
  private static func key(of record: Record) -> [String] {
    record.content.texts
      + record.content.entities.map { "\($0.span.lowerBound)-\($0.span.upperBound)" }
  }

  /// The places of the hashes that are there more than once, ascending. Most texts are there once, so that only
  /// few have to be kept to be compared.
  private static func recurring(_ hashes: [Int]) -> [Int] {
    let sorted = hashes.sorted()
    var repeated: Set<Int> = []
    for (hash, next) in zip(sorted, sorted.dropFirst()) where hash == next { repeated.insert(hash) }
    return hashes.indices.filter { repeated.contains(hashes[$0]) }
  }
}
