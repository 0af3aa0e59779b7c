import Pipeline
import ArgumentParser
import Foundation
import ModelCatalogue
import Logging
import Rules
import Service
import Spool
import SystemPackage

extension LogFormat: ExpressibleByArgument {}

struct Watch: ParsableCommand, HandlesSignals {
  static let configuration = CommandConfiguration(
    abstract: "Repairs whatever is dropped into a folder.",
    discussion: """
      Files named *.jsonl (.ndjson, .json, .csv, .tsv …; also .gz and .zst) that appear in the inbox are repaired \
      into the outbox as emend run would; the input then goes to INBOX/done. What cannot be repaired \
      goes to INBOX/failed, beside NAME.error.json. A file waits while its failure may pass, such as a full disk. \
      SIGTERM finishes work in hand and ends; SIGHUP reads the rules again. docs/SPOOL.md describes everything.

      Examples:
        emend watch --inbox inbox --outbox outbox
        emend watch --inbox inbox --outbox outbox --once
      """)

  @OptionGroup var place: SpoolPlace

  @Option(
    help: ArgumentHelp(
      "Folder for the results. Without it, ./outbox, else the project's own.", valueName: "dir"),
    completion: .directory)
  var outbox: String?

  @Option(
    help: ArgumentHelp(
      "Folder of rules (*.yaml), or one file of rules. Without it, ./rules, else the project's own, else built-in rules.",
      valueName: "path"),
    completion: .file())
  var rules: String?

  @Option(
    help: ArgumentHelp(
      "Folder for inputs that are done. Without it, done in the inbox. May be on another disk.",
      valueName: "dir"),
    completion: .directory)
  var done: String?

  @Option(
    help: ArgumentHelp(
      "Folder for inputs that failed. Without it, failed in the inbox.", valueName: "dir"),
    completion: .directory)
  var failed: String?

  @Flag(help: "Repair what is there, then end: 0, 1 where a file failed, 3 with rejected lines.")
  var once = false

  @Option(
    help: ArgumentHelp(
      "Look through the inbox this often instead of waiting for events: for network folders.",
      valueName: "seconds"))
  var poll: Double?

  @Flag(help: "Take NAME only once there is a file NAME.done, which goes with it.")
  var marker = false

  @Option(
    help: ArgumentHelp(
      "How long a file must have been left alone before it is taken; one that was renamed into the "
        + "inbox is taken at once.", valueName: "seconds"))
  var settle: Double = 1

  @Option(
    help: ArgumentHelp(
      "Files in work at once, each in a process. While larger files hold all of these, one small file "
        + "more is in work.", valueName: "n"))
  var jobs = 1

  @Option(
    help: ArgumentHelp(
      "Processor threads for all jobs together; without it, one for each processor.",
      valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Memory that the work on one file may take; a file that needs more fails. Without it, three "
        + "quarters of the machine's, shared among the jobs.", valueName: "gigabytes"))
  var memory: Double?

  @Option(
    name: .customLong("patience"),
    help: ArgumentHelp("How long work may go on after SIGTERM.", valueName: "seconds"))
  var stopTimeout: Double = 30

  @Option(
    help: ArgumentHelp(
      "End the work on a file that has made no progress for so long; it is tried once more, alone.",
      valueName: "seconds"))
  var stall: Double = SpoolOptions.standardStallLimit / .seconds(1)

  @Option(
    help: ArgumentHelp("Log lines for people (text) or machines (json).", valueName: "format"))
  var logFormat: LogFormat = .text

  @Option(help: ArgumentHelp("The least urgent level that is logged.", valueName: "level"))
  var logLevel: LogLevel = .info

  @Flag(
    help: "Log also what may repeat a file's content, such as the reason why a line cannot be used."
  )
  var logContent = false

  @Option(
    help: ArgumentHelp(
      "Prometheus text file. Without it, emend.prom in the state folder.", valueName: "file"),
    completion: .file())
  var metrics: String?

  @Flag(help: "Encode anew, without the cache of embeddings.")
  var noCache = false

  func validate() throws {
    guard jobs >= 1, jobs <= 256 else { throw ValidationError("--jobs must be 1 to 256.") }
    guard threads ?? 1 >= 1 else { throw ValidationError("--threads must be at least 1.") }
    guard memory.map({ $0 >= 0.25 && $0 <= 1_000_000 }) ?? true else {
      throw ValidationError("--memory must be 0.25 to 1000000 gigabytes.")
    }
    guard settle >= 0, settle <= 86_400 else {
      throw ValidationError("--settle must be 0 to 86400 seconds.")
    }
    guard poll.map({ $0 >= 0.05 && $0 <= 86_400 }) ?? true else {
      throw ValidationError("--poll must be 0.05 to 86400 seconds.")
    }
    guard stall >= 1, stall <= 604_800 else {
      throw ValidationError("--stall must be 1 to 604800 seconds.")
    }
    guard stopTimeout >= 0, stopTimeout <= 86_400 else {
      throw ValidationError("--patience must be 0 to 86400 seconds.")
    }
  }

