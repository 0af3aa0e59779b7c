import ArgumentParser
import CLinux
import Foundation
import Spool
import AtomicFiles
import SystemPackage

/// What `emend watch` starts to do the work: repairs one file after the other, as told on standard
/// input. Whatever a file does to this process, the daemon survives it.
struct Work: ParsableCommand, HandlesSignals {
  static let configuration = CommandConfiguration(
    abstract: "Repairs files for emend watch.", shouldDisplay: false)

  @Option var outbox: String
  @Option var rules: String?
  @Option var threads: Int
  @Flag var noCache = false

  func run() throws {
    // The daemon decides when this process ends; it ends with the daemon however that does.
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    emend_close_inherited()
    _ = emend_die_with_parent()
    preferToBeKilled()
    // Whatever a library prints goes to standard error: standard output is for reports.
    let reports = dup(STDOUT_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    let channel = FileHandle(fileDescriptor: reports, closeOnDealloc: false)
    let decoder = JSONDecoder()
    let worker = FileWorker(
      outbox: FilePath(outbox), rules: rules, threads: threads,
      models: LocalModels(threads: threads, usesCache: !noCache))
    while let line = readLine() {
      guard case .begin(let job)? = try? decoder.decode(WorkOrder.self, from: Data(line.utf8))
      else {
        continue
      }
      let final = worker.repair(job) { report in
        try Self.say(report, on: channel)
        let answer = readLine().flatMap { try? decoder.decode(WorkOrder.self, from: Data($0.utf8)) }
        return answer == .proceed || answer == .publish
      }
      if let final { try Self.say(final, on: channel) }
    }
  }

  private static func say(_ report: WorkReport, on channel: FileHandle) throws {
    try channel.write(contentsOf: JSONEncoder().encode(report) + [0x0A])
  }

  /// When memory runs out, the kernel is to take this process and not the daemon.
  private func preferToBeKilled() {
    try? Data("1000".utf8).write(to: URL(filePath: "/proc/self/oom_score_adj"))
  }
}
