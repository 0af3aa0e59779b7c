import Concurrency
import AtomicFiles
import Foundation
import Logging
import SystemPackage

/// The end of a file's way through the spool.
extension SpoolStateMachine {
  // MARK: - Outcomes

  /// Handles the report that a file's results are published.
  func finish(_ name: FileName, _ result: WorkResult) {
    freeWorker(of: name)
    pause = nil
    guard var claim = claims[name] else { return }
    if let resource = claim.resource { resourcePauses[resource] = nil }
    claim.isFaulty = false
    claim.run.state = .done
    claim.run.finishedAt = wallClock()
    claim.run.outputs = result.outputs
    claim.run.records = result.records
    claim.run.rejected = result.rejected
    claim.run.seconds = result.seconds
    claim.run.failureReason = nil
    claims[name] = claim
    memory.update(claim.run)
    if memory.crashes(ofContent: claim.contentIdentity) > 0 {
      memory.clearCrashes(ofContent: claim.contentIdentity)
    }
    counters.done += 1
    counters.records += result.records
    counters.rejected += result.rejected
    for (stage, seconds) in result.seconds { counters.seconds[stage, default: 0] += seconds }
    recentRecords.append((now, result.records))
    log.info(
      "done",
      metadata: [
        "file": "\(name)", "records": "\(result.records)", "rejected": "\(result.rejected)",
        "seconds": "\(String(format: "%.3f", claim.claimedAt.duration(to: now) / .seconds(1)))",
        "output": "\(result.outputs.last ?? "")",
      ])
    for finding in result.findings {
      log.info("found", metadata: ["file": "\(name)", "finding": "\(finding)"])
    }
    putAway(name, .done)
  }

  /// Gives a file the outcome of an earlier file run with the same key, without repeating the work.
  func skip(_ name: FileName, _ outcome: FileRun) {
    guard var claim = claims[name] else { return }
    claim.run.sameAs = outcome.id
    claim.run.finishedAt = wallClock()
    claim.run.outputs = outcome.outputs
    claim.run.state = .skipped
    let other = FileName(bytes: outcome.name)
    if outcome.state == .done {
      claims[name] = claim
      memory.update(claim.run)
      counters.skipped += 1
      log.info(
        "skipped: the same content is done",
        metadata: [
          "file": "\(name)", "same-as": "\(other)", "output": "\(outcome.outputs.last ?? "")",
          "remedy": "emend forget \(other)",
        ])
      return putAway(name, .done)
    }
    claim.run.failureReason = outcome.failureReason
    claims[name] = claim
    memory.update(claim.run)
    let failureReason =
      outcome.failureReason
      ?? FailureReason(
        code: "failed", message: "the same content failed as \(other)",
        remedy: "emend retry \(other), once the cause is gone")
    counters.failed += 1
    log.error(
      "failed: the same content failed before",
      metadata: [
        "file": "\(name)", "same-as": "\(other)", "code": "\(failureReason.code)",
        "reason": "\(failureReason.message)",
      ])
    putAway(name, .failed(failureReason))
  }

  /// Handles the report that a file failed.
  func fail(_ name: FileName, _ failure: WorkFailure) {
    freeWorker(of: name)
    switch failure.kind {
    case .permanent:
      pause = nil
      markFailed(name, failure.failureReason, as: .failed)
    case .file: postpone(name, failure.failureReason)
    case .spool:
      pauseWork(failure.failureReason)
      postpone(name, failure.failureReason)
    case .fault: waitForMending(name, failure.failureReason)
    case .resource: waitForResource(name, failure.failureReason)
    }
  }

  /// Gives a file up: it goes to the failed folder, with the reason beside it.
  private func markFailed(_ name: FileName, _ failureReason: FailureReason, as state: FileRun.State)
  {
    guard var claim = claims[name] else { return }
    claim.run.state = state
    claim.run.finishedAt = wallClock()
    claim.run.failureReason = failureReason
    claims[name] = claim
    memory.update(claim.run)
    counters.failed += 1
    var metadata: Logger.Metadata = [
      "file": "\(name)", "code": "\(failureReason.code)", "reason": "\(failureReason.message)",
      "remedy": "\(failureReason.remedy)",
    ]
    if let line = failureReason.line { metadata["line"] = "\(line)" }
    log.error(state == .quarantined ? "quarantined" : "failed", metadata: metadata)
    putAway(name, .failed(failureReason))
  }

