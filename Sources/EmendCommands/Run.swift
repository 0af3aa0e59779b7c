import Report
import ArgumentParser
import Exports
import Foundation
import Pipeline
import Records
import Assessments
import Rules
import AtomicFiles
import SystemPackage

extension CorrectionMode: ExpressibleByArgument {}
extension UtilityRules.Scorer: ExpressibleByArgument {}
/// A kind of files for other programs, of queries or of other records.
enum ExportChoice: ExpressibleByArgument, Equatable {
  case queries(ExportKind)
  case records(RecordExportKind)

  init?(argument: String) {
    if let kind = ExportKind(rawValue: argument) {
      self = .queries(kind)
    } else if let kind = RecordExportKind(rawValue: argument) {
      self = .records(kind)
    } else {
      return nil
    }
  }

  static var allValueStrings: [String] {
    RecordExportKind.allCases.map(\.rawValue) + ExportKind.allCases.map(\.rawValue)
  }
}

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Repairs files.",
    discussion: """
      For every FILE (JSON lines, JSON lists and columns, CSV, TSV; also .gz and .zst; - is standard input) \
      writes NAME.jsonl, or NAME.json or NAME.csv where the input is of that kind, \
      NAME.report.json, NAME.report.html to look at, and, where lines could not be used, NAME.rejected.jsonl. Nothing is ever \
      overwritten. The output of standard input goes to standard output.

      Examples:
        emend run intents.jsonl
        emend run reviews.csv --text comment --label rating --outbox repaired
        emend run intents.jsonl --export spreadsheet --audit 100
        emend run intents.jsonl --reviewed intents.audit.csv
        zcat intents.jsonl.gz | emend run - > repaired.jsonl
      """)

  @Argument(help: "Files to repair; - for standard input.", completion: .file())
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Folder for the results. Without it, ./outbox where inbox, outbox and rules are here, else "
        + "beside the input as NAME.emended.jsonl.", valueName: "dir"),
    completion: .directory)
  var outbox: String?

  @OptionGroup var rulesOptions: RulesOptions

  @Option(
    help: ArgumentHelp(
      "When labels are replaced: auto (only on evidence that holds on real noise), suggest (never) "
        + "or all (every proposal). Overrides the rules.", valueName: "mode"))
  var mode: CorrectionMode?

  @Option(
    help: ArgumentHelp(
      "Who says how much passages help: extractive (the texts alone), likelihood or judge (also a language "
        + "model, about what the texts leave undecided) or auto (the best that is there). Overrides the rules.",
      valueName: "scorer"))
  var scorer: UtilityRules.Scorer?

  @Option(
    help: ArgumentHelp(
      "Processor threads; without it, one for each processor. Changes the time, never a byte.",
      valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Memory that the work on one file may take; a file that needs more is refused before the work. "
        + "Without it, nothing is refused.", valueName: "gigabytes"))
  var memory: Double?

  @Flag(help: "One JSON object a file on standard output in place of the summary.")
  var json = false

  @Flag(help: "Only errors.")
  var quiet = false

  @Flag(help: "Encode anew, without the cache of embeddings.")
  var noCache = false

  @Option(
    help: ArgumentHelp(
      "Also write files for other programs. Suspects to decide (docs/REVIEW.md): label-studio, argilla, "
        + "spreadsheet. Every record: cleanlab, or slim for load_dataset. Of queries with passages, to train and measure "
        + "retrievers (docs/RETRIEVAL.md): triplets, tuples, multi-positive, flag-embedding, qrels, beir. May be repeated.",
      valueName: "kind"))
  var export: [ExportChoice] = []

  @Option(
    help: ArgumentHelp(
      "Share of the human-labelled queries that the second stage of training gets, above 0 and up to 1; "
        + "writes a file for each stage.", valueName: "share"))
  var curriculum: Double?

  @Flag(
    help: ArgumentHelp(
      "Have the language model say how plausible each label's name is after each text, as one more signal "
        + "of credibility. For up to 32 labels."))
  var labelPlausibility = false

  @Flag(
    help: ArgumentHelp(
      "Have the language model, or the server that rules name, rate the quality of every text by 14 "
        + "criteria. Takes a reply a record."))
  var rate = false

  @Option(
    help: ArgumentHelp(
      "Have the language model, or the server that rules name, say which of two labels fits, in at most so many "
        + "questions: 400 is a good number. It is not told which one a record has. If its answers prove right on the "
        + "file, mode auto replaces labels by them.", valueName: "n"))
  var compareLabels: Int?

  @OptionGroup(title: "Review") var reviewOptions: ReviewOptions
  @OptionGroup(title: "Fields") var fields: FieldOptions

  /// The number of threads: one for each processor at most, since more would only wait for each
  /// other.
  private var threadCount: Int {
    min(threads ?? .max, ProcessInfo.processInfo.activeProcessorCount)
  }

  func validate() throws {
    guard threads ?? 1 >= 1 else { throw ValidationError("--threads must be at least 1.") }
    guard memory.map({ $0 >= 0.25 && $0 <= 1_000_000 }) ?? true else {
      throw ValidationError("--memory must be 0.25 to 1000000 gigabytes.")
    }
    let questions = RuleSet.labelQuestionRange
    guard compareLabels.map({ $0 == 0 || questions.contains($0) }) ?? true else {
      throw ValidationError(
        "--compare-labels is a number of questions from \(questions.lowerBound) to \(questions.upperBound), or 0 "
          + "to ask none.")
    }
    guard curriculum.map({ Curriculum(share: $0) != nil }) ?? true else {
      throw ValidationError("--curriculum is a share above 0 and up to 1, such as 0.2.")
    }
    guard files.count(where: { $0 == "-" }) <= 1 else {
      throw ValidationError("Standard input (-) can be named only once.")
    }
  }

  func run() throws { try run { $0 } }

  /// - Parameter source: where the models come from, given those of this machine.
  func run(_ source: (LocalModels) -> any ModelSource) throws {
    let rules = try rulesOptions.load()
    let preset = try fields.chosenPreset()
    let models = LocalModels(threads: threadCount, usesCache: !noCache)
    let used = source(models)
    var worst = ExitStatus.done
    for file in files {
      do {
        var matching = try fields.rules(rules, for: file)
        if let scorer { matching.utility.scorer = scorer }
        models.beginFile()
        let hadRejects = try repair(file, rules: matching, preset: preset, models: used) {
          models.sentConversations
        }
        if hadRejects, worst == .done { worst = .rejects }
      } catch {
        // One bad file never stops the others.
        Terminal.error("\(error)")
        for finding in (error as? InputError)?.otherFindings ?? []
        where finding.severity <= .warning {
          Terminal.say("\(file): \(finding.description)")
        }
        worst = .failure
      }
    }
    for failures in models.serverFailures { Terminal.warning(failures) }
    if worst != .done { throw ExitCode(worst.rawValue) }
  }

  /// Repairs and publishes one file.
  ///
  /// - Parameter sent: how many requests with texts servers took so far; nil where none was opened.
  /// - Returns: whether any line was rejected.
  private func repair(
    _ file: String, rules: RuleSet, preset: Preset?, models: any ModelSource, sent: () -> Int?
  ) throws -> Bool {
    let sentBefore = sent() ?? 0
    let started = ContinuousClock.now
    let source = try Source.read(file)
    // Checked before the work, which may take long and would be lost.
    let destination = try Destination(file: file, name: source.name, outbox: outbox)
    let bar = ProgressBar(title: source.name, isWanted: !quiet && !json)
    defer { bar.clear() }
    var stages = DatasetRepair(
      rules: rules, fields: fields.mapping, mode: mode, rates: rate,
      asksPlausibility: labelPlausibility, labelQuestions: compareLabels, threads: threadCount,
      models: models, preset: preset)
    stages.review = try reviewOptions.review(rules)
    stages.audit = reviewOptions.audit.map { ($0, reviewOptions.auditSeed) }
    let folder = FilePath(destination.folder)
    stages.makeStore = { SpooledStore(in: folder) }
    stages.memoryLimit = memory.map { Int(MemoryBudget.bytes(jobs: 1, gigabytes: $0)) }
    let repaired = try stages.run(source) { stage, done, total in
      bar.show(stage: stage.rawValue, done: done, of: total)
    }
    let isStandardInput = file == "-"
    let set = try ResultSet(
      repaired, hasReport: !isStandardInput || outbox != nil, hasOutput: !isStandardInput,
      exports: exports(of: repaired, file: file))
    let paths = try Interruption.shared.whilePublishing { try publish(set, to: destination) }
    // After the publication, so that the rejected lines are on disk when the reader gets the
    // output, and outside it, so that a signal can still end a run whose reader has stalled.
    if isStandardInput { try StandardOutput.write(repaired.content) }
    bar.clear()
    printRejections(repaired, file: file)
    if let audit = repaired.audit, audit.count == 0 {
      Terminal.warning(
        "\(file): no label was judged, so there is nothing from which an audit could be drawn")
    }
    let seconds = started.duration(to: .now) / .seconds(1)
    try printSummary(
      repaired, paths: paths.reversed(), seconds: seconds,
      sent: rules.utility.server == nil ? nil : sent().map { $0 - sentBefore },
      onStandardError: isStandardInput)
    return repaired.rejected != nil
  }

  /// The files for other programs that the flags ask for. Warns where there is nothing to make them of.
  private func exports(of repaired: RepairedDataset, file: String) -> [Export] {
    var exports: [Export] = []
    for choice in export {
      switch choice {
      case .queries(let kind) where !repaired.queries.isEmpty:
        exports.append(kind.export(repaired.queries))
      case .records(let kind) where repaired.hasAnnotations:
        exports.append(kind.export(repaired.annotations))
      case .queries(let kind):
        Terminal.warning(
          "\(file): nothing to export as \(kind.rawValue), as no record is a query with passages")
      case .records(let kind):
        Terminal.warning(
          "\(file): nothing to export as \(kind.rawValue), as every record is a query with passages"
        )
      }
    }
    if let curriculum = curriculum.flatMap({ Curriculum(share: $0) }) {
      if repaired.queries.isEmpty {
        Terminal.warning("\(file): no curriculum, as no record is a query with passages")
      } else {
        exports.append(curriculum.export(repaired.queries))
      }
    }
    for note in exports.flatMap(\.notes) { Terminal.warning("\(file): \(note)") }
    return exports
  }

  /// Publishes the files; returns their paths in order.
  private func publish(_ set: ResultSet, to destination: Destination) throws -> [String] {
    guard !set.parts.isEmpty else { return [] }
    let folder = FilePath(destination.folder)
    // What a run that was killed has left. A failure is no reason not to publish.
    _ = try? HiddenFile.removeAbandoned(in: folder, files: Files())
    return try Publication(folder: folder).publish(
      name: destination.name, parts: set.parts, absent: set.absent
    ).map(\.string)
  }

  /// Prints the first lines that cannot be used; the rejected file has all of them.
  private func printRejections(_ repaired: RepairedDataset, file: String) {
    for rejection in repaired.rejections.prefix(Self.rejectionsShown) {
      Terminal.say(rejection.described(in: file))
    }
    let others = repaired.rejections.count - Self.rejectionsShown
    let noun = others == 1 ? "line" : "lines"
    if others > 0 { Terminal.say("\(file): \(others) more \(noun) cannot be used") }
  }

  /// Enough to see what is wrong, and few enough that the summary stays on the screen.
  private static let rejectionsShown = 5

  /// Prints the summary, as text or JSON.
  ///
  /// - Parameter sent: how many requests with texts of this file a server took; nil without a server. Replies that
  ///   earlier runs kept are not asked for, and a report does not depend on them.
  private func printSummary(
    _ repaired: RepairedDataset, paths: [String], seconds: Double, sent: Int?,
    onStandardError: Bool
  ) throws {
    guard !quiet else { return }
    if json {
      let line = try repaired.report.machineSummary(
        paths: paths, seconds: seconds, encoded: repaired.encodedCount, sent: sent)
      try say(line, onStandardError: onStandardError)
    } else {
      let text = repaired.report.summary(paths: paths, seconds: seconds)
      try say(text, onStandardError: onStandardError)
      guard let sent else { return }
      let words = sent == 0 ? "no request" : String(counting: sent, "request")
      try say(
        "  sent to the server in this run: \(words) with texts", onStandardError: onStandardError)
    }
  }

  private func say(_ text: String, onStandardError: Bool) throws {
    if onStandardError { Terminal.say(lines: text) } else { try StandardOutput.say(text) }
  }
}

