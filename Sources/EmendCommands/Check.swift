import Assessments
import ArgumentParser
import Foundation
import Messages
import Pipeline
import Records
import Rules

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Validates rules and files; runs nothing, writes nothing.",
    discussion: """
      Every problem is printed with its file, line, place and remedy.

      Examples:
        emend check intents.jsonl
        emend check reviews.csv --text comment --label rating
      """)

  @Argument(help: "Files to check; - for standard input.", completion: .file())
  var files: [String]

  @OptionGroup var rulesOptions: RulesOptions

  @Flag(help: "Only problems.")
  var quiet = false

  @OptionGroup(title: "Fields") var fields: FieldOptions

  func run() throws {
    let rules = try rulesOptions.load()
    let preset = try fields.chosenPreset()
    let models = LocalModels(threads: 1, usesCache: false)
    var worst = ExitStatus.done
    for file in files {
      var matching = rules.rules(forFileNamed: file)
      fields.complete(&matching)
      do {
        try fields.completeLayout(&matching)
        _ = try StandingDecisions(matching)
        let source = try Source.read(file)
        let completed = matching.completed(
          for: source, preset: preset, fields: fields.mapping)
        let options = completed.readingOptions(overrides: fields.mapping)
        let reading = try Reader(options: options).read(source)
        let profile = FileProfile(of: reading, options: options)
        // A model that is not installed is no fault of the file.
        let unknown =
          profile.refusal == nil
          ? try? UnknownTokens.finding(in: reading.records, encoder: models.encoder(completed))
          : nil
        // The error says what the refused lines have in common.
        if profile.refusal == nil {
          for rejection in reading.rejections { Terminal.say(rejection.described(in: file)) }
        }
        if !quiet {
          try StandardOutput.say(
            Self.account(
              of: reading, profile.findings + [unknown].compactMap { $0?.counting(reading.places) },
              file: file,
              rules: matching))
        }
        if let refusal = profile.refusal { throw refusal }
        if !reading.rejections.isEmpty {
          if matching.onBadLine == .fail { worst = .failure }
          if worst == .done { worst = .rejects }
        }
      } catch {
        Terminal.error("\(error)")
        worst = .failure
      }
    }
    if worst != .done { throw ExitCode(worst.rawValue) }
  }

  /// Every machine that runs the models has so much.
  private static let leastMemoryTold = 1 << 30

  private static func account(
    of reading: Reading, _ findings: [Finding], file: String, rules: RuleSet
  ) -> String {
    let kinds = reading.kinds.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
    let labels = Set(reading.records.flatMap { $0.labels.map(\.name) }).count
    var passages: [Passage] = []
    var unlabelled = 0
    for record in reading.records {
      if case .retrieval(let query) = record.content {
        passages += query.passages
      } else if record.labels.isEmpty, record.votes.isEmpty {
        unlabelled += 1
      }
    }
    let graded = passages.count { $0.grade != nil }
    var parts: [String] = []
    if passages.isEmpty || labels > 0 {
      parts.append("\(labels) labels, \(unlabelled) without one")
    }
    if !passages.isEmpty {
      parts.append("\(passages.count) passages, \(passages.count - graded) of them without a label")
    }
    var lines = [
      "\(file): \(reading.records.count) records (\(kinds)), \(parts.joined(separator: ", ")), "
        + "\(reading.rejections.count) lines that cannot be used",
      "  rules: \(rules.file ?? "built-in"), mode \(rules.mode.rawValue)",
    ]
    if rules.labelQuestions > 0, labels > 1 {
      lines.append(
        "  a run asks the language model at most \(rules.labelQuestions) questions about labels")
    }
    let need = MemoryEstimate(of: reading)
    if need.bytes >= leastMemoryTold {
      lines.append("  a run takes about \(MemoryEstimate.gigabytes(need.bytes)) of memory")
    }
    lines += findings.bySeverity.filter { $0.severity != .refused }.map {
      "  \($0.description)"
    }
    return lines.map { EscapedText.plain($0) }.joined(separator: "\n")
  }
}
