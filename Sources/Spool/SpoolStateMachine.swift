package import AtomicFiles
package import Foundation
package import Logging

/// A watched folder at work. It has no threads and no clock of its own: messages and the time come
/// in through `step`, and it answers when it wants to be called again. Whatever it is told about the
/// inbox is a hint; it looks for itself.
///
/// Not thread-safe: one thread calls it.
package final class SpoolStateMachine {
  package enum Message: Sendable {
    case hint(FolderHint)
    case worker(Int, WorkerEvent)
    /// Rules changed: new work is done under new ones.
    case reload
    /// Finish or give back. The second time: at once.
    case stop
  }

  /// Makes a worker, which reports to the spool by its number.
  package typealias WorkerMaker = (_ number: Int) throws(FileError) -> any Worker

  let options: SpoolOptions
  let files: Files
  let log: Logger
  let makeWorker: WorkerMaker
  let archive: Archive
  /// Nil where it cannot be had; the folders alone are enough.
  let memory: SpoolMemory
  var generator: any RandomNumberGenerator
  let wallClock: () -> Date

  var owner: OwnerFolder?
  package internal(set) var counters = SpoolCounters()

  /// In the inbox, not taken.
  var arrivals: [FileName: Arrival] = [:]
  /// Whole, and waiting for a worker, the oldest first.
  var ready: [FileName] = []
  var readyStart = 0
  /// Said once that they are not for the spool.
  var ignored: Set<FileName> = []
  var claims: [FileName: Claim] = [:]
  var workers: [Int: WorkerSlot] = [:]
  var nextWorker = 1
  /// Work waits for something that concerns every file.
  var pause: (until: ContinuousClock.Instant, failures: Int)?

  var now: ContinuousClock.Instant
  var nextScan: ContinuousClock.Instant
  var nextLook: ContinuousClock.Instant?
  /// Whether the inbox held more than is kept in mind.
  var isInboxLarger = false
  /// False while events were wanted and cannot be had.
  var hasEvents = true
  var inboxError: FileError?
  /// Whether all folders could be made once.
  var isSetUp = false
  var seenAtLastScan = 0
  var stopping: (deadline: ContinuousClock.Instant, isUrgent: Bool)?
  var isReloadWanted = false
  var recentRecords: [(at: ContinuousClock.Instant, count: Int)] = []
  let started: ContinuousClock.Instant
  /// Files given up on, with `endsWhenDrained`.
  var leftBehind: Set<FileName> = []

  /// Sets the folders up, gives back what dead daemons had claimed, and looks through the inbox.
  ///
  /// - Throws: where the folders cannot be made, or, for a daemon, where that will not pass;
  ///   `InboxLocked` where another daemon serves the inbox into another outbox.
  package init(
    options: SpoolOptions, files: Files = Files(), memory: SpoolMemory, log: Logger,
    now: ContinuousClock.Instant, wallClock: @escaping () -> Date = { Date() },
    generator: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    makeWorker: @escaping WorkerMaker
  ) throws {
    self.options = options
    self.files = files
    self.memory = memory
    self.log = log
    self.now = now
    self.wallClock = wallClock
    self.generator = generator
    self.makeWorker = makeWorker
    archive = Archive(files: files)
    nextScan = now
    started = now
    do {
      try refuseOtherOutbox()
      try setUp()
    } catch let error as FileError {
      // A daemon waits for what passes; a wrong path does not.
      if options.endsWhenDrained || !error.isTransient || error.code == ENOTDIR { throw error }
      complain(of: error)
    }
  }

  /// Makes the folders and this daemon's place among them.
  func setUp() throws(FileError) {
    let folders = options.folders
    for folder in [folders.inbox, folders.outbox, folders.claimed, folders.done, folders.failed] {
      try files.makeFolder(folder)
    }
    try renewOwner()
    removeAbandonedFiles()
    isSetUp = true
  }

  /// The inbox cannot be used for now: said once.
  func complain(of error: FileError) {
    if inboxError?.code != error.code {
      log.error(
        "the folders cannot be used; tried again until they can",
        metadata: [
          "path": "\(error.path)", "reason": "\(error.reason)", "remedy": "\(error.remedy)",
        ])
    }
    inboxError = error
  }

  /// Takes messages in, does what is to be done now, and says when to be called again at the latest.
  ///
  /// - Returns: nil where all is finished.
  package func step(_ messages: [Message], at time: ContinuousClock.Instant)
    -> ContinuousClock.Instant?
  {
    now = time
    for message in messages { take(message) }
    if let stopping, stopping.isUrgent || now >= stopping.deadline { endWorkers() }
    if now >= nextScan { scan() }
    lookAtArrivals()
    retryClaims()
    if stopping == nil { startWork() } else { releaseIdleClaims() }
    retireIdleWorkers()
    if isFinished { return nil }
    return nextDeadline
  }

  /// What this run comes to, by the rules of exit codes: 1 where a file failed or was left behind,
  /// 3 where lines were rejected, else 0.
  package var exitStatus: Int32 {
    if counters.failed > 0 || !leftBehind.isEmpty { return 1 }
    return counters.rejected > 0 ? 3 : 0
  }

  /// Ends workers, and takes this daemon's own folder away.
  package func close() {
    for slot in workers.values { slot.worker.kill() }
    do throws(FileError) {
      try owner?.dissolve()
    } catch {
      log.debug("own folder stays", metadata: ["reason": "\(error)"])
    }
    owner = nil
  }

  private func take(_ message: Message) {
    switch message {
    case .hint(let hint): take(hint)
    case .worker(let number, let event): take(event, from: number)
    case .reload:
      log.info("rules are read again")
      for number in workers.keys { workers[number]?.isOutdated = true }
    case .stop:
      let isUrgent = stopping != nil
      stopping = (now + options.stopTimeout, isUrgent)
      let working = claims.values.count { $0.worker != nil }
      log.info(
        isUrgent ? "stopping at once" : "stopping: work in hand is finished",
        metadata: ["working": "\(working)"])
    }
  }

  /// Whether nothing is left to do. A drain looks once more at what came while it worked.
  private var isFinished: Bool {
    guard claims.isEmpty else { return false }
    if stopping != nil { return true }
    guard options.endsWhenDrained, arrivals.isEmpty, inboxError == nil else { return false }
    if seenAtLastScan != counters.seen { nextScan = now }
    return !isInboxLarger && nextScan > now
  }

  /// Whether all work waits for something to pass.
  package var isPaused: Bool { pause != nil }

  private var nextDeadline: ContinuousClock.Instant {
    var deadline = nextScan
    if let nextLook { deadline = min(deadline, nextLook) }
    if let stopping { deadline = min(deadline, stopping.deadline) }
    if let pause, pause.until > now { deadline = min(deadline, pause.until) }
    for claim in claims.values {
      switch claim.state {
      case .waiting(let until), .decided(_, let until):
        // Whose time has come waits for a worker, or for the pause to end.
        if until > now { deadline = min(deadline, until) }
      case .working, .held: break
      }
    }
    return max(deadline, now + .milliseconds(1))
  }

  /// What a person should know at a glance.
  package var statusLine: String {
    let gauges = refreshedCounters()
    var text = "\(gauges.done) done, \(gauges.failed) failed, \(gauges.queued) queued"
    if let inboxError { text += "; inbox: \(inboxError.reason)" }
    if let claim = claims.values.first(where: { $0.run.failureReason != nil }),
      let failureReason = claim.run.failureReason
    {
      text += "; waiting: \(failureReason.message)"
    }
    return text
  }

  /// The counters, with those brought up to date that tell how things are now.
  package func refreshedCounters() -> SpoolCounters {
    counters.working = claims.values.count { $0.worker != nil }
    let waiting = claims.count - counters.working
    let obstructed = arrivals.values.count { $0.obstacle != nil }
    counters.waiting = waiting + obstructed
    counters.queued = arrivals.count + waiting
    counters.ignored = ignored.count
    let oldest = [
      arrivals.values.lazy.map(\.seenAt).min(), claims.values.lazy.map(\.run.seenAt).min(),
    ].compactMap { $0 }.min()
    counters.oldestAge = oldest.map { max(0, wallClock().timeIntervalSince($0)) } ?? 0
    recentRecords.removeAll { $0.at < now - .seconds(60) }
    let span = min(60.0, max(1.0, started.duration(to: now) / .seconds(1)))
    counters.recordsPerSecond = Double(recentRecords.reduce(0) { $0 + $1.count }) / span
    counters.ledgerBytes = memory.sizeInBytes
    return counters
  }
}
