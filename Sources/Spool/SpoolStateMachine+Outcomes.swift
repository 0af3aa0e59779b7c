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
      metadata: ["file": "\(name)", "same-as": "\(other)", "reason": "\(failureReason.message)"])
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

  /// Handles the death of the worker that had a file. The file is tried again after the first
  /// death, which may have had another cause, and quarantined after `SpoolOptions.crashLimit`.
  func workerDied(_ name: FileName, _ how: String) {
    counters.workerDeaths += 1
    guard let claim = claims[name] else { return }
    if case .held = claim.state {
      // The worker only waited for another file with the same content, so this content is not the
      // cause.
      claims[name]?.state = .waiting(until: now)
      return
    }
    let remembered = memory.countCrash(ofContent: claim.contentIdentity)
    claims[name]?.deaths += 1
    let crashes = max(remembered ?? 0, claims[name]?.deaths ?? 0)
    claims[name]?.state = .waiting(until: now)
    if crashes >= SpoolOptions.crashLimit { return quarantine(name, crashes: crashes, how: how) }
    log.error(
      "the worker died; the file is tried once more",
      metadata: ["file": "\(name)", "how": "\(how)"])
  }

  /// Gives a file up because workers died over its content.
  func quarantine(_ name: FileName, crashes: Int, how: String) {
    counters.quarantined += 1
    markFailed(
      name,
      FailureReason(
        code: "worker-killed",
        message: "\(crashes) workers died over this file (\(how)), perhaps because memory ran out",
        remedy: "split the file or add memory, then emend retry \(name)"),
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
      log.error("given back", metadata: ["file": "\(name)", "reason": "\(failureReason.message)"])
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
    if case .decided(let outcome, _) = claim.state { return putAway(name, outcome) }
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

  /// Moves a file whose outcome is known to the done or the failed folder. If that fails, only the
  /// move is tried again, never the work.
  func putAway(_ name: FileName, _ outcome: Claim.Outcome) {
    guard var claim = claims[name] else { return }
    do throws(FileError) {
      let place: FileName?
      switch outcome {
      case .done:
        place = try archive.put(claim.path, named: name, in: options.folders.done)
      case .failed(let failureReason):
        place = try archive.put(
          claim.path, named: name, in: options.folders.failed,
          because: reason(failureReason, name, claim.run.digest))
      }
      if place == nil {
        log.warning("the input is gone; its outcome is kept", metadata: ["file": "\(name)"])
      }
      claims[name] = nil
      // A file of the same name may have been dropped while this one was in work.
      if arrivals[name] == nil, (try? files.stamp(options.folders.inbox.file(name))) != nil {
        nextScan = now
      }
    } catch {
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
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let reason = Reason(
      file: name.description, digest: digest, code: failureReason.code,
      message: failureReason.message,
      line: failureReason.line, remedy: failureReason.remedy)
    return [UInt8]((try? encoder.encode(reason)) ?? Data("{}".utf8)) + [0x0A]
  }
}
