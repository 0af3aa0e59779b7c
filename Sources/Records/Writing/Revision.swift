import Assessments

/// What a person's decision makes of one record's result.
package struct Revision: Sendable {
  package enum Outcome: Sendable {
    /// The given label is right.
    case confirmed
    /// These labels are right, and they are not the given ones.
    case replaced([Label])
    /// No label fits.
    case unfitting
  }

  /// The index of the record in the reading of the output.
  package let record: Int
  package let outcome: Outcome

  package init(record: Int, outcome: Outcome) {
    self.record = record
    self.outcome = outcome
  }

  /// The reason of a label that a person has put in the place of the given one.
  fileprivate static let replacement = "a person decided"

  /// Why the result is what it is, as it is written.
  package var reason: String {
    switch outcome {
    case .confirmed: "a person decided that the given label is right"
    case .replaced: Self.replacement
    case .unfitting: "a person decided that no label fits"
    }
  }
}

extension Reading {
  /// An output of emend with other results for some records. Every byte that does not tell a label or an
  /// assessment of these records stays, and undoing the run still gives the first input's bytes.
  ///
  /// - Precondition: at most one revision for a record.
  /// - Throws: where a record has no result of emend that could be revised.
  package func revised(_ revisions: [Revision]) throws(InputError) -> [UInt8] {
    let revisions = Dictionary(
      revisions.map { ($0.record, $0) }, uniquingKeysWith: { first, _ in first })
    var parser = LineParser(options: options)
    var edits: [OwnMember.Edit] = []
    // The reading has the columns as they were before the run.
    var current: JSONColumns?
    if case .columns = container,
      case .columns(let columns) = try Container(source, options: options)
    {
      current = columns
    }
    let results = current?.ownResults(in: source.bytes.span) ?? []
    // Several lines may be one record, each with its result.
    var next = 0
    for (index, line) in lines.enumerated() where line.kind == .record {
      let splice = splices[next]
      next += 1
      guard let revision = revisions[record(ofLine: next - 1)] else { continue }
      let before = line.undone >= 0 ? undone[Int(line.undone)] : nil
      var found: [OwnMember.Edit]?
      switch (container, before) {
      case (.lines, let before?), (.sequence, let before?):
        let text = source.bytes.span.extracting(line.range)
        found = self.edits(revision, splice, in: text, before, &parser)
          .map { $0.map { ($0.range.moved(by: line.range.lowerBound), $0.replacement) } }
      case (.columns, _):
        found = current.flatMap { columns in
          guard results.indices.contains(index) else { return nil }
          return self.edits(revision, splice, results[index], row: index, of: columns, &parser)
        }
      case (.table(let table), let before?):
        found = self.edits(revision, splice, at: line.range, of: table, before)
      default: break
      }
      guard let found else { throw unrevisable(revision) }
      edits += found
    }
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    return OwnMember.edited(source.bytes.span, edits)
  }

  private func unrevisable(_ revision: Revision) -> InputError {
    InputError(
      file: source.file, line: records[revision.record].line,
      reason: "the record has no results of emend, so no decision can be applied to it",
      remedy: "Name an output of emend run.")
  }

  // MARK: - JSON

  private func edits(
    _ revision: Revision, _ splice: Splice, in line: Span<UInt8>, _ before: [UInt8],
    _ parser: inout LineParser
  ) -> [OwnMember.Edit]? {
    let record = records[revision.record]
    guard (try? parser.scanObject(line)) != nil,
      let own = parser.member(named: OwnMember.key, in: line), own.kind == .object
    else { return nil }
    var label: (given: [UInt8], current: Range<Int>, name: [UInt8], isPath: Bool)?
    if let given = splice.label, let key = splice.labelKey {
      let name =
        splice.labelPath.map { Array($0.utf8) }
        ?? parser.decoder.string(([0x22] + before[key] + [0x22]).span).map { Array($0.utf8) } ?? []
      guard let current = parser.member(named: name, in: line) else { return nil }
      label = (Array(before[given]), current.value, name, splice.labelPath != nil)
    }
    var edits: [OwnMember.Edit] = []
    let isReplaced = label != nil && revision.isReplacement
    if let label {
      edits.append((label.current, value(revision, record, given: label.given)))
    }
    guard
      let object = revisedMember(
        line.extracting(own.value), revision, record, given: label?.given,
        field: isReplaced ? label?.name : nil)
    else { return nil }
    edits.append((own.value, object))
    return edits
  }

