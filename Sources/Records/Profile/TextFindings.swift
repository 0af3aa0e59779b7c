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
    self.records = records.filter { $0.content.kind != .retrieval && !$0.content.texts.isEmpty }
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
    for record in records where record.vector == nil {
      let entities = record.content.entities.map { "\($0.span.lowerBound)-\($0.span.upperBound)" }
      let key = record.content.texts + entities
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
    if groups.count == 1, records.count >= Self.fewestForConstant {
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
}
