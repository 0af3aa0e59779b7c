import ArgumentParser
import CLinux
import Foundation
import Service
import Spool
import Synchronization
import SystemPackage

/// The worker process that `emend watch` starts: repairs one file after the other, by the orders on
/// standard input. If a file makes this process crash, the daemon goes on.
struct Work: ParsableCommand, HandlesSignals {
  static let configuration = CommandConfiguration(
    abstract: "Repairs files for emend watch.", shouldDisplay: false)

  @Option var outbox: String
  @Option var rules: String?
  @Option var threads: Int
  /// In bytes; 0: no limit.
  @Option var memory: UInt64 = 0
  /// In bytes; hands back a file that has more of them, unpacked, and one that needs more memory.
  @Option var largestFile: Int?
  @Flag var foundRules = false
  @Flag var noCache = false

  func run() throws {
    // The daemon decides when this process ends, so signals are ignored. If the daemon ends,
    // however that happens, the kernel ends this process too.
    SignalListener.ignore([SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ])
    emend_close_inherited()
    _ = emend_die_with_parent()
    raiseOutOfMemoryScore()
    _ = emend_limit_process(memory)
    emend_exit_without_memory(WorkerEnd.memoryStatus)
    // Libraries may print to standard output. It is redirected to standard error, and a copy of the
    // original descriptor takes the reports.
    let reports = dup(STDOUT_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    let channel = FileHandle(fileDescriptor: reports, closeOnDealloc: false)
    let decoder = JSONDecoder()
    let worker = FileWorker(
      outbox: FilePath(outbox), rules: rules, hasNamedRules: !foundRules, threads: threads,
      models: LocalModels(
        threads: threads, usesCache: !noCache, asksForLanguageModels: largestFile != nil),
      memoryLimit: memory == 0 ? nil : Int(clamping: memory), largestFile: largestFile)
    var handedOn = ProcessInfo.processInfo.environment[Self.handedOnVariable]
    unsetenv(Self.handedOnVariable)
    while let line = handedOn ?? readLine() {
      handedOn = nil
      guard case .begin(let job)? = try? decoder.decode(WorkOrder.self, from: Data(line.utf8))
      else {
        continue
      }
      if worker.holdsNeedlessKey(for: job) { Self.startAnew(with: line, reports: reports) }
      let heartbeat = Heartbeat { try? Self.say(.reached($0), on: channel) }
      let final = worker.repair(job, progress: heartbeat.beat) { report in
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

  /// Has the same process run the program anew, with an order that was read already. Nothing of its
  /// present memory is left, above all no key of a server. If that is impossible, it goes on as it is.
  private static func startAnew(with order: String, reports: Int32) {
    setenv(handedOnVariable, order, 1)
    dup2(reports, STDOUT_FILENO)
    _ = emend_run_anew()
    dup2(STDERR_FILENO, STDOUT_FILENO)
    unsetenv(handedOnVariable)
  }

  /// The variable in which a process that starts anew hands on its order.
  private static let handedOnVariable = "EMEND_ORDER"

  /// Makes the kernel kill this process, and not the daemon, if memory runs out.
  private func raiseOutOfMemoryScore() {
    try? Data("1000".utf8).write(to: URL(filePath: "/proc/self/oom_score_adj"))
  }
}

/// Reports progress from time to time.
private final class Heartbeat: Sendable {
  /// Often enough for a limit of seconds, and rarely enough to cost nothing.
  private static let interval: Duration = .milliseconds(500)
  private let next = Mutex(ContinuousClock.now)
  private let report: @Sendable (WorkProgress) -> Void

  init(report: @escaping @Sendable (WorkProgress) -> Void) { self.report = report }

  @Sendable func beat(_ progress: WorkProgress) {
    let isDue = next.withLock { next in
      guard next <= .now else { return false }
      next = .now + Self.interval
      return true
    }
    if isDue { report(progress) }
  }
}
