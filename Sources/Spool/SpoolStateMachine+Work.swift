import AtomicFiles
import Foundation
import Logging
import SystemPackage

/// Claims, and the conversation with workers.
extension SpoolStateMachine {
  // MARK: - Starting

  /// Gives idle workers something to do: first what waits to be tried again, then the oldest arrival.
  /// While work is paused the other way round: a file that has not failed yet may not need what is
  /// missing.
  func startWork() {
    while claims.values.count(where: { $0.worker != nil }) < jobsAllowed {
      let next =
        pause == nil ? nextClaim() ?? takeNextArrival() : takeNextArrival() ?? nextClaim()
      guard let name = next else { break }
      begin(name)
    }
    if isInboxLarger, arrivals.count < options.arrivalLimit / 2 { nextScan = now }
  }

  /// None while work is paused; one, as a probe, until the trouble is known to be over.
  private var jobsAllowed: Int {
    guard let pause else { return options.jobs }
    return pause.until <= now ? 1 : 0
  }

  /// A claim whose time to be tried again has come.
  private func nextClaim() -> FileName? {
    var chosen: (name: FileName, until: ContinuousClock.Instant)?
    for (name, claim) in claims {
      guard case .waiting(let until) = claim.state, until <= now else { continue }
      if let best = chosen, best.until <= until { continue }
      chosen = (name, until)
    }
    return chosen?.name
  }

  /// Takes the next whole file from the inbox.
  private func takeNextArrival() -> FileName? {
    while readyStart < ready.count {
      let name = ready[readyStart]
      readyStart += 1
      if readyStart > 4096, readyStart * 2 > ready.count {
        ready.removeFirst(readyStart)
        readyStart = 0
      }
      guard let arrival = arrivals[name], arrival.isReady else { continue }
      do throws(FileError) {
        if try claim(name, arrival) { return name }
      } catch {
        deferArrival(name, error)
      }
    }
    ready = []
    readyStart = 0
    return nil
  }

  /// Makes a file this daemon's own, in one step that only one daemon can take.
  /// - Returns: false where it is gone, or not whole after all.
  private func claim(_ name: FileName, _ arrival: Arrival) throws(FileError) -> Bool {
    let dropped = options.folders.inbox.file(name)
    guard let stamp = try files.stamp(dropped) else {
      arrivals[name] = nil
      return false
    }
    guard stamp.isUnchanged(since: arrival.stamp) else {
      arrivals[name]?.stamp = stamp
      wait(for: name)
      return false
    }
    if try owner?.isInPlace() != true { try renewOwner() }
    guard let owner else { return false }
    let path = owner.path.file(name)
    var isMoved = false
    do throws(FileError) {
      isMoved =
        try stamp.kind == .link ? claimLink(dropped, as: path) : files.move(dropped, to: path)
    } catch {
      // Another daemon was faster, or somebody took the file away.
      guard error.code == ENOENT, try files.stamp(dropped) == nil else { throw error }
      arrivals[name] = nil
      return false
    }
    if !isMoved {
      // Where something of that name lies in this daemon's own folder, left by a claim or a return
      // that failed half-way, that comes first.
      guard let left = try files.stamp(path) else {
        arrivals[name] = nil
        return false
      }
      var isCopy = left.isSameFile(as: stamp)
      if stamp.kind == .link, let target = try openLink(dropped) {
        isCopy = try files.haveEqualContent(path, target)
      }
      if isCopy { try files.remove(dropped) }
    } else if options.usesMarkers {
      try? files.remove(options.folders.inbox.file(name.marker))
    }
    // What is moved is claimed, whether or not it can be looked at.
    let claimed = ((try? files.stamp(path)) ?? nil) ?? stamp
    arrivals[name] = nil
    counters.seen += 1
    claims[name] = Claim(
      path: path, stamp: claimed, state: .waiting(until: now),
      run: memory.begin(
        FileRun(
          name: name.bytes, size: claimed.size, owner: owner.identity.name, seenAt: arrival.seenAt,
          claimedAt: wallClock())),
      claimedAt: now)
    return true
  }

  /// Looks at an arrival again once it has had time to settle.
  private func wait(for name: FileName) {
    let due = now + options.settle
    arrivals[name]?.isReady = false
    arrivals[name]?.dueAt = due
    nextLook = min(nextLook ?? due, due)
  }

  /// What is behind a link is copied, and the link goes: the archive then holds the content itself.
  private func claimLink(_ link: FilePath, as path: FilePath) throws(FileError) -> Bool {
    guard let owner, let target = try openLink(link) else { return false }
    let hidden = try HiddenFile(in: owner.path, files: files)
    defer { hidden.discard() }
    try hidden.copy(target)
    guard try files.name(hidden.path, as: path) else { return false }
    try files.remove(link)
    return true
  }