  // MARK: - Workers that die

  /// Handles the death of the worker that had a file, and its kind.
  ///
  /// A file is tried again, alone, after its work has taken more memory than there was; if that happens
  /// again, it is given up. Any other death is a fault of the program or of the machine, and says
  /// nothing about the file. What the worker for small files takes too much of, an ordinary one may.
  func workerDied(_ name: FileName, _ end: WorkerEnd, _ kind: WorkerKind) {
    counters.workerDeaths += 1
    guard let claim = claims[name] else { return }
    claims[name]?.state = .waiting(until: now)
    // The worker only waited for another file with the same content, so this content is not the cause.
    if case .held = claim.state { return }
    if kind == .forSmallFiles {
      if end.isOutOfMemory { return leaveToOrdinaryWorker(name, because: "\(end)") }
      // Less memory may be the cause of a crash, too.
      claims[name]?.needsOrdinaryWorker = true
    }
    if end.isOutOfMemory { return noteExcess(name, .memory(end)) }
    log.error("a worker died", metadata: ["file": "\(name)", "how": "\(end)"])
    waitForMending(
      name,
      FailureReason(
        code: "worker-died", message: "the worker that had this file died: \(end)", line: nil,
        remedy: "check the models (emend model verify) and the machine's memory and disk; please "
          + "report it if it happens with this file alone"))
  }

  /// What a file took too much of.
  enum Excess {
    case memory(WorkerEnd)
    case time(Duration)
    /// It is known from the ledger.
    case earlier

    var description: String {
      switch self {
      case .memory(let end): "\(end)"
      case .time(let limit): "no progress for \(Int(limit / .seconds(1))) s"
      case .earlier: "in earlier runs"
      }
    }
  }

  /// Counts that a file's work took more than one file may, and lets the file be tried again alone; or
  /// gives it up.
  func noteExcess(_ name: FileName, _ excess: Excess) {
    guard let claim = claims[name] else { return }
    let remembered = memory.countCrash(ofContent: claim.contentIdentity)
    claims[name]?.excesses += 1
    claims[name]?.needsToBeAlone = true
    let excesses = max(remembered ?? 0, claim.excesses + 1)
    if excesses >= SpoolOptions.excessLimit {
      return quarantine(name, excesses: excesses, excess)
    }
    log.error(
      "the work was ended; the file is tried once more, alone",
      metadata: ["file": "\(name)", "how": "\(excess.description)"])
  }

  /// Gives a file up that took more than one file may.
  func quarantine(_ name: FileName, excesses: Int, _ excess: Excess) {
    counters.quarantined += 1
    let how =
      switch (excess, options.memoryLimit) {
      case (.memory(.exited(WorkerEnd.memoryStatus)), let limit?):
        "it needs more than \(String(format: "%.1f", limit / 1_073_741_824)) GB of memory"
      default: excess.description
      }
    let (code, remedy) =
      switch excess {
      case .memory, .earlier:
        ("worker-killed", "split the file, add memory or raise --memory, then emend retry \(name)")
      case .time: ("no-progress", "split the file or raise --stall, then emend retry \(name)")
      }
    markFailed(
      name,
      FailureReason(
        code: code,
        message:
          "its work was ended \(excesses) times (\(how)): it takes more than one "
          + "file may",
        remedy: remedy),
      as: .quarantined)
  }

  // MARK: - Failures that may pass

  /// Pauses all work because of a failure that concerns every file. After the pause a single file
  /// probes whether the failure has passed.
  func pauseWork(_ failureReason: FailureReason) {
    let failures = (pause?.failures ?? 0) + 1
    let wait = options.backoff.delay(after: failures, using: &generator)
    if pause == nil {
      log.error(
        "all work is paused until this failure passes",
        metadata: [
          "code": "\(failureReason.code)", "reason": "\(failureReason.message)",
          "remedy": "\(failureReason.remedy)",
        ])
    }
    pause = (now + wait, failures)
  }

