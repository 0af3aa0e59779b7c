import ArgumentParser
import AtomicFiles
import Decisions
import Dispatch
import Foundation
import HTMLReport
import Messages
import Records
import Report
import ReviewQueue
import ReviewServer
import Rules
import Service
import Synchronization
import SystemPackage

struct ReviewCommand: ParsableCommand, HandlesSignals {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Shows people the suspects of a run one by one, and keeps what they decide.",
    discussion: """
      Serves a page on this machine alone and prints its address. It shows one record at a time, the most \
      suspect first, with the proposal, the nearest records and the signals; keys decide. Several people may \
      open the address at once: nobody is shown what another one has or had. Each decision is on disk, in \
      NAME.decisions.jsonl beside the output, before the next record is shown, so the command can be ended at \
      any time and started again. With --terminal it asks in the terminal.

      The decisions change nothing by themselves: emend apply writes them into the output, and emend run \
      --reviewed learns from them. The report beside the output says how it is read; for one of an older \
      version, name the same rules and fields as in the run.

      Examples:
        emend review outbox/intents.jsonl
        emend review outbox/intents.jsonl --budget 200 --per-label 20
        emend review outbox/intents.jsonl --audit outbox/intents.audit.jsonl
        emend review outbox/intents.jsonl --terminal --by Anna
        emend apply outbox/intents.decisions.jsonl outbox/intents.jsonl
      """)

  @Argument(
    help: "NAME.jsonl as emend run wrote it, with NAME.report.json beside it.", completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "The audit that emend run --audit wrote: its records are shown, in its order and without proposals, and the "
        + "decisions say how each was drawn.", valueName: "file"),
    completion: .file())
  var audit: String?

  @Option(
    help: ArgumentHelp(
      "Which records: suspects (suspect labels that were not replaced), replaced (labels that the run "
        + "replaced) or all.", valueName: "which"))
  var show: ReviewableOutput.Choice = .suspects

  @Option(
    help: ArgumentHelp(
      "Stop when so many records are decided, those of earlier times included.", valueName: "n"))
  var budget: Int?

  @Option(help: ArgumentHelp("Decide at most n records of each given label.", valueName: "n"))
  var perLabel: Int?

  @Option(
    help: ArgumentHelp(
      "File for the decisions. Without it, NAME.decisions.jsonl beside the output.",
      valueName: "file"),
    completion: .file())
  var decisions: String?

  @Flag(help: "Accept labels that no record of the output has.")
  var newLabels = false

  @Flag(help: "Ask in the terminal, one line for each answer, in place of a page.")
  var terminal = false

  @Option(
    help: ArgumentHelp(
      "Who decides, with --terminal. Without it, the name of the user.", valueName: "name"))
  var by: String?

  @Option(help: ArgumentHelp("Port of the page. Without it, any free one.", valueName: "n"))
  var port: Int?

  @Flag(help: "Print the address and open no browser.")
  var noBrowser = false

  @OptionGroup var rulesOptions: RulesOptions
  @OptionGroup(title: "Fields") var fields: FieldOptions

  func validate() throws {
    guard output != "-" else {
      throw ValidationError("Name the output as a file: the decisions are kept beside it.")
    }
    guard budget ?? 1 >= 1 else { throw ValidationError("--budget must be at least 1.") }
    guard perLabel ?? 1 >= 1 else { throw ValidationError("--per-label must be at least 1.") }
    guard (0...65535).contains(port ?? 0) else {
      throw ValidationError("--port is a number from 1 to 65535.")
    }
    guard audit == nil || show == .suspects else {
      throw ValidationError("--audit says which records are shown; leave --show out.")
    }
    guard by == nil || terminal else {
      throw ValidationError("--by is for --terminal; the page asks everybody's name.")
    }
    guard !terminal || port == nil else {
      throw ValidationError("--port is for the page; leave it or --terminal out.")
    }
    if let by, by.trimmed.isEmpty { throw ValidationError("--by is empty; name who decides.") }
  }

  func run() throws {
    SignalListener.ignore([SIGPIPE, SIGXFSZ])
    let set = ResultSet.path(ofSetWith: output)
    let source = try Source.read(output)
    let report = try report(beside: source)
    let place = try decisionsPath(set)
    let reading = try reading(of: source, report)
    let reviewable = try ReviewableOutput(
      reading, report: report, choice: audit == nil ? show : .all)
    try checkQueries(reviewable)
    let (order, samplings) = try chosen(from: reviewable)
    let (log, earlier) = try DecisionLog.open(FilePath(place))
    let review = OngoingReview(
      reviewable, order: order, limits: ReviewQueue.Limits(budget: budget, perLabel: perLabel),
      samplings: samplings, isBlind: audit != nil, allowsNewLabels: newLabels, log: log,
      earlier: earlier)
    if review.foreignCount > 0 {
      Terminal.warning(
        "\(place): \(String(counting: review.foreignCount, "decision")) in it fit no record of \(output)"
      )
    }
    let next = nextCommands(place)
    guard !review.isFinished else {
      return try StandardOutput.say(
        ([
          "\(String(counting: review.decidedCount, "record")) of \(review.wantedCount) decided; nothing is left."
        ] + next.map { "  \($0)" })
        .joined(separator: "\n"))
    }
    if terminal {
      try TerminalReview(review, reviewer: reviewer, dataset: output).run()
    } else {
      try servePage(review, next)
    }
    try printEnd(of: review, place, next)
  }

  // MARK: - What is reviewed

  /// - Throws: if there is no report beside the output, or one of another file.
  private func report(beside source: Source) throws -> RunReport {
    let files = try RunFiles(beside: output)
    guard let report = files.report else {
      throw Failure(
        "\(ResultSet.path(ofSetWith: output)).report.json: there is none; it must lie beside the output, as the run "
          + "wrote it")
    }
    try files.checkBelongs(
      source, remedy: "run emend run on it, so that there is a report of the file as it is now")
    return report
  }

  private func decisionsPath(_ set: String) throws -> String {
    if let decisions { return decisions }
    guard !Path(set).name.hasSuffix(".decided") else {
      let base = String(set.dropLast(".decided".count))
      throw Failure(
        "\(output): decisions are in this file already, and \(set).decisions.jsonl says which; review the output "
          + "of the run (\(base).jsonl or the like), and apply all decisions to that, or name another file with "
          + "--decisions")
    }
    return "\(set).decisions.jsonl"
  }

  /// Reads the output as the run read its input.
  private func reading(of source: Source, _ report: RunReport) throws -> Reading {
    let reading = try fields.reader(of: source, rules: rulesOptions, report: report).read(source)
    // In columns, a record that was set aside stays where it is.
    if reading.containerKind != .columns, let rejection = reading.rejections.first {
      throw Failure(
        "\(rejection.described(in: output)) Outputs of emend run alone can be reviewed, in which every line "
          + "can be used.")
    }
    return reading
  }

  private func checkQueries(_ reviewable: ReviewableOutput) throws {
    let count = reviewable.queryCount
    guard count > 0 else { return }
    guard count < reviewable.records.count else {
      throw Failure(
        "\(output): queries with passages cannot be reviewed yet; look at \(ResultSet.path(ofSetWith: output))"
          + ".report.html, which lists their suspect labels")
    }
    Terminal.warning(
      "\(output): \(String(counting: count, "query", many: "queries")) with passages left out, which cannot be reviewed yet"
    )
  }

  /// The records to decide, in order, and how they were drawn.
  private func chosen(
    from reviewable: ReviewableOutput
  ) throws -> (order: [Int], samplings: [Int: Decision.Sampling]) {
    guard let audit else {
      guard !reviewable.order.isEmpty else {
        let remedy = show == .all ? "" : "; --show all shows every record"
        throw Failure("\(output): there is nothing to review: \(Self.nothing(show))\(remedy)")
      }
      return (reviewable.order, [:])
    }
    let entries = try DecisionFile.subjects(Source.read(audit))
    let order = AuditOrder(entries, in: reviewable.records)
    guard !order.order.isEmpty else {
      throw Failure(
        "\(audit): no line is about a record of \(output); name the audit that the same run wrote")
    }
    if order.foreignCount > 0 {
      Terminal.warning(
        "\(audit): \(String(counting: order.foreignCount, "line")) about no record of \(output), left out"
      )
    }
    return (order.order, order.samplings)
  }

  private static func nothing(_ choice: ReviewableOutput.Choice) -> String {
    switch choice {
    case .suspects: "no label is suspect that was not replaced"
    case .replaced: "the run replaced no label"
    case .all: "no record was assessed"
    }
  }

  private var reviewer: String { (by ?? NSUserName()).trimmed }

  // MARK: - The page

  private func servePage(_ review: OngoingReview, _ next: [String]) throws {
    let server = ReviewServer(
      review,
      ReviewServer.Description(
        dataset: Path(output).name, nextCommands: next, signalName: SignalNames.described))
    let listener = SignalListener(to: [SIGINT, SIGTERM, SIGHUP]) { _ in
      Task { await server.stop() }
    }
    defer { withExtendedLifetime(listener) {} }
    let browser = noBrowser ? nil : BrowserOpening.available()
    let ended = DispatchSemaphore(value: 0)
    let failure = Mutex<(any Error)?>(nil)
    let count = review.wantedCount - review.decidedCount
    let output = output
    Task {
      do {
        try await server.run(port: UInt16(port ?? 0)) { address in
          Terminal.say("\(output): \(String(counting: count, "record")) to decide at")
          Terminal.say("  \(address)")
          Terminal.say(
            "Whoever knows this address can decide; it works on this machine alone. Ctrl-C ends.")
          browser?.open(address)
        }
      } catch {
        failure.withLock { $0 = error }
      }
      ended.signal()
    }
    ended.wait()
    browser?.close()
    if let error = failure.withLock({ $0 }) { throw error }
  }

  // MARK: - What comes next

  private func nextCommands(_ place: String) -> [String] {
    let decisions = ShellWord.quoted(place)
    return [
      "emend apply \(decisions) \(ShellWord.quoted(output))",
      "emend run INPUT --reviewed \(decisions)",
    ]
  }

  private func printEnd(of review: OngoingReview, _ place: String, _ next: [String]) throws {
    let decided = review.decidedCount
    let left = review.wantedCount - decided
    var lines = [
      left > 0
        ? "\(decided) of \(String(counting: review.wantedCount, "record")) decided; emend review goes on there."
        : "\(String(counting: decided, "record")) decided; nothing is left.",
      "  \(place)",
    ]
    if decided > 0 { lines += ["Then"] + next.map { "  \($0)" } }
    try StandardOutput.say(lines.joined(separator: "\n"))
  }
}

extension ReviewableOutput.Choice: ExpressibleByArgument {}
