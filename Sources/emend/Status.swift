import ArgumentParser
import Foundation
import Ledger
import Service
import Spool
import SystemPackage

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a watched folder does.",
    discussion: "Changes nothing, and works while a daemon runs and while none does.")

  @OptionGroup var place: SpoolPlace

  @Option(help: ArgumentHelp("Files to list, the latest first.", valueName: "n"))
  var limit = 20

  @Flag(help: "One JSON object.")
  var json = false

  @Flag(help: "For monitors: 0 where a daemon lives and works, else 1 and the reason.")
  var check = false

  @Option(
    help: ArgumentHelp("Prometheus file of the daemon, as given to emend watch.", valueName: "file")
  )
  var metrics: String?

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
  }

  func run() throws {
    let folders = SpoolFolders(inbox: FilePath(try place.inboxPath()), outbox: FilePath("."))
    let overview: SpoolOverview
    do {
      overview = try SpoolOverview(
        folders: folders, state: try place.statePath(),
        metrics: FilePath(try metrics ?? place.metricsPath()), limit: limit)
    } catch let error as SpoolError {
      throw Failure("\(error)")
    }
    let complaint = overview.complaint(now: Date(), longestSilence: Self.longestSilence)
    if json {
      try StandardOutput.write(try overview.json(complaint: complaint))
    } else if check {
      try StandardOutput.say(EscapedText.plain(complaint ?? "a daemon lives and works"))
    } else {
      try StandardOutput.say(overview.table(now: Date(), complaint: complaint))
    }
    if check, complaint != nil { throw ExitCode(ExitStatus.failure.rawValue) }
  }

  /// Four missed heartbeats.
  private static let longestSilence: TimeInterval = 60
}

struct Retry: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gives failed files back to the inbox.",
    discussion: "Their verdict is forgotten, so that they are tried as if they were new.")

  @OptionGroup var place: SpoolPlace

  @Argument(help: "Names in the failed folder.")
  var names: [String] = []

  @Flag(help: "All failed files.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "Folder of failed inputs, as given to emend watch. Without it, failed in the inbox.",
      valueName: "dir"),
    completion: .directory)
  var failed: String?

  func validate() throws {
    guard all != !names.isEmpty else { throw ValidationError("Name files, or say --all.") }
  }

  func run() throws {
    let folders = SpoolFolders(
      inbox: FilePath(try place.inboxPath()), outbox: FilePath("."),
      failed: failed.map { FilePath($0) })
    let failures = FailedFiles(folders: folders)
    let ledger = try Forgetting(state: try place.statePath())
    var isComplete = true
    for name in all ? try failures.names() : names.map({ FileName($0) }) {
      _ = try ledger.forget(name)
      switch try failures.retry(name) {
      case .retried: Terminal.say("\(name): back in the inbox")
      case .unknown:
        Terminal.error("\(name): no such file in \(folders.failed); emend status lists them")
        isComplete = false
      case .taken:
        Terminal.error(
          "\(name): the inbox holds another file of that name; try again when it is done")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}

struct Forget: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Forgets verdicts, so that the same content is repaired again when it is dropped.")

  @OptionGroup var place: SpoolPlace

  @Argument(help: "Names of files as they were dropped.")
  var names: [String] = []

  @Flag(help: "All verdicts.")
  var all = false

  func validate() throws {
    guard all != !names.isEmpty else { throw ValidationError("Name files, or say --all.") }
  }

  func run() throws {
    let ledger = try Forgetting(state: try place.statePath())
    if all {
      Terminal.say("\(try ledger.forgetAll()) verdicts forgotten")
      return
    }
    var isComplete = true
    for name in names.map({ FileName($0) }) {
      if try ledger.forget(name) > 0 {
        Terminal.say("\(name): forgotten")
      } else {
        Terminal.error("\(name): no verdict is known; emend status lists those that are")
        isComplete = false
      }
    }
    if !isComplete { throw ExitCode(ExitStatus.failure.rawValue) }
  }
}

/// The ledger of a watched folder, for those who take verdicts out of it.
private struct Forgetting {
  /// Nil where there is none, and so nothing to forget.
  private let ledger: Ledger?

  init(state: String) throws {
    let isThere = FileManager.default.fileExists(atPath: "\(state)/\(Ledger.fileName)")
    ledger = isThere ? try Ledger.open(folder: state) : nil
  }

  func forget(_ name: FileName) throws -> Int { try ledger?.forget(named: name.bytes) ?? 0 }

  func forgetAll() throws -> Int { try ledger?.forgetAll() ?? 0 }
}
