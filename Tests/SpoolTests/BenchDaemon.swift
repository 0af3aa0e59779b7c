import Concurrency
import Foundation
import Logging
import AtomicFiles
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Spool

/// One daemon of a bench: a state machine, its workers and its system calls. After `close` it has
/// ended in order; after `die` it is a daemon that was killed, of which only the locks are
/// released.
final class BenchDaemon {
  let bench: SpoolBench
  let calls: FaultyCalls
  let log = BenchLog()
  /// What workers do in place of following an order; nil to follow it.
  var interfere: FakeWorker.Interference = { _, _ in nil }
  /// Whether workers do nothing for now, as if tsuccessor work took long.
  var areWorkersBusy = false
  var rules = "rules 1"
  /// The error of every try to make a worker; nil if workers can be made.
  var workerError: FileError?
  private(set) var workers: [Int: FakeWorker] = [:]
  /// The kinds of the workers that were made, also of those that have ended.
  private(set) var kinds: [Int: WorkerKind] = [:]
  private(set) var steps = 0
  private(set) var isFinished = false
  private var mail: [SpoolStateMachine.Message] = []
  private var opened: SpoolStateMachine?

  init(_ bench: SpoolBench, calls: FaultyCalls = FaultyCalls()) throws {
    self.bench = bench
    self.calls = calls
    bench.daemonsStarted += 1
    opened = try SpoolStateMachine(
      options: bench.options, files: Files(calls: calls),
      memory: SpoolMemory(folder: bench.ledger, log: log.logger), log: log.logger, now: bench.now,
      wallClock: { [bench] in bench.wallClock },
      generator: SplitMix64(seed: bench.seed &+ UInt64(bench.daemonsStarted)),
      inBackground: { [unowned self] in mail.append(.background($0())) }
    ) { [unowned self] number, kind throws(FileError) in
      if let workerError { throw workerError }
      let worker = FakeWorker(
        files: Files(calls: calls), outbox: bench.options.folders.outbox, rules: rules,
        interfere: { [unowned self] in interfere($0, $1) },
        report: { [unowned self] in mail.append(.worker(number, $0)) })
      workers[number] = worker
      kinds[number] = kind
      return worker
    }
  }

  /// The number of the worker that has a file, or had it last; nil if there is none.
  func worker(with name: String) -> Int? {
    workers.first { $0.value.file == FileName(name) }?.key
  }

  /// Whether a worker for small files has a file, or had it last.
  func isWithSmallFiles(_ name: String) -> Bool {
    worker(with: name).map { kinds[$0] == .forSmallFiles } ?? false
  }

  /// Kills the workers that have another file.
  func endWorker(besides name: FileName) {
    for worker in workers.values where worker.file != name { worker.kill() }
  }

  var spool: SpoolStateMachine { get throws { try #require(opened, "the daemon is gone") } }
  var counters: SpoolCounters { opened?.refreshedCounters() ?? SpoolCounters() }

  /// Leaves a message for the next step.
  func send(_ message: SpoolStateMachine.Message) { mail.append(message) }

  /// Makes one step of the state machine, and one of every worker.
  ///
  /// - Returns: when to make the next step; nil if the daemon has finished.
  @discardableResult
  func step() -> ContinuousClock.Instant? {
    guard let opened, !isFinished, !calls.isDead else { return nil }
    steps += 1
    let messages = mail
    mail = []
    let deadline = opened.step(messages, at: bench.now)
    isFinished = deadline == nil
    for number in workers.keys.sorted() where !calls.isDead && !areWorkersBusy {
      workers[number]?.act()
    }
    workers = workers.filter { $0.value.isAlive }
    let isWorking = !areWorkersBusy && workers.values.contains { $0.hasOrders }
    return mail.isEmpty && !isWorking ? deadline : bench.now
  }

  /// Makes steps for `span`, or until the daemon has finished or `isEnough` is true. The clock
  /// jumps to the next deadline whenever there is no work.
  func run(
    for span: Duration, until isEnough: (BenchDaemon) -> Bool = { _ in false },
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let end = bench.now + span
    let stepsBefore = steps
    while let deadline = step(), !isEnough(self) {
      guard steps - stepsBefore < 20_000 else {
        Issue.record("the spool spins", sourceLocation: sourceLocation)
        return
      }
      guard deadline <= end else {
        bench.now = end
        return
      }
      bench.now = max(bench.now, deadline)
    }
  }

  /// Runs until `count` files have an outcome and no file waits.
  func run(untilDecided count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
    run(
      for: .seconds(4000),
      until: {
        let counters = $0.counters
        return counters.done + counters.failed + counters.skipped >= count
          && counters.queued == 0 && counters.working == 0
      }, sourceLocation: sourceLocation)
  }

  /// Makes steps until `isEnough` is true, while no time passes.
  func step(until isEnough: (BenchDaemon) -> Bool) throws {
    for _ in 0..<1000 where !isEnough(self) { step() }
    try #require(isEnough(self))
  }

  /// Ends in order.
  func close() {
    if !calls.isDead { opened?.close() }
    opened = nil
    workers = [:]
    mail = []
  }

  /// Ends as if killed: does nothing more, and its locks are released.
  func die() {
    let claims = opened?.owner?.path
    opened = nil
    workers = [:]
    mail = []
    guard let claims else { return }
    // A process that another test starts has copies of the locks until it becomes its own program.
    #expect(
      waits {
        let neighbours = try? OwnerFolder.neighbours(
          in: claims.removingLastComponent(), files: Files())
        return neighbours?.contains { $0.path == claims && $0.isAlive } != true
      }, "the lock of a daemon that died is still held")
  }
}

/// Collects the lines that a daemon logs.
final class BenchLog: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  /// How many lines contain a text.
  func count(_ text: String) -> Int { all.count { $0.contains(text) } }

  var logger: Logger { Logger(label: "spool") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: BenchLog
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
      let line = (["\(event.level): \(event.message)"] + details).joined(separator: " ")
      log.lines.withLock { $0.append(line) }
    }
  }
}
