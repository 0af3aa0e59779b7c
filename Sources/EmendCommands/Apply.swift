import ArgumentParser
import AtomicFiles
import Decisions
import Digests
import Foundation
import Records
import Report
import Rules
import SystemPackage

struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes what people decided into an output.",
    discussion: """
      Takes files of decisions (docs/REVIEW.md) and, as the last argument, NAME.jsonl as emend run wrote it. \
      Writes NAME.decided.jsonl beside it, in which decided labels are replaced or confirmed, and \
      NAME.decided.decisions.jsonl, which says who decided, when, and what stood there before. emend revert \
      NAME.decided.jsonl still gives the first input's bytes. Nothing is overwritten.

      A decision counts only for the record with its id and its text. Of several decisions of one person \
      about a record, the last counts. Where two people say different things, nothing is written (exit status \
      1). Decisions that fit no record are named and left out (exit status 3).

      The report beside the output says how it is read; for one of an older version, name the same \
      rules and fields as in the run.

      Examples:
        emend apply decisions.jsonl outbox/intents.jsonl
        emend apply anna.jsonl ben.csv outbox/intents.jsonl
        emend revert outbox/intents.decided.jsonl --to intents.jsonl
      """)

  @Argument(
    help: "Files of decisions (JSON lines or a table), and at the end the output of emend run.",
    completion: .file())
  var files: [String]

  @Flag(help: "Accept labels that no record of the output has.")
  var newLabels = false

  @Flag(help: "One JSON object on standard output in place of the summary.")
  var json = false

  @OptionGroup var rulesOptions: RulesOptions
  @OptionGroup(title: "Fields") var fields: FieldOptions

  func validate() throws {
    guard files.count >= 2 else {
      throw ValidationError("Name a file of decisions and, after it, the output of emend run.")
    }
    guard files.count(where: { $0 == "-" }) <= 1, files.last != "-" else {
      throw ValidationError("Only one file of decisions can be standard input (-).")
    }
  }

  func run() throws {
    let output = files[files.count - 1]
    let decisions = DecisionSet(
      files: try files.dropLast().map { ($0, try DecisionFile.read(Source.read($0))) })
    guard decisions.conflicts.isEmpty else {
      throw Failure(decisions.conflictMessage)
    }
    guard !decisions.decided.isEmpty else {
      throw Failure(
        "\(files.dropLast().joined(separator: ", ")): no record was decided; write keep, change or neither "
          + "into \"decision\"")
    }
    let beside = try RunFiles(beside: output)
    let reading = try read(output, of: beside)
    let matching = DecisionMatching(
      decisions.decided, in: reading.records, aliases: reading.options.canonicalNames,
      allowsNewLabels: newLabels)
    for refusal in matching.refusals.prefix(Self.refusalsShown) {
      Terminal.say("\(refusal.decision.id): not applied: \(refusal.reason)")
    }
    let others = matching.refusals.count - Self.refusalsShown
    if others > 0 { Terminal.say("\(String(counting: others, "more decision")) not applied") }
    guard !matching.matches.isEmpty else {
      throw Failure(
        "\(output): no decision fits a record of this file; name the output that the decisions are about"
      )
    }
    let written = try AppliedDecisions(matching.matches, to: reading)
    let paths = try publish(written, beside: beside)
    try printSummary(written, refused: matching.refusals.count, paths: paths)
    if !matching.refusals.isEmpty { throw ExitCode(ExitStatus.rejects.rawValue) }
  }

  /// Enough to see what is wrong, and few enough to read.
  private static let refusalsShown = 50

  /// Reads the output as the run read its input.
  ///
  /// - Throws: where the output is not the file of its run, or holds a line that cannot be used.
  private func read(_ output: String, of files: RunFiles) throws -> Reading {
    let source = try Source.read(output)
    try files.checkBelongs(
      source,
      remedy: "run emend run on it, so that there is a report of the file as it is now")
    let reading = try fields.reader(
      of: source, rules: rulesOptions, report: files.report
    ).read(source)
    // In columns, a record that was set aside stays where it is.
    if reading.containerKind != .columns, let rejection = reading.rejections.first {
      throw Failure(
        "\(rejection.described(in: output)) Decisions are applied to outputs of emend run alone, in which "
          + "every line can be used.")
    }
    return reading
  }

  /// Publishes the output with the files that belong to it.
  private func publish(_ written: AppliedDecisions, beside files: RunFiles) throws -> [String] {
    let path = Path(files.output)
    let stem = Source.name(ofFile: path.name).name
    var parts: [Publication.Part] = []
    let rejected = files.rejected?.bytes
    try written.checkUndoing(rejected: files.rejected)
    if let rejected {
      parts.append(Publication.Part(suffix: ".rejected.jsonl", bytes: rejected))
    }
    if var report = files.report {
      // So that `revert` knows the file.
      report.output = RunReport.OutputFacts(
        digest: Digest.hexadecimal(of: written.bytes),
        rejectedDigest: rejected.map { Digest.hexadecimal(of: $0) },
        suffix: written.reading.outputSuffix)
      report.notes.append(
        "people decided about \(String(counting: written.count, "record")) after the run; the figures are those "
          + "of the run")
      parts.append(Publication.Part(suffix: ".report.json", bytes: try report.json()))
    }
    parts.append(Publication.Part(suffix: ".decisions.jsonl", bytes: written.journal))
    parts.append(Publication.Part(suffix: written.reading.outputSuffix, bytes: written.bytes))
    // A file to which decisions were applied before keeps its name, and gets a number.
    let base = stem.hasSuffix(".decided") ? String(stem.dropLast(".decided".count)) : stem
    let folder = FilePath(path.folder)
    _ = try? HiddenFile.removeAbandoned(in: folder, files: Files())
    return try Interruption.shared.whilePublishing {
      try Publication(folder: folder).publish(
        name: FileName("\(base).decided"), parts: parts,
        absent: rejected == nil ? [".rejected.jsonl"] : [])
    }.map(\.string)
  }

  private func printSummary(
    _ written: AppliedDecisions, refused: Int, paths: [String]
  ) throws {
    let counts = written.counts
    guard !json else {
      var bytes: [UInt8] = Array(
        "{\"decided\": \(written.count), \"changed\": \(counts.changed), \"kept\": \(counts.kept), "
          .utf8)
      bytes += "\"neither\": \(counts.neither), \"refused\": \(refused), \"files\": [".utf8
      for (index, path) in paths.reversed().enumerated() {
        if index > 0 { bytes += ", ".utf8 }
        JSONText.append(path, to: &bytes)
      }
      return try StandardOutput.write(bytes + Array("]}\n".utf8))
    }
    var parts = [
      "\(String(counting: counts.changed, "label")) changed", "\(counts.kept) kept",
    ]
    if counts.neither > 0 { parts.append("\(counts.neither) without a label that fits") }
    if refused > 0 { parts.append("\(String(counting: refused, "decision")) not applied") }
    try StandardOutput.say(
      ([parts.joined(separator: ", ")] + paths.reversed().map { "  \($0)" })
        .joined(separator: "\n"))
  }
}
