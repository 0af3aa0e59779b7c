import Foundation
import Logging
import Spool
import AtomicFiles
import Synchronization
import SystemPackage
import Testing

/// One daemon of a bench: a spool, its workers and its system calls. Dropped without `close` it is
/// one that died: only its locks go.
final class BenchDaemon {
  let bench: SpoolBench
  let calls: FaultyCalls
  let log = BenchLog()
  /// What workers do instead of what they would.
  var interfere: FakeWorker.Interference = { _, _ in nil }
  /// Whether workers take their time over whatever they have.
  var areWorkersBusy = false
  var rules = "rules 1"
  /// Why no worker can be made.
  var workerTrouble: FileError?
  private(set) var workers: [Int: FakeWorker] = [:]
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
      generator: SeededGenerator(seed: bench.seed &+ UInt64(bench.daemonsStarted))
    ) { [unowned self] number throws(FileError) in
      if let workerTrouble { throw workerTrouble }
      let worker = FakeWorker(
        files: Files(calls: calls), outbox: bench.options.folders.outbox, rules: rules,
        interfere: { [unowned self] in interfere($0, $1) },
        report: { [unowned self] in mail.append(.worker(number, $0)) })
      workers[number] = worker
      return worker
    }
  }

  /// Ends the workers that have another file than this.
  func endWorker(besides name: FileName) {
    for worker in workers.values where worker.file != name { worker.kill() }
  }

  var spool: SpoolStateMachine { get throws { try #require(opened, "the daemon is gone") } }
  var counters: SpoolCounters { opened?.refreshedCounters() ?? SpoolCounters() }

  func tell(_ message: SpoolStateMachine.Message) { mail.append(message) }

  /// One step of the spool, and one of every worker.
  ///
  /// - Returns: when it wants to be called again; nil where it has finished.
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

  /// Lets time pass, as fast as nobody has anything to do, until it is over, the spool has finished,
  /// or `isEnough`.
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

  /// Runs until so many files have a verdict and none is left.
  func run(untilJudged count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
    run(
      for: .seconds(4000),
      until: {
        let counters = $0.counters
        return counters.done + counters.failed + counters.skipped >= count
          && counters.queued == 0 && counters.working == 0
      }, sourceLocation: sourceLocation)
  }

  /// Steps on the spot until `isEnough`; no time passes.
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

  /// Ends as if killed: nothing is done any more, and the kernel lets the locks go.
  func die() {
    opened = nil
    workers = [:]
    mail = []
  }
}

/// What a daemon says.
final class BenchLog: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

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

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