/// The folder and the name of one file's results.
struct Destination {
  let folder: String
  let name: FileName

  /// Finds the destination, and makes the outbox that a flag names if it is missing.
  ///
  /// - Throws: `Failure` if no results can be written there.
  init(file: String, name: String, outbox: String?) throws {
    let files = FileManager.default
    if let outbox {
      var isFolder: ObjCBool = false
      if !files.fileExists(atPath: outbox, isDirectory: &isFolder) {
        do {
          try files.createDirectory(atPath: outbox, withIntermediateDirectories: true)
        } catch {
          throw Failure(
            "\(outbox): the outbox is not there and cannot be made; "
              + "create it, or name another with --outbox")
        }
      } else if !isFolder.boolValue {
        throw Failure("\(outbox): the outbox is not a folder; name another with --outbox")
      }
      folder = outbox
      self.name = ResultSet.name(forStem: FileName(name))
    } else if ["inbox", "outbox", "rules"].allSatisfy({ files.fileExists(atPath: $0) }) {
      folder = "outbox"
      self.name = ResultSet.name(forStem: FileName(name))
    } else {
      folder = file == "-" ? "." : Path(file).folder
      self.name = FileName("\(name).emended")
    }
    // A run on standard input without an outbox may have no file to write.
    guard file == "-" && outbox == nil || access(folder, W_OK | X_OK) == 0 else {
      throw Failure(
        "\(folder): results cannot be written there: \(String(cString: strerror(errno))); "
          + "make the folder writable, or name another with --outbox")
    }
  }
}
