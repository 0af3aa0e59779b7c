import ArgumentParser
import AtomicFiles
import Foundation
import HTMLReport
import Records
import Report
import SystemPackage

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what changed between two runs.",
    discussion: """
      Compares two outputs of emend run: of the same dataset under other rules or another version of emend, or of two \
      versions of the dataset. Records belong together by id and text. Says which are new or gone, and where the given \
      label, the label after the run, the flag, the proposal or the credibility differs; for queries, passage by \
      passage.

      The reports beside the outputs say how they are read; without them, name the same rules and fields as in the \
      runs.

      Examples:
        emend diff before/intents.jsonl after/intents.jsonl
        emend diff before/intents.jsonl after/intents.jsonl --html changes.html
        emend diff before/intents.jsonl after/intents.jsonl --json | jq .counts
      """)

  @Argument(help: "The earlier output.", completion: .file())
  var before: String

  @Argument(help: "The later output.", completion: .file())
  var after: String

  @Flag(help: "One JSON object on standard output in place of the summary.")
  var json = false

  @Option(
    help: ArgumentHelp("Also write a page to look at. It must not exist.", valueName: "file"),
    completion: .file())
  var html: String?

  @OptionGroup var rulesOptions: RulesOptions
  @OptionGroup(title: "Fields") var fields: FieldOptions

  func run() throws {
    let (old, new) = (try report(before), try report(after))
    let difference = RunDifference(
      try items(before, old), try items(after, new),
      named: (before: side(before, old), after: side(after, new)))
    if let html { try publish(DifferencePage(difference).bytes, to: html) }
    if json {
      try StandardOutput.write(try difference.json())
    } else {
      try StandardOutput.say(difference.summary())
    }
  }

  /// The report beside an output; a missing one is no error.
  private func report(_ output: String) throws -> RunReport? {
    try RunFiles.report(
      ofSet: ResultSet.path(ofSetWith: output),
      remedy: "put the right one there, or move it elsewhere to compare without what it says")
  }

  private func side(_ output: String, _ report: RunReport?) -> RunDifference.Side {
    RunDifference.Side(
      name: output, errorRate: report?.errorRate, version: report?.provenance.version)
  }

  /// The labels that an output has judged, in their order.
  private func items(_ output: String, _ report: RunReport?) throws -> [RunDifference.Item] {
    let source = try Source.read(output)
    let reading = try fields.reader(of: source, rules: rulesOptions, report: report).read(source)
    var names = ["passages", "contexts", "ctxs"].map { FieldPath(names: [$0]) }
    if let own = reading.options.fields.passages { names.insert(try FieldPath(own), at: 0) }
    var rows: [Row] = []
    var reader = PlainReader()
    try reader.read(source, fields: [FieldPath(names: ["emend"])] + names) { line, values in
      guard let result = values[0], !result.isNull else { return }
      // Passages in lists by label have their results in the record's.
      let listed = result["passages"]?.list
      let own = values.dropFirst().lazy.compactMap { $0?.list }.first ?? []
      let passages = listed ?? own.map { $0["emend"] ?? .null }
      rows.append(Row(line: line, result: result, passages: passages))
    }
    guard !rows.isEmpty else {
      throw Failure("\(output): no record has a result; name an output of emend run")
    }
    guard rows.count == reading.records.count else {
      // Several lines are one record, as where each has one person's label, and say the same about it.
      return rows.map { row in
        let given = (row.result["original"] ?? row.result["label"]).names
        return row.item(id: "line \(row.line)", content: "", given: given)
      }
    }
    return zip(reading.records, rows).flatMap { record, row -> [RunDifference.Item] in
      guard case .retrieval(let retrieval) = record.content else {
        return [
          row.item(
            id: record.id, content: record.contentDigest, given: record.labels.map(\.name))
        ]
      }
      return zip(retrieval.passages, row.passages).compactMap { passage, result in
        guard !result.isNull else { return nil }
        return Row(line: row.line, result: result, passages: []).item(
          id: "\(record.id) › \(passage.id)", content: "\(retrieval.query)\u{0}\(passage.text)",
          given: passage.grade.map { [String($0)] } ?? [])
      }
    }
  }

  private func publish(_ page: [UInt8], to target: String) throws {
    let path = Path(target)
    guard !FileManager.default.fileExists(atPath: target) else {
      throw Failure("\(target): there is such a file already; name another with --html")
    }
    let folder = FilePath(path.folder)
    _ = try? HiddenFile.removeAbandoned(in: folder, files: Files())
    _ = try Interruption.shared.whilePublishing {
      try Publication(folder: folder).publish(
        name: FileName(path.name), parts: [Publication.Part(suffix: "", bytes: page)])
    }
  }
}

/// The result of a record or a passage, as an output has it.
private struct Row {
  let line: Int
  let result: PlainValue
  /// The results of the passages; null for one without.
  let passages: [PlainValue]

  func item(id: String, content: String, given: [String]) -> RunDifference.Item {
    let isFlagged = if case .bool(true)? = result["flagged"] { true } else { false }
    let credibility: Double? =
      if case .number(let value, _)? = result["credibility"] { value } else { nil }
    // Only these two actions set a label; lists of positions and flags have it in another form than the input.
    let action = if case .string(let name)? = result["action"] { name } else { "" }
    let isSet = ["corrected", "proposed"].contains(action) || given.isEmpty
    return RunDifference.Item(
      id: id, line: line, content: content,
      state: RunDifference.State(
        given: given, label: isSet ? result["label"].names : given,
        proposal: result["proposal"].names, flagged: isFlagged, credibility: credibility))
  }
}

extension PlainValue? {
  /// Labels as names: of one, of a list, or of a list in the cell of a table.
  fileprivate var names: [String] {
    switch self {
    case nil, .null?: []
    case .string(let text)?:
      text.isEmpty ? [] : text.hasPrefix("[") ? PlainReader.names(ofList: text) ?? [text] : [text]
    case .number(_, let text)?: [text]
    case .bool(let value)?: [value ? "true" : "false"]
    case .list(let items)?: items.flatMap { Optional($0).names }
    case .object(let members)?:
      // One flag for each label.
      members.filter { $0.value.number.map { $0 > 0 } ?? false }.map(\.name)
    }
  }
}