  /// Lets a file and all other work wait, because of a fault that is not the file's. Another file that
  /// succeeds ends the pause; this one is tried again later.
  private func waitForMending(_ name: FileName, _ failureReason: FailureReason) {
    claims[name]?.isFaulty = true
    pauseWork(failureReason)
    postpone(name, failureReason)
  }

  /// Lets all files that need a resource wait, because it failed for one of them.
  private func waitForResource(_ name: FileName, _ failureReason: FailureReason) {
    guard var claim = claims[name], let resource = claim.resource else {
      return waitForMending(name, failureReason)
    }
    let failures = (resourcePauses[resource]?.failures ?? 0) + 1
    if failures == 1 {
      log.error(
        "files that need this server wait until it works",
        metadata: [
          "server": "\(resource)", "code": "\(failureReason.code)",
          "reason": "\(failureReason.message)", "remedy": "\(failureReason.remedy)",
        ])
    }
    let until = now + options.backoff.delay(after: failures, using: &generator)
    resourcePauses[resource] = (until, failures)
    // With `endsWhenDrained` the file is given back in the end, as after any other failure.
    if options.endsWhenDrained { return postpone(name, failureReason) }
    counters.retried += 1
    claim.state = .waiting(until: until)
    claim.run.state = .waiting
    claim.run.failureReason = failureReason
    claim.run.nextAttemptAt = wallClock() + now.duration(to: until) / .seconds(1)
    claims[name] = claim
    memory.update(claim.run)
  }

  /// Lets a file wait for its next try. With `endsWhenDrained` it is given back after
  /// `SpoolOptions.drainAttempts`.
  func postpone(_ name: FileName, _ failureReason: FailureReason) {
    guard var claim = claims[name] else { return }
    claim.failures += 1
    counters.retried += 1
    let hasWaitedEnough = (pause?.failures ?? 0) >= SpoolOptions.drainAttempts
    if options.endsWhenDrained, hasWaitedEnough || claim.failures >= SpoolOptions.drainAttempts {
      // The run has waited enough for a failure that concerns every file: it still tries the other
      // files, but without further waits.
      if hasWaitedEnough { pause?.until = now }
      claims[name] = claim
      skippedFiles.insert(name)
      log.error(
        "given back",
        metadata: [
          "file": "\(name)", "code": "\(failureReason.code)", "reason": "\(failureReason.message)",
        ])
      return release(name)
    }
    let wait = options.backoff.delay(after: claim.failures, using: &generator)
    claim.state = .waiting(until: now + wait)
    claim.run.state = .waiting
    claim.run.failureReason = failureReason
    claim.run.nextAttemptAt = wallClock() + wait / .seconds(1)
    claims[name] = claim
    memory.update(claim.run)
    log.warning(
      "tried again later",
      metadata: [
        "file": "\(name)", "code": "\(failureReason.code)", "reason": "\(failureReason.message)",
        "remedy": "\(failureReason.remedy)", "retry-in": "\(Int(wait / .seconds(1)))s",
      ])
  }

  /// Gives a file back that changed while it was in work, as its writer had not finished. Its
  /// results are dropped.
  func abandon(_ name: FileName, _ worker: (any Worker)?) {
    worker?.send(.drop)
    freeWorker(of: name)
    counters.abandoned += 1
    log.warning(
      "changed while it was read; taken again when it is whole", metadata: ["file": "\(name)"])
    release(name)
  }

  /// Gives a claimed file back to the inbox, as if it had not been claimed. One whose outcome is
  /// known is put away in place of that.
  func release(_ name: FileName) {
    guard var claim = claims[name] else { return }
    switch claim.state {
    case .decided(let outcome, _): return putAway(name, outcome)
    case .puttingAway: return
    case .working, .held, .waiting: break
    }
    do throws(FileError) {
      guard let owner else { return }
      guard
        try files.giveBack(
          name, from: owner.path, to: options.folders.inbox, marked: options.usesMarkers)
      else {
        if stopping != nil {
          // Another file in the inbox has the name: this one stays in the owner's folder, and the
          // next daemon gives it back.
          claims[name] = nil
        } else {
          // Another file in the inbox has the name: this one is worked on first, with its present
          // content.
          claim.stamp = try files.stamp(claim.path) ?? claim.stamp
          claim.state = .waiting(until: now + options.settle)
          claims[name] = claim
        }
        return
      }
    } catch {
      // The file or the inbox may be gone. If the file is still there, the next scan or the next
      // daemon gives it back.
      log.debug("not given back", metadata: ["file": "\(name)", "reason": "\(error)"])
    }
    claims[name] = nil
    counters.released += 1
    claim.run.state = .released
    memory.update(claim.run)
    if stopping == nil, !skippedFiles.contains(name) { nextScan = now }
  }