  private func edits(
    _ revision: Revision, _ splice: Splice, _ item: Member, row: Int, of columns: JSONColumns,
    _ parser: inout LineParser
  ) -> [OwnMember.Edit]? {
    let bytes = source.bytes
    guard item.kind == .object, let before = undone.first else { return nil }
    let record = records[revision.record]
    var edits: [OwnMember.Edit] = []
    var given: [UInt8]?
    var field: [UInt8]?
    if let place = splice.label, let key = splice.labelKey {
      let name =
        splice.labelPath.map { Array($0.utf8) }
        ?? parser.decoder.string(([0x22] + before[key] + [0x22]).span).map { Array($0.utf8) } ?? []
      let document = columns.document(row, in: bytes)
      guard (try? parser.scanObject(document.json.span)) != nil,
        let current = document.range(of: parser.member(named: name, in: document.json.span))
      else { return nil }
      let bytes = Array(before[place])
      given = bytes
      if revision.isReplacement { field = name }
      edits.append((current, value(revision, record, given: bytes)))
    }
    guard
      let object = revisedMember(
        bytes.span.extracting(item.value), revision, record, given: given, field: field)
    else { return nil }
    edits.append((item.value, object))
    return edits
  }

  /// The label's new value as JSON.
  private func value(_ revision: Revision, _ record: Record, given: [UInt8]) -> [UInt8] {
    guard case .replaced(let labels) = revision.outcome else { return given }
    var bytes: [UInt8] = []
    AnnotationWriter.append(labels, as: record.labelForm, to: &bytes)
    return bytes
  }

  /// A member of ours with another assessment. Members that do not tell it stay as they are.
  ///
  /// - Parameters:
  ///   - given: the given label as JSON; nil where the record has no place for one.
  ///   - field: the name of that place, where the label was replaced.
  private func revisedMember(
    _ object: Span<UInt8>, _ revision: Revision, _ record: Record, given: [UInt8]?,
    field: [UInt8]?
  ) -> [UInt8]? {
    var scanner = LineScanner()
    guard (try? scanner.scan(object)) != nil, scanner.kind == .object else { return nil }
    var parts: [(name: String, value: [UInt8])] = []
    for member in scanner.members {
      var name: [UInt8] = []
      name.append(object, member.key)
      var value: [UInt8] = []
      value.append(object, member.value)
      parts.append((String(decoding: name, as: UTF8.self), value))
    }
    let hadLabel = parts.first { $0.name == "label" }?.value
    let wasReplaced =
      parts.first { $0.name == "reason" }?.value
      == Array(JSONText.quoted(Revision.replacement).utf8)
    parts.removeAll { ["original", "field", "proposal", "reason", "steps"].contains($0.name) }
    func set(_ name: String, _ value: [UInt8]) {
      if let index = parts.firstIndex(where: { $0.name == name }) { parts[index].value = value }
    }
    func set(_ name: String, _ write: (inout [UInt8]) -> Void) {
      var bytes: [UInt8] = []
      write(&bytes)
      set(name, bytes)
    }
    let assessment = assessment(
      revision, record, isReplaced: field != nil, wasReplaced: wasReplaced)
    if let credibility = assessment.credibility {
      set("credibility") { JSONText.append(rank: credibility, to: &$0) }
    }
    set("flagged", Array((assessment.isFlagged ? "true" : "false").utf8))
    // There is nothing left to look at.
    set("review_rank", Array("null".utf8))
    set("action") { JSONText.append(assessment.action.rawValue, to: &$0) }
    set("weight") { JSONText.append(assessment.weight, to: &$0) }
    if let shares = assessment.shares {
      set("soft_label") { JSONText.append(shares: shares, to: &$0) }
    }
    if case .replaced = revision.outcome {
      set("label", value(revision, record, given: []))
    } else {
      set("label", given ?? hadLabel ?? [])
    }
    if let field, let given, let index = parts.firstIndex(where: { $0.name == "action" }) {
      parts.insert(("original", given), at: index + 1)
      if field != Array("label".utf8) {
        var name: [UInt8] = []
        JSONText.append(String(decoding: field, as: UTF8.self), to: &name)
        parts.insert(("field", name), at: index + 2)
      }
    }
    let end = parts.firstIndex { $0.name == "rating" || $0.name == "evidence" } ?? parts.count
    parts.insert(("reason", Array(JSONText.quoted(revision.reason).utf8)), at: end)
    var output: [UInt8] = [UInt8(ascii: "{")]
    for (index, part) in parts.enumerated() {
      if index > 0 { output += ", ".utf8 }
      output += "\"\(part.name)\": ".utf8
      output += part.value
    }
    output.append(UInt8(ascii: "}"))
    return output
  }