  /// Hands a claim to a worker.
  private func begin(_ name: FileName) {
    let number: Int
    do throws(FileError) {
      number = try idleWorker()
    } catch {
      pauseWork(FailureReason(error))
      return postpone(name, FailureReason(error))
    }
    guard let slot = workers[number] else { return }
    workers[number]?.file = name
    guard var claim = claims[name] else { return }
    claim.state = .working(worker: number)
    claim.run.state = .working
    claim.run.attempts += 1
    claim.run.nextAttemptAt = nil
    memory.update(claim.run)
    claims[name] = claim
    log.debug("in work", metadata: ["file": "\(name)", "attempt": "\(claim.run.attempts)"])
    slot.worker.send(.begin(Job(path: claim.path.bytes, name: name)))
  }

  private func idleWorker() throws(FileError) -> Int {
    let idle = workers.filter {
      $0.value.file == nil && !$0.value.isOutdated && !$0.value.isDismissed
    }
    if let number = idle.keys.min() { return number }
    let number = nextWorker
    nextWorker += 1
    workers[number] = WorkerSlot(worker: try makeWorker(number), idleSince: now)
    return number
  }

  // MARK: - Listening

  func take(_ event: WorkerEvent, from number: Int) {
    guard let slot = workers[number] else { return }
    switch event {
    case .ended(let how):
      workers[number] = nil
      guard let name = slot.file else { return }
      slot.isDismissed ? release(name) : workerDied(name, how)
    case .report(let report):
      guard let name = slot.file, let claim = claims[name] else { return }
      take(report, on: name, claim, from: slot.worker)
    }
    // Only now: the verdict that they wait for is known and remembered.
    decideHeld()
  }

  private func take(
    _ report: WorkReport, on name: FileName, _ claim: Claim, from worker: any Worker
  ) {
    switch report {
    case .read(let digest, let key):
      claims[name]?.run.digest = digest
      claims[name]?.run.key = key
      guard isUnchanged(claim) else { return abandon(name, worker) }
      decide(name)
    case .repaired:
      guard isUnchanged(claim) else { return abandon(name, worker) }
      worker.send(.publish)
    case .published(let result):
      finish(name, result)
    case .failed(let failure):
      // A file that somebody is still writing cannot be read as it should; that is no verdict.
      guard isUnchanged(claim) else { return abandon(name, nil) }
      fail(name, failure)
    }
  }

  /// Whether a file that was read is worth repairing, and now.
  private func decide(_ name: FileName) {
    guard let claim = claims[name], let number = claim.worker, let slot = workers[number],
      let key = claim.run.key
    else { return }
    let crashes = memory.crashes(ofContent: claim.contentIdentity)
    if crashes >= SpoolOptions.crashLimit {
      slot.worker.send(.drop)
      freeWorker(of: name)
      return quarantine(name, crashes: crashes, how: "earlier")
    }
    if let outcome = memory.outcome(forKey: key), outcome.id != claim.run.id {
      slot.worker.send(.drop)
      freeWorker(of: name)
      return skip(name, outcome)
    }
    let isTwin = claims.contains { other, twin in
      guard other != name, case .working = twin.state else { return false }
      return twin.run.key == key
    }
    if isTwin {
      claims[name]?.state = .held(worker: number)
    } else {
      claims[name]?.state = .working(worker: number)
      slot.worker.send(.proceed)
    }
  }

  /// Lets those go on that waited for the verdict on the same content.
  private func decideHeld() {
    for (name, claim) in claims {
      if case .held = claim.state { decide(name) }
    }
  }

  /// The worker that had a file is free for the next.
  func freeWorker(of name: FileName) {
    guard let number = claims[name]?.worker, var slot = workers[number] else { return }
    slot.file = nil
    slot.filesDone += 1
    slot.idleSince = now
    if slot.filesDone >= SpoolOptions.filesPerWorker { slot.isOutdated = true }
    workers[number] = slot
    claims[name]?.state = .waiting(until: now)
  }

  /// Whether a claimed file is as it was when it was taken.
  private func isUnchanged(_ claim: Claim) -> Bool {
    do throws(FileError) {
      return try files.stamp(claim.path)?.isUnchanged(since: claim.stamp) ?? false
    } catch {
      // What comes next fails by itself.
      return true
    }
  }

  // MARK: - Ending

  /// Workers that have nothing to do for long, or that serve old rules, go.
  func retireIdleWorkers() {
    for (number, slot) in workers where slot.file == nil && !slot.isDismissed {
      let isIdle = slot.idleSince + SpoolOptions.idleLimit <= now
      if slot.isOutdated || isIdle {
        workers[number]?.isDismissed = true
        slot.worker.retire()
      }
    }
  }

  /// The time to stop is over: work in hand is dropped.
  func endWorkers() {
    for (number, slot) in workers where !slot.isDismissed {
      workers[number]?.isDismissed = true
      slot.worker.kill()
    }
  }

  /// Gives back what nobody works on.
  func releaseIdleClaims() {
    for (name, claim) in claims where claim.worker == nil { release(name) }
  }
}
