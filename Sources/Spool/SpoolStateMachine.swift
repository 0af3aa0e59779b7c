package import AtomicFiles
package import Foundation
package import Logging
import SystemPackage

/// The state machine of a watched folder. It has no threads and no clock of its own: the caller
/// passes messages and the time to `step`, which returns when to call it again. Messages about the
/// inbox are hints only; the state machine looks at the files itself.
///
/// Not thread-safe: one thread calls it.
package final class SpoolStateMachine {
  /// What the caller passes to `step`.
  package enum Message: Sendable {
    /// Something happened in the inbox.
    case hint(FolderHint)
    /// The worker with this number reports something.
    case worker(Int, WorkerEvent)
    /// What came of work in the background.
    case background(BackgroundResult)
    /// The rules have changed: workers are replaced, so that files begun from now on get the new
    /// rules.
    case reload
    /// Finish the work in hand and give the other files back. The second such message ends the work
    /// in hand at once.
    case stop
  }

  /// Makes a worker of a kind. Its reports come back as `Message.worker` with the same number.
  package typealias WorkerMaker = (_ number: Int, _ kind: WorkerKind) throws(FileError) ->
    any Worker

  /// Runs work that may take long on another thread, one after the other; what it returns comes back as
  /// `Message.background`.
  package typealias Background = (_ work: @escaping @Sendable () -> BackgroundResult) -> Void

  /// What came of work in the background.
  package enum BackgroundResult: Sendable {
    /// A claimed file was put away, under the name; nil if the file was gone.
    case putAway(FileName, place: FileName?)
    case notPutAway(FileName, FileError)
  }

  let options: SpoolOptions
  let files: Files
  let log: Logger
  let makeWorker: WorkerMaker
  let inBackground: Background
  let archive: Archive
  /// The ledger. If it cannot be used, the folders alone are enough.
  let memory: SpoolMemory
  var generator: any RandomNumberGenerator
  let wallClock: () -> Date

  /// The folder of this daemon's claims; nil until it could be made.
  var owner: OwnerFolder?
  package internal(set) var counters = SpoolCounters()

  /// The files in the inbox that are not claimed yet.
  var arrivals: [FileName: Arrival] = [:]
  /// The whole files that wait for a worker, the oldest first.
  var ready = ReadyFiles()
  /// The small ones of these; empty if `SpoolOptions.smallFiles` is nil.
  var readySmall = ReadyFiles()
  /// The entries of the inbox that the spool does not take, each of which was logged once; with the
  /// number of the scan that met them last.
  var ignored: [FileName: Int] = [:]
  /// The scan that is not complete yet; nil if there is none.
  var listing: FolderListing?
  var scanNumber = 0
  var claims: [FileName: Claim] = [:]
  var workers: [Int: WorkerSlot] = [:]
  var nextWorker = 1
  /// Set while all work waits because a failure concerns every file: until when, and after how many
  /// failures.
  var pause: (until: ContinuousClock.Instant, failures: Int)?
  /// The resources that have failed: the files that need one wait until then, all of them together.
  /// Afterwards one file at a time is a probe.
  var resourcePauses: [String: (until: ContinuousClock.Instant, failures: Int)] = [:]

  /// When a small file may be begun beside those in work; nil if that depends on something else than time.
  var smallFilesDue: ContinuousClock.Instant?
  /// Until then no worker for small files is made, because the last try failed.
  var smallFilesResume: ContinuousClock.Instant?

  /// The time of the present step.
  var now: ContinuousClock.Instant
  /// When to look through the whole inbox.
  var nextScan: ContinuousClock.Instant
  /// When to look at the next arrival; nil if none waits.
  var nextLook: ContinuousClock.Instant?
  /// Whether the inbox holds more files than `SpoolOptions.arrivalLimit`.
  var isInboxLarger = false
  /// False while the inbox should be watched and cannot be.
  var hasEvents = true
  /// Why the folders cannot be used, as it was logged; nil while they can.
  var inboxError: FileError?
  /// The folders of claims of which, at the last scan, something could not be given back.
  var unreclaimed: Set<FilePath> = []
  /// Whether all folders have been made.
  var isSetUp = false
  /// `counters.seen` at the last scan.
  var seenAtLastScan = 0
  /// Set after a message to stop: when to end the workers, and whether to end them at once.
  var stopping: (deadline: ContinuousClock.Instant, isUrgent: Bool)?
  /// The records of the files published in the last minute.
  var recentRecords: [(at: ContinuousClock.Instant, count: Int)] = []
  let started: ContinuousClock.Instant
  /// With `endsWhenDrained`: the files that this run does not try again.
  var skippedFiles: Set<FileName> = []

  /// Makes the folders. The first step gives back what dead daemons had claimed, and looks through
  /// the inbox.
  ///
  /// - Throws: `FileError` if the folders cannot be made; a daemon waits for an error that may
  ///   pass, so it throws only others. `InboxLocked` if another daemon serves the inbox into
  ///   another outbox.
  package init(
    options: SpoolOptions, files: Files = Files(), memory: SpoolMemory, log: Logger,
    now: ContinuousClock.Instant, wallClock: @escaping () -> Date = { Date() },
    generator: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    inBackground: @escaping Background, makeWorker: @escaping WorkerMaker
  ) throws {
    self.options = options
    self.files = files
    self.memory = memory
    self.log = log
    self.now = now
    self.wallClock = wallClock
    self.generator = generator
    self.makeWorker = makeWorker
    self.inBackground = inBackground
    archive = Archive(files: files)
    nextScan = now
    started = now
    do {
      try refuseOtherOutbox()
      try setUp()
    } catch let error as FileError {
      // A daemon waits until a failure has passed; a wrong path (ENOTDIR) does not pass.
      if options.endsWhenDrained || !error.isTransient || error.code == ENOTDIR { throw error }
      logInboxError(error)
    }
  }

  /// Makes the folders, and the folder for this daemon's claims.
  func setUp() throws(FileError) {
    let folders = options.folders
    for folder in [folders.inbox, folders.outbox] { try files.makeFolder(folder) }
    try files.makePrivateFolder(folders.claimed)
    for folder in [folders.done, folders.failed] { try files.makeArchiveFolder(folder) }
    try renewOwner()
    removeAbandonedFiles()
    isSetUp = true
  }

  /// Notes that the folders cannot be used for now, and logs it unless it was the last such error.
  func logInboxError(_ error: FileError) {
    if inboxError?.code != error.code {
      log.error(
        "the folders cannot be used; tried again until they can",
        metadata: [
          "path": "\(error.path)", "reason": "\(error.reason)", "remedy": "\(error.remedy)",
        ])
    }
    inboxError = error
  }

  /// Handles the messages, then does all that is due.
  ///
  /// - Returns: when to call this again at the latest; nil once the run is finished.
  package func step(_ messages: [Message], at time: ContinuousClock.Instant)
    -> ContinuousClock.Instant?
  {
    now = time
    for message in messages { take(message) }
    if let stopping, stopping.isUrgent || now >= stopping.deadline {
      endWorkers()
      leavePutAways()
    }
    endStuckWork()
    if listing != nil {
      do throws(FileError) { try continueScan() } catch { endScan(error) }
    } else if now >= nextScan {
      scan()
    }
    lookAtArrivals()
    retryClaims()
    if stopping == nil { startWork() } else { releaseIdleClaims() }
    retireIdleWorkers()
    if isFinished { return nil }
    return nextDeadline
  }

  /// The exit status of the run: 1 if a file failed or was given up, 3 if lines were rejected, else
  /// 0.
  package var exitStatus: Int32 {
    if counters.failed > 0 || !skippedFiles.isEmpty { return 1 }
    return counters.rejected > 0 ? 3 : 0
  }

  /// Ends the workers, and removes the folder of this daemon's claims.
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
    case .background(let result): take(result)
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

  /// Whether no work is left. A drain scans the inbox once more if it has taken files since the
  /// last scan.
  private var isFinished: Bool {
    guard claims.isEmpty else { return false }
    if stopping != nil { return true }
    guard options.endsWhenDrained, arrivals.isEmpty, inboxError == nil, listing == nil else {
      return false
    }
    if seenAtLastScan != counters.seen { nextScan = now }
    return !isInboxLarger && nextScan > now
  }

  /// Whether all work waits until a failure has passed.
  package var isPaused: Bool { pause != nil }

  /// Whether the files that need a resource wait until it works again.
  func isPaused(_ resource: String?) -> Bool {
    resource.map { resourcePauses[$0] != nil } ?? false
  }

  /// Whether the work on a file has made no progress for half of the time that it may.
  private func isStuck(_ claim: Claim) -> Bool {
    guard case .working = claim.state else { return false }
    return claim.progressAt + options.stallLimit / 2 <= now
  }

  /// When the next thing is due.
  private var nextDeadline: ContinuousClock.Instant {
    if listing != nil { return now }
    var deadline = nextScan
    if let nextLook { deadline = min(deadline, nextLook) }
    if let smallFilesDue, smallFilesDue > now { deadline = min(deadline, smallFilesDue) }
    if let stopping { deadline = min(deadline, stopping.deadline) }
    if let pause, pause.until > now { deadline = min(deadline, pause.until) }
    for claim in claims.values {
      switch claim.state {
      case .waiting(let until), .decided(_, let until):
        // A claim that is due already waits for a worker or for the end of the pause.
        if until > now { deadline = min(deadline, until) }
      case .working:
        deadline = min(deadline, claim.progressAt + options.stallLimit)
      case .held, .puttingAway: break
      }
    }
    for pause in resourcePauses.values where pause.until > now {
      deadline = min(deadline, pause.until)
    }
    return max(deadline, now + .milliseconds(1))
  }

  /// One line for people on the present state.
  package var statusLine: String {
    let gauges = refreshedCounters()
    var text = "\(gauges.done) done, \(gauges.failed) failed, \(gauges.queued) queued"
    if let inboxError { text += "; inbox: \(inboxError.reason)" }
    if let claim = claims.values.first(where: { $0.run.failureReason != nil }),
      let failureReason = claim.run.failureReason
    {
      text += "; waiting: \(failureReason.messageWithoutContent)"
    }
    return text
  }

  /// The counters, after an update of those that describe the present.
  package func refreshedCounters() -> SpoolCounters {
    counters.working = claims.values.count { $0.worker != nil }
    counters.progress = claims.filter { $0.value.worker != nil }.compactMapValues(\.progress)
    let waiting = claims.count - counters.working
    let obstructed = arrivals.values.count { $0.obstacle != nil }
    counters.waiting = waiting + obstructed
    counters.obstructed = claims.values.count {
      $0.isFaulty || $0.excesses > 0 || isPaused($0.resource) || isStuck($0)
    }
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