  /// What is written about a record that a person has decided.
  ///
  /// - Parameters:
  ///   - isReplaced: whether the label was replaced in its own place.
  ///   - wasReplaced: whether an earlier decision replaced it, whose soft label does not hold any more.
  private func assessment(
    _ revision: Revision, _ record: Record, isReplaced: Bool, wasReplaced: Bool
  ) -> (
    credibility: Double?, isFlagged: Bool, action: LabelAction, weight: Double,
    shares: [(name: String, units: Int)]?
  ) {
    func certain(_ labels: [Label]) -> [(name: String, units: Int)]? {
      labels.map { ($0.name, JSONText.scale) }
    }
    // Without a given label nothing was right or wrong.
    func credibility(_ value: Double) -> Double? { record.isLabelled ? value : nil }
    switch revision.outcome {
    case .confirmed: return (credibility(1), false, .protected, 1, certain(record.labels))
    case .replaced(let labels):
      return (credibility(0), true, isReplaced ? .corrected : .proposed, 1, certain(labels))
    // The record teaches nothing.
    case .unfitting:
      return (
        credibility(0), true, .review, 0, wasReplaced ? certain(record.labels) : nil
      )
    }
  }

  // MARK: - Tables

  private func edits(
    _ revision: Revision, _ splice: Splice, at range: Range<Int>, of table: Table,
    _ before: [UInt8]
  ) -> [OwnMember.Edit]? {
    let bytes = source.bytes
    guard table.hasOwnColumns,
      let row = try? table.row(bytes, from: range.lowerBound, count: table.names.count),
      let restored = try? table.row(before, from: 0, count: table.width),
      row.cells.count == table.names.count, restored.cells.count == table.width
    else { return nil }
    let record = records[revision.record]
    var edits: [OwnMember.Edit] = []
    let column = replaceable.first
    let given = column.map { restored.cells[$0] }
    // An empty cell could not be told from none when the run is undone.
    let hasPlace = splice.label != nil && given.map { !$0.range.isEmpty } ?? false
    let isReplaced = hasPlace && revision.isReplacement
    func ownColumn(_ name: String) -> Int? {
      guard let index = Table.ownNames.firstIndex(of: name),
        table.names[table.width...].dropFirst(index).first == name
      else { return nil }
      return table.width + index
    }
    let reason = ownColumn("emend_reason").flatMap {
      Table.text(of: row.cells[$0], in: bytes, table.dialect)
    }
    let assessment = assessment(
      revision, record, isReplaced: isReplaced, wasReplaced: reason == Revision.replacement)
    let writer = TableWriter(table: table, replaceable: replaceable)
    var label: String?
    switch revision.outcome {
    case .replaced(let labels): label = writer.text(of: labels, record)
    case .confirmed, .unfitting:
      label = record.labels.isEmpty ? nil : writer.text(of: record.labels, record)
    }
    if let column, let given, hasPlace {
      var cell: [UInt8] = []
      if isReplaced, let label {
        table.append(label, isQuoted: given.isQuoted, to: &cell)
      } else {
        cell = Array(before[given.range])
      }
      edits.append((row.cells[column].range, cell))
      guard
        let original = table.names.firstIndex(of: Table.originalPrefix + table.names[column])
      else { return nil }
      edits.append((row.cells[original].range, isReplaced ? Array(before[given.range]) : []))
    }
    func set(_ name: String, _ text: String) {
      guard let column = ownColumn(name) else { return }
      var cell: [UInt8] = []
      table.append(text, to: &cell)
      edits.append((row.cells[column].range, cell))
    }
    func json(_ write: (inout [UInt8]) -> Void) -> String {
      var bytes: [UInt8] = []
      write(&bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
    if let credibility = assessment.credibility {
      set("emend_credibility", json { JSONText.append(rank: credibility, to: &$0) })
    }
    set("emend_flagged", assessment.isFlagged ? "true" : "false")
    set("emend_review_rank", "")
    set("emend_steps", "")
    set("emend_action", assessment.action.rawValue)
    if let label { set("emend_label", label) }
    set("emend_proposal", "")
    set("emend_weight", json { JSONText.append(assessment.weight, to: &$0) })
    if let shares = assessment.shares {
      set("emend_soft_label", json { JSONText.append(shares: shares, to: &$0) })
    }
    set("emend_reason", revision.reason)
    return edits
  }
}

extension Revision {
  fileprivate var isReplacement: Bool { if case .replaced = outcome { true } else { false } }
}

extension Range<Int> {
  fileprivate func moved(by offset: Int) -> Range<Int> {
    (lowerBound + offset)..<(upperBound + offset)
  }
}