  func run() throws {
    let (format, level) = (logFormat, logLevel.level)
    let writer = LogWriter { dropped in
      LineLogHandler.line(
        format, .warning, "nobody read the log for a while; lines were dropped",
        ["count": "\(dropped)"])
    }
    let handler = LimitedLogHandler(
      LineLogHandler(format: format, level: level, sink: { writer.put($0) }),
      limiter: LogLimiter(), redacts: logContent ? nil : FailureReason.mayQuoteContent)
    let log = Logger(label: "emend") { _ in handler }
    defer {
      handler.logOmissions(isLast: true)
      // Not for ever: nobody may be reading.
      writer.flush(atMost: .seconds(2))
    }
    let rulesFolder = try checkedRules(log)
    let outbox = try outboxPath()
    let folders = SpoolFolders(
      inbox: FilePath(try place.inboxPath(orService: false)), outbox: FilePath(outbox),
      done: done.map { FilePath($0) }, failed: failed.map { FilePath($0) })
    let statePath = try place.statePath()
    let fault = FolderPlace.fault(
      inbox: folders.inbox.string, outbox: outbox, done: folders.done.string,
      failed: folders.failed.string, state: statePath)
    if let fault { throw Failure(fault, status: .usage) }
    var options = SpoolOptions(folders: folders, version: Self.version)
    options.settle = .seconds(settle)
    options.usesMarkers = marker
    options.endsWhenDrained = once
    options.jobs = jobs
    options.memoryLimit = Double(MemoryBudget.bytes(jobs: jobs, gigabytes: memory))
    let smallFilesMemory = MemoryBudget.bytesForSmallFiles(jobs: jobs, gigabytes: memory)
    if smallFilesMemory != nil {
      options.smallFiles = SmallFileOptions()
    } else {
      log.info(
        "small files wait behind large ones: the jobs may take all memory",
        metadata: ["remedy": "fewer --jobs, or less --memory"])
    }
    options.stopTimeout = .seconds(stopTimeout)
    options.stallLimit = .seconds(stall)
    if let poll { options.rescanInterval = .seconds(poll) }
    let executable = RuntimeLayout.runningExecutable?.path ?? CommandLine.arguments[0]
    let daemon = Daemon(
      options: options, statePath: statePath,
      metricsPath: try metrics ?? place.metricsPath(), hasEvents: poll == nil && !once,
      eventProgram: FolderWatch.program(beside: FilePath(executable)), log: log,
      logsContent: logContent, logOmissions: { handler.logOmissions() },
      worker: Daemon.WorkerProgram(
        path: executable,
        arguments: workerArguments(
          outbox: outbox, rules: rulesFolder, smallFilesMemory: smallFilesMemory)))
    let status = try daemon.run()
    if status != 0 { throw ExitCode(status) }
  }

  private static var version: String { Emend.configuration.version }

  /// The command line of a worker of each kind. The one for small files has one thread, so that the others
  /// go on almost as fast.
  private func workerArguments(
    outbox: String, rules: String?, smallFilesMemory: UInt64?
  ) -> @Sendable (WorkerKind) -> [String] {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let each = max(1, min(threads ?? .max, processors) / jobs)
    let memory = MemoryBudget.bytes(jobs: jobs, gigabytes: memory)
    var common = ["work", "--outbox", outbox]
    if let rules { common += ["--rules", rules] }
    if !hasNamedRules { common.append("--found-rules") }
    if noCache { common.append("--no-cache") }
    let ordinary = common + ["--threads", "\(each)", "--memory", "\(memory)"]
    let small =
      common + [
        "--threads", "1", "--memory", "\(smallFilesMemory ?? memory)", "--largest-file",
        "\(SmallFileOptions.standardLargestSize)",
      ]
    return { $0 == .forSmallFiles ? small : ordinary }
  }

  private func outboxPath() throws -> String {
    if let outbox { return outbox }
    guard let found = SpoolPlace.standard("outbox") else {
      throw Failure("there is no outbox here; name one with --outbox", status: .usage)
    }
    return found
  }

  /// Whether the rules are those that the user named, or those of the program's own project.
  private var hasNamedRules: Bool {
    rules != nil || SpoolPlace.standard("rules").map(RulesOptions.isOwn) ?? true
  }

  /// The folder of rules; nil for the built-in rules. The rules are read once, so that a mistake is
  /// reported at the start and not at the first file.
  private func checkedRules(_ log: Logger) throws -> String? {
    guard let folder = rules ?? SpoolPlace.standard("rules") else { return nil }
    let read = try RulesDirectory.load(folder, isNamed: hasNamedRules)
    try read.requireNoKeyInEnvironment()
    log.debug("rules are read", metadata: ["folder": "\(folder)", "files": "\(read.rules.count)"])
    return folder
  }
}
