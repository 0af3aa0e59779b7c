package import Records
import Assessments

/// Reads and writes files of decisions (docs/REVIEW.md): JSON lines, or a table with the same names as columns.
package enum DecisionFile {
  static let columns = [
    "id", "line", "content_sha256", "text", "given", "proposal", "decision", "label", "by", "at",
    "note",
    "sampled", "sampled_from", "sampled_stratum", "sampled_probability", "sampled_of",
    "sampled_audit",
  ]

  /// Reads decisions in the order of the file. Lines without a decision are left out, so that a file of which
  /// only a part was filled in can be used.
  ///
  /// - Throws: at the first line that says nothing clear.
  package static func read(_ source: Source) throws(InputError) -> [Decision] {
    var decisions: [Decision] = []
    for row in try rows(source) {
      if let decision = try row.decision() { decisions.append(decision) }
    }
    return decisions
  }

  /// Reads the records that a file of decisions is about, also those that nobody has decided yet. These have the
  /// verdict `skip`.
  ///
  /// - Throws: at the first line that says nothing clear.
  package static func subjects(_ source: Source) throws(InputError) -> [Decision] {
    var subjects: [Decision] = []
    for row in try rows(source) {
      if let decision = try row.decision() {
        subjects.append(decision)
      } else {
        subjects.append(try row.subject())
      }
    }
    return subjects
  }

  private static func rows(_ source: Source) throws(InputError) -> [Row] {
    var reader = PlainReader()
    var lines: [(line: Int, values: [PlainValue?])] = []
    let names = columns + OtherProgram.members
    let kind = try reader.read(source, paths: names.map { [$0] }) { lines.append(($0, $1)) }
    return lines.flatMap { line, values in
      var members: [String: PlainValue] = [:]
      for (name, value) in zip(names, values) { members[name] = value }
      return (OtherProgram.decisions(in: members) ?? [members]).map {
        Row(source: source, line: line, values: $0, isTable: kind.isTable)
      }
    }
  }

  /// One decision as a JSON object on a line of its own.
  package static func line(_ decision: Decision) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "{")]
    append(members(of: decision), to: &bytes)
    bytes += "}\n".utf8
    return bytes
  }

  /// The members of a decision with their JSON texts, in the order in which they are written.
  package static func members(of decision: Decision) -> [(name: String, json: [UInt8])] {
    var members: [(name: String, json: [UInt8])] = []
    func add(_ name: String, _ text: String) { members.append((name, json(text))) }
    add("id", decision.id)
    if let line = decision.line { members.append(("line", Array("\(line)".utf8))) }
    add("content_sha256", decision.contentDigest)
    members.append(("given", json(decision.given)))
    add("decision", decision.verdict.rawValue)
    if let label = decision.label { members.append(("label", json(label))) }
    if !decision.by.isEmpty { add("by", decision.by) }
    if !decision.at.isEmpty { add("at", decision.at) }
    if !decision.note.isEmpty { add("note", decision.note) }
    if let sampling = decision.sampling { members.append(("sampled", json(sampling))) }
    return members
  }

  /// Appends members of an object, with commas between them.
  package static func append(
    _ members: [(name: String, json: [UInt8])], to bytes: inout [UInt8]
  ) {
    for (index, member) in members.enumerated() {
      if index > 0 { bytes += ", ".utf8 }
      JSONText.append(member.name, to: &bytes)
      bytes += ": ".utf8
      bytes += member.json
    }
  }

  package static func json(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONText.append(text, to: &bytes)
    return bytes
  }

  /// A label as a string, several as a list, and none as null.
  package static func json(_ answer: Decision.Answer?) -> [UInt8] {
    switch answer {
    case nil: return Array("null".utf8)
    case .one(let name)?: return json(name)
    case .several(let names)?:
      var bytes: [UInt8] = [UInt8(ascii: "[")]
      for (index, name) in names.enumerated() {
        if index > 0 { bytes += ", ".utf8 }
        JSONText.append(name, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
      return bytes
    }
  }

  package static func json(_ sampling: Decision.Sampling) -> [UInt8] {
    var bytes = Array("{\"from\": \"\(sampling.source.rawValue)\"".utf8)
    if !sampling.stratum.isEmpty {
      bytes += ", \"stratum\": ".utf8
      JSONText.append(sampling.stratum, to: &bytes)
    }
    bytes += ", \"probability\": \(sampling.probability)".utf8
    if let size = sampling.size { bytes += ", \"of\": \(size)".utf8 }
    if !sampling.audit.isEmpty {
      bytes += ", \"audit\": ".utf8
      JSONText.append(sampling.audit, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}

/// One line of a file of decisions.
private struct Row {
  let source: Source
  let line: Int
  let values: [String: PlainValue]
  let isTable: Bool

  private func value(_ name: String) -> PlainValue? {
    guard let value = values[name], !value.isNull else { return nil }
    return value
  }

  private func fault(_ reason: String, _ remedy: String) -> InputError {
    InputError(file: source.file, line: line, reason: reason, remedy: remedy)
  }

  /// The value as text; nil where there is none, or an empty one.
  private func text(_ name: String) throws(InputError) -> String? {
    switch value(name) {
    case nil, .null?: return nil
    case .string(let text)?:
      let plain = isTable ? SpreadsheetText.restored(text) : text
      return plain.isEmpty ? nil : plain
    case .number(_, let text)?: return text
    case .bool(let value)?: return value ? "true" : "false"
    case .list?, .object?:
      throw fault("\"\(name)\" is a list or an object", "Write it as a string.")
    }
  }

  private func answer(_ name: String) throws(InputError) -> Decision.Answer? {
    if case .list(let items)? = value(name) {
      var names: [String] = []
      for item in items {
        switch item {
        case .string(let text): names.append(text)
        case .number(_, let text): names.append(text)
        case .bool(let value): names.append(value ? "true" : "false")
        default:
          throw fault("\"\(name)\" holds something that is no label", "List names of labels.")
        }
      }
      return .several(names)
    }
    guard let text = try text(name) else { return nil }
    // A cell has no lists of its own; emend writes several labels as a JSON list.
    if isTable, text.hasPrefix("["), let names = PlainReader.names(ofList: text) {
      return .several(names)
    }
    return .one(text)
  }

  /// The decision of the line; nil where nothing was filled in.
  func decision() throws(InputError) -> Decision? {
    let given = try answer("given")
    var label = try answer("label")
    if try text("decision")?.lowercased().trimmed == Self.accept {
      guard label == nil else {
        throw fault(
          "the decision is accept, and \"label\" is filled in, too",
          "Leave \"label\" empty, or write change as the decision.")
      }
      label = try answer("proposal")
      guard label != nil else {
        throw fault(
          "the decision is accept, and the line has no \"proposal\"",
          "Write change, and the right label into \"label\".")
      }
    }
    guard let verdict = try verdict(given: given, label: label) else { return nil }
    let id = try id()
    if verdict == .change, label == nil {
      throw fault(
        "the decision is change, and \"label\" is empty",
        "Write the right label into it, or neither where no label fits.")
    }
    if verdict != .change, let label, label != given || given == nil {
      throw fault(
        "the decision is \(verdict.rawValue), and \"label\" names \(label.names.joined(separator: ", "))",
        "Leave \"label\" empty, or write change as the decision.")
    }
    return Decision(
      id: id, line: try place(), contentDigest: try contentDigest(),
      given: given, verdict: verdict, label: verdict == .change ? label : nil,
      by: try text("by") ?? "", at: try text("at") ?? "", note: try text("note") ?? "",
      sampling: try sampling())
  }

  /// The word for a change to the proposal.
  private static let accept = "accept"

  /// What the line is about, where nothing was filled in.
  func subject() throws(InputError) -> Decision {
    Decision(
      id: try id(), line: try place(), contentDigest: try contentDigest(),
      given: try answer("given"),
      verdict: .skip, sampling: try sampling())
  }

  private func id() throws(InputError) -> String {
    guard let id = try text("id") else {
      throw fault("the decision has no \"id\"", "Add the id of its record.")
    }
    return id
  }

  private func place() throws(InputError) -> Int? { try text("line").flatMap { Int($0) } }

  private func verdict(
    given: Decision.Answer?, label: Decision.Answer?
  ) throws(InputError) -> Decision.Verdict? {
    let text = try text("decision") ?? ""
    let word = text.lowercased().trimmed
    guard !word.isEmpty, word != Self.accept else {
      // Who fills in the right label alone has decided, too.
      return label.map { $0 == given ? .keep : .change }
    }
    guard let verdict = Decision.Verdict(rawValue: word) else {
      throw fault(
        "\"\(text)\" is no decision",
        "Write keep (the label is right), change (and the right one into \"label\"), accept (the \"proposal\" is "
          + "right), neither (no label fits) or skip.")
    }
    return verdict
  }

  private func contentDigest() throws(InputError) -> String {
    if let digest = try text("content_sha256")?.lowercased() {
      guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else {
        throw fault(
          "\"content_sha256\" is no SHA-256 digest", "Take the line from the file that emend wrote."
        )
      }
      return digest
    }
    guard case .string(let content)? = value("text"), !content.isEmpty else {
      throw fault(
        "the line has neither \"content_sha256\" nor \"text\", so what was decided about is unknown",
        "Add the record's text.")
    }
    return Record.contentDigest(ofText: isTable ? SpreadsheetText.restored(content) : content)
  }

  /// A number, also with the comma that a spreadsheet program of some countries writes.
  private func number(_ value: PlainValue?) -> Double? {
    guard isTable, case .string(let text)? = value else { return value?.number }
    return PlainValue.string(text.replacing(",", with: ".")).number
  }

  private func sampling() throws(InputError) -> Decision.Sampling? {
    let object = value("sampled")
    let from = object?["from"] ?? value("sampled_from")
    guard case .string(let name)? = from, !name.isEmpty else { return nil }
    let probability = number(object?["probability"] ?? value("sampled_probability"))
    guard let source = Decision.Sampling.Source(rawValue: name), let probability,
      probability > 0, probability <= 1
    else {
      throw fault(
        "how the record was drawn (\"sampled\") is not random or queue with a probability above 0 and up to 1",
        "Leave that part as emend wrote it.")
    }
    let size = number(object?["of"] ?? value("sampled_of"))
    var (stratum, audit) = ("", "")
    if case .string(let name)? = object?["stratum"] ?? value("sampled_stratum") { stratum = name }
    if case .string(let name)? = object?["audit"] ?? value("sampled_audit") { audit = name }
    return Decision.Sampling(
      source: source, probability: probability, stratum: stratum,
      size: size.flatMap { $0 >= 1 && $0 < 1e12 ? Int($0) : nil }, audit: audit)
  }
}
