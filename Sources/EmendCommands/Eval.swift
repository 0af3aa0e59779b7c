import ArgumentParser
import Evaluation
import Foundation
import Records
import Report

/// What the records of an evaluation are.
enum EvaluationTask: String, ExpressibleByArgument, CaseIterable {
  /// Queries with passages where the gold file's first record has passages, else labels.
  case auto
  /// Labels of records.
  case `class`
  /// Queries with passages.
  case utility
}

struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures an output against gold labels.",
    discussion: """
      Joins NAME.jsonl with a gold file by id, and prints how well wrong labels are found, what corrections \
      gain and how good the soft labels are; for queries, how well passages are ranked and chosen. Works for \
      the output of any tool: the flags name the members.

      A record of the gold file has "gold" (the right label) or "gold_set" (a list; any of its labels is \
      right), "label" (the given one) and, where it is known better than from these, "is_error". Records with \
      "gold_agreed": false or "tie": true are left out. A passage has "gold_useful" or "useful". Records that \
      the output lacks count as not flagged, credible and unchanged.

      On a terminal it prints a table with the trivial baselines beside each figure, else one line of JSON.

      Examples:
        emend eval --gold gold.jsonl outbox/intents.jsonl
        emend eval --gold gold.jsonl --table outbox/intents.jsonl
        emend eval --gold gold.jsonl --cred quality --flag suspicious other-tool.jsonl
      """)

  @Argument(
    help: "NAME.jsonl as emend wrote it, or another tool's output; - for standard input.",
    completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("File with the gold labels.", valueName: "file"), completion: .file())
  var gold: String

  @Option(help: ArgumentHelp("What is measured: auto, class or utility.", valueName: "task"))
  var task: EvaluationTask = .auto

  @Flag(help: "A table for people, also where standard output is no terminal.")
  var table = false

  @Flag(help: "One line of JSON, also on a terminal.")
  var json = false

  @Option(help: ArgumentHelp("A name to print with the figures.", valueName: "text"))
  var name: String?

  @Flag(help: "Also count records and passages whose gold label is doubtful.")
  var allRows = false

  @Option(
    help: ArgumentHelp("Smallest probability in the logarithms of soft labels.", valueName: "p"))
  var clip: Double = ClassEvaluation.usualClip

  @Option(
    help: ArgumentHelp("Grade from which a passage of the gold file is useful.", valueName: "n"))
  var usefulMin: Double = UtilityEvaluation.usualUsefulFrom

  @OptionGroup(title: "Members of the output") var outputFields: EvaluationOutputOptions
  @OptionGroup(title: "Members of the gold file") var goldFields: EvaluationGoldOptions

  func validate() throws {
    guard clip > 0, clip < 1 else {
      throw ValidationError("--clip is a probability above 0 and below 1, such as 1e-6.")
    }
    guard usefulMin.isFinite else {
      throw ValidationError("--useful-min is a grade of the gold file, such as 1.")
    }
    guard !(table && json) else { throw ValidationError("Give --table or --json, not both.") }
  }

  func run() throws {
    guard gold != "-" || output != "-" else {
      throw Failure("standard input can be the gold file or the output, not both")
    }
    var fields = EvaluationFields()
    outputFields.set(&fields)
    goldFields.set(&fields)
    fields.includesDoubtful = allRows
    let goldSource = try Source.read(gold)
    let files = try EvaluationFiles(
      gold: goldSource, output: try Source.read(output), fields: fields)
    for warning in files.warnings { Terminal.warning(warning) }
    let isUtility = task == .utility || (task == .auto && files.areQueries)
    let figures =
      isUtility
      ? try files.utilityEvaluation(usefulFrom: usefulMin).figures
      : try files.classEvaluation(clip: clip).figures
    warnOfCoverage(figures, isUtility: isUtility)
    if json || (!table && isatty(STDOUT_FILENO) == 0) {
      var named = Figures()
      if let name { named.add("name", text: name) }
      named.add(all: figures)
      try StandardOutput.write(Array((named.json + "\n").utf8))
    } else {
      try StandardOutput.say(
        EvaluationTable(figures, title: name ?? "\(output) against \(gold)").text)
    }
  }

  /// Says which share the output lacks, since its figures are those of no tool.
  private func warnOfCoverage(_ figures: Figures, isUtility: Bool) {
    guard let coverage = figures.number("coverage"), coverage < 1 else { return }
    let count = Int(figures.number(isUtility ? "passages" : "rows") ?? 0)
    let missing = count - Int((coverage * Double(count)).rounded())
    Terminal.warning(
      isUtility
        ? "\(String(counting: missing, "passage")) of \(count) have no utility in \(output); they count as the "
          + "least useful"
        : "\(String(counting: missing, "record")) of \(count) are not in \(output); they count as not flagged, "
          + "credible and unchanged")
  }
}

/// The flags that name the members of an output.
struct EvaluationOutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The id, as a path with dots.", valueName: "path"))
  var id: String?
  @Option(
    help: ArgumentHelp(
      "The credibility: lower is more likely wrong. Also of passages.", valueName: "path"))
  var cred: String?
  @Option(help: ArgumentHelp("Whether a label is flagged. Also of passages.", valueName: "path"))
  var flag: String?
  @Option(help: ArgumentHelp("The label after correction.", valueName: "path"))
  var corr: String?
  @Option(help: ArgumentHelp("The soft label: an object of probabilities.", valueName: "path"))
  var soft: String?
  @Option(help: ArgumentHelp("The passages of a query.", valueName: "path"))
  var passages: String?
  @Option(help: ArgumentHelp("A passage's utility: higher is more useful.", valueName: "path"))
  var util: String?
  @Option(help: ArgumentHelp("Whether a passage is useful.", valueName: "path"))
  var usefulFlag: String?

  func set(_ fields: inout EvaluationFields) {
    if let id { fields.id = id }
    if let cred { fields.credibility = cred }
    if let flag { fields.flag = flag }
    if let corr { fields.label = corr }
    if let soft { fields.softLabel = soft }
    if let passages { fields.passages = passages }
    if let util { fields.utility = util }
    if let usefulFlag { fields.usefulFlag = usefulFlag }
  }
}

/// The flags that name the members of a gold file.
struct EvaluationGoldOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The id, as a path with dots.", valueName: "path"))
  var goldId: String?
  @Option(help: ArgumentHelp("The right label.", valueName: "name"))
  var goldLabel: String?
  @Option(help: ArgumentHelp("The given label.", valueName: "name"))
  var noisy: String?
  @Option(
    help: ArgumentHelp(
      "The given label of a passage; with it, wrong labels of passages are measured.",
      valueName: "name"))
  var passageNoisy: String?

  func set(_ fields: inout EvaluationFields) {
    if let goldId { fields.goldID = goldId }
    if let goldLabel { fields.goldLabel = goldLabel }
    if let noisy { fields.givenLabel = noisy }
    if let passageNoisy { fields.givenPassageLabel = passageNoisy }
  }
}