  // MARK: - Putting away

  /// Moves a file whose outcome is known to the done or the failed folder, in the background. If that
  /// fails, only the move is tried again, never the work.
  func putAway(_ name: FileName, _ outcome: Claim.Outcome) {
    guard let claim = claims[name] else { return }
    claims[name]?.state = .puttingAway(outcome)
    let (archive, folders) = (archive, options.folders)
    let reason: [UInt8]? =
      if case .failed(let failureReason) = outcome {
        reason(failureReason, name, claim.run.digest)
      } else { nil }
    inBackground {
      do throws(FileError) {
        let item = Archive.Item(path: claim.path, name: name, digest: claim.run.digest)
        let place =
          if let reason { try archive.put(item, in: folders.failed, because: reason) } else {
            try archive.put(item, in: folders.done)
          }
        return .putAway(name, place: place)
      } catch {
        return .notPutAway(name, error)
      }
    }
  }

  /// Handles what came of putting a file away.
  func take(_ result: BackgroundResult) {
    switch result {
    case .putAway(let name, let place):
      // Left to the next daemon meanwhile.
      guard let claim = claims[name], case .puttingAway = claim.state else { return }
      if place == nil {
        log.warning("the input is gone; its outcome is kept", metadata: ["file": "\(name)"])
      }
      claims[name] = nil
      // A file of the same name may have been dropped while this one was in work.
      if arrivals[name] == nil, (try? files.stamp(options.folders.inbox.file(name))) != nil {
        nextScan = now
      }
    case .notPutAway(let name, let error):
      guard var claim = claims[name], case .puttingAway(let outcome) = claim.state else { return }
      claim.failures += 1
      counters.retried += 1
      if stopping != nil {
        // The ledger has the outcome. The next daemon gives the input back to the inbox, and then
        // skips it.
        claims[name] = nil
        return
      }
      if options.endsWhenDrained, claim.failures >= SpoolOptions.drainAttempts {
        skippedFiles.insert(name)
        claims[name] = nil
        log.error("not put away", metadata: ["file": "\(name)", "reason": "\(error)"])
        return
      }
      let wait = options.backoff.delay(after: claim.failures, using: &generator)
      claim.state = .decided(outcome, until: now + wait)
      claims[name] = claim
      log.warning(
        "the outcome is known, but the input cannot be put away yet",
        metadata: [
          "file": "\(name)", "reason": "\(error.operation): \(error.reason)",
          "remedy": "\(error.remedy)", "retry-in": "\(Int(wait / .seconds(1)))s",
        ])
    }
  }

  /// Leaves the files that are still on their way to the done or the failed folder, as the time for
  /// stopping is over.
  func leavePutAways() {
    for (name, claim) in claims {
      if case .puttingAway = claim.state { claims[name] = nil }
    }
  }

  /// Tries again to put away the files whose outcome is known.
  func retryClaims() {
    for (name, claim) in claims {
      if case .decided(let outcome, let until) = claim.state, until <= now {
        putAway(name, outcome)
      }
    }
  }

  /// The content of `NAME.error.json`. It has no times, so it is the same whenever the file fails
  /// for the same reason.
  private func reason(_ failureReason: FailureReason, _ name: FileName, _ digest: String?)
    -> [UInt8]
  {
    struct Reason: Encodable {
      var file: String
      var digest: String?
      var code: String
      var message: String
      var line: Int?
      var remedy: String
      var findings: [String]?
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let reason = Reason(
      file: name.description, digest: digest, code: failureReason.code,
      message: failureReason.message,
      line: failureReason.line, remedy: failureReason.remedy, findings: failureReason.findings)
    return [UInt8]((try? encoder.encode(reason)) ?? Data("{}".utf8)) + [0x0A]
  }
}
