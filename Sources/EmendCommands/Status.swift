import ArgumentParser
import Foundation
import Messages
import Service
import Spool
import AtomicFiles
import SystemPackage

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a watched folder does.",
    discussion: """
      Changes nothing, and works while a daemon runs and while none does.

      Examples:
        emend status --inbox inbox
        emend status --inbox inbox --check
      """)

  @OptionGroup var place: SpoolPlace

  @Option(help: ArgumentHelp("Files to list, the latest first.", valueName: "n"))
  var limit = 20

  @Flag(help: "One JSON object.")
  var json = false

  @Flag(help: "For monitors: 0 where a daemon is running and working, else 1 and the reason.")
  var check = false

  @Option(
    help: ArgumentHelp("Prometheus file of the daemon, as given to emend watch.", valueName: "file")
  )
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Folder for inputs that are done, as given to emend watch. Without it, done in the inbox.",
      valueName: "dir"),
    completion: .directory)
  var done: String?

  @Option(
    help: ArgumentHelp(
      "Folder for inputs that failed, as given to emend watch. Without it, failed in the inbox.",
      valueName: "dir"),
    completion: .directory)
  var failed: String?

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
  }

  func run() throws {
    let folders = SpoolFolders(
      inbox: FilePath(try place.inboxPath()), outbox: FilePath("."),
      done: done.map { FilePath($0) }, failed: failed.map { FilePath($0) })
    let overview: SpoolOverview
    do {
      overview = try SpoolOverview(
        folders: folders, state: try place.statePath(),
        metrics: FilePath(try metrics ?? place.metricsPath()), limit: limit)
    } catch let error as FileError {
      throw Failure("\(error)")
    }
    let complaint = overview.complaint(now: Date(), longestSilence: Self.longestSilence)
    if json {
      let json = String(decoding: try overview.json(complaint: complaint).dropLast(), as: UTF8.self)
      try StandardOutput.say(json)
    } else if check {
      try StandardOutput.say(EscapedText.plain(complaint ?? "a daemon is running and working"))
    } else {
      try StandardOutput.say(overview.table(now: Date(), complaint: complaint))
    }
    if check, complaint != nil { throw ExitCode(ExitStatus.failure.rawValue) }
  }

  /// Four heartbeats of `StatusReporter`, in seconds: a daemon without any for so long counts as
  /// dead.
  private static let longestSilence: TimeInterval = 60
}
