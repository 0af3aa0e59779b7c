import AtomicFiles
import Foundation
import Logging
import SystemPackage

/// Claims files and exchanges messages with workers.
extension SpoolStateMachine {
  // MARK: - Starting

  /// Gives files to workers, up to the limit: first claims that are due for another try, then the
  /// oldest arrival. While work is paused the order is reversed, because a file that has not failed
  /// yet may not need what is missing.
  func startWork() {
    while canBeginAnother {
      let next =
        pause == nil ? nextClaim() ?? takeNextArrival() : takeNextArrival() ?? nextClaim()
      guard let name = next else { break }
      begin(name)
    }
    if isInboxLarger, arrivals.count < options.arrivalLimit / 2 { nextScan = now }
  }

  /// Whether another file may be begun. Files that wait for a resource such as a model server have
  /// places of their own, so that a server that hangs delays no file that does not need it.
  private var canBeginAnother: Bool {
    let working = localWork
    if working.contains(where: \.needsToBeAlone) { return false }
    let isAwaited = claims.values.contains { $0.needsToBeAlone && $0.isDue(at: now) }
    if isAwaited, !working.isEmpty { return false }
    return working.count < jobsAllowed
  }

  /// The claims in work that wait for no resource.
  private var localWork: [Claim] {
    claims.values.filter { $0.worker != nil && $0.resource == nil }
  }

  /// How many files may be in work: none during a pause; after it one, as a probe, until a file
  /// succeeds and so ends the pause.
  private var jobsAllowed: Int {
    guard let pause else { return options.jobs }
    return pause.until <= now ? 1 : 0
  }

  /// The claim that has been due for the longest time; nil if none is due.
  private func nextClaim() -> FileName? {
    var chosen: (name: FileName, until: ContinuousClock.Instant)?
    let isIdle = localWork.isEmpty
    let keysAtServers = keysUsingResources
    for (name, claim) in claims {
      guard case .waiting(let until) = claim.state, claim.isDue(at: now) else { continue }
      // The outcome of the same work decides about this file.
      if let key = claim.run.key, keysAtServers.contains(key) { continue }
      guard isIdle || !claim.needsToBeAlone, mayUse(claim.resource) else { continue }
      if let best = chosen, best.until <= until { continue }
      chosen = (name, until)
    }
    return chosen?.name
  }

  /// The keys of the files in work that use a resource.
  private var keysUsingResources: Set<String> {
    Set(
      claims.values.compactMap { claim in
        guard claim.worker != nil, claim.resource != nil else { return nil }
        return claim.run.key
      })
  }

  /// Whether a file may begin to use a resource: as many at once as there are jobs; during a pause
  /// none, and after it one, as a probe.
  private func mayUse(_ resource: String?) -> Bool {
    guard let resource else { return true }
    let users = claims.values.count { $0.worker != nil && $0.resource == resource }
    guard let pause = resourcePauses[resource] else { return users < options.jobs }
    return pause.until <= now && users == 0
  }

  /// Claims the next whole file of the inbox; nil if there is none.
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

  /// Claims a file: moves it into this daemon's own folder, in one step in which only one daemon
  /// can succeed.
  ///
  /// - Returns: false if the file is gone, or has changed and is not whole.
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
      // A link is moved as it is; the worker replaces it by a copy of its target. So of two daemons
      // only one gets it, and the copy takes no time of this thread.
      isMoved = try files.move(dropped, to: path)
    } catch {
      // Another daemon was faster, or a user has removed the file.
      guard error.code == ENOENT, try files.stamp(dropped) == nil else { throw error }
      arrivals[name] = nil
      return false
    }
    if !isMoved {
      // A file with that name lies in this daemon's own folder, since an earlier claim or return
      // failed half-way. That file is claimed first.
      guard let left = try files.stamp(path) else {
        arrivals[name] = nil
        return false
      }
      if left.isSameFile(as: stamp) { try files.remove(dropped) }
    } else if options.usesMarkers {
      try? files.remove(options.folders.inbox.file(name.marker))
    }
    // The file is moved, so it is claimed, even if its status cannot be read.
    let claimed = ((try? files.stamp(path)) ?? nil) ?? stamp
    arrivals[name] = nil
    counters.seen += 1
    claims[name] = Claim(
      path: path, stamp: claimed, state: .waiting(until: now),
      run: memory.begin(
        FileRun(
          name: name.bytes, size: claimed.size, owner: owner.identity.name, seenAt: arrival.seenAt,
          claimedAt: wallClock())),
      claimedAt: now, progressAt: now)
    return true
  }

  /// Lets an arrival wait for the settling time again.
  private func wait(for name: FileName) {
    let due = now + options.settle
    arrivals[name]?.isReady = false
    arrivals[name]?.dueAt = due
    nextLook = min(nextLook ?? due, due)
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
    claim.progressAt = now
    claim.progress = nil
    claim.run.state = .working
    claim.run.attempts += 1
    claim.run.nextAttemptAt = nil
    memory.update(claim.run)
    claims[name] = claim
    log.debug("in work", metadata: ["file": "\(name)", "attempt": "\(claim.run.attempts)"])
    slot.worker.send(
      .begin(
        Job(
          path: claim.path.bytes, name: name, stamp: claim.stamp,
          inbox: options.folders.inbox.bytes)))
  }

  /// The number of a worker without a file, which is made if there is none.
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

  // MARK: - Reports

  /// Handles what a worker reports.
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
    // Last, since the event may have brought the outcome that held claims wait for.
    decideHeld()
  }

  private func take(
    _ report: WorkReport, on name: FileName, _ claim: Claim, from worker: any Worker
  ) {
    claims[name]?.progressAt = now
    switch report {
    case .progress: break
    case .reached(let progress): claims[name]?.progress = progress
    case .needs(let resource): grant(resource, to: name, worker)
    case .read(let digest, let key, let stamp):
      var claim = claim
      claim.run.digest = digest
      claim.run.key = key
      // The worker has replaced a link by a copy of its target.
      if claim.stamp.kind == .link { claim.stamp = stamp }
      claims[name] = claim
      guard isUnchanged(claim) else { return abandon(name, worker) }
      decide(name)
    case .repaired:
      guard isUnchanged(claim) else { return abandon(name, worker) }
      worker.send(.publish)
    case .published(let result):
      finish(name, result)
    case .failed(let failure):
      // If the file is still being written, the failure says nothing about its final content.
      guard isUnchanged(claim) else { return abandon(name, nil) }
      fail(name, failure)
    }
  }

  /// Lets a file use a resource, or lets it wait until it may.
  private func grant(_ resource: String, to name: FileName, _ worker: any Worker) {
    guard var claim = claims[name] else { return }
    // Not counted among the users yet.
    claims[name]?.resource = nil
    let mayBegin = mayUse(resource)
    claim.resource = resource
    claims[name] = claim
    if mayBegin { return worker.send(.proceed) }
    worker.send(.drop)
    freeWorker(of: name)
    if let pause = resourcePauses[resource] { claims[name]?.state = .waiting(until: pause.until) }
  }

  /// Decides about a file that was read: quarantine it, skip it, hold it back while the same
  /// content is in work, or let its worker proceed.
  private func decide(_ name: FileName) {
    guard let claim = claims[name], let number = claim.worker, let slot = workers[number],
      let key = claim.run.key
    else { return }
    let excesses = memory.crashes(ofContent: claim.contentIdentity)
    if excesses >= SpoolOptions.excessLimit {
      slot.worker.send(.drop)
      freeWorker(of: name)
      return quarantine(name, excesses: excesses, .earlier)
    }
    if let outcome = memory.outcome(forKey: key), outcome.id != claim.run.id {
      slot.worker.send(.drop)
      freeWorker(of: name)
      return skip(name, outcome)
    }
    let twin = claims.first { otherName, other in
      guard otherName != name, case .working = other.state else { return false }
      return other.run.key == key
    }?.value
    if let twin, twin.resource != nil {
      // That file may wait for a server for long; no worker waits for it.
      slot.worker.send(.drop)
      freeWorker(of: name)
    } else if twin != nil {
      claims[name]?.state = .held(worker: number)
    } else {
      claims[name]?.state = .working(worker: number)
      claims[name]?.progressAt = now
      slot.worker.send(.proceed)
    }
  }

  /// Decides again about the files that wait because the same content was in work.
  private func decideHeld() {
    for (name, claim) in claims {
      if case .held = claim.state { decide(name) }
    }
  }

  /// Frees the worker that had a file for the next one.
  func freeWorker(of name: FileName) {
    guard let number = claims[name]?.worker, var slot = workers[number] else { return }
    slot.file = nil
    slot.filesDone += 1
    slot.idleSince = now
    if slot.filesDone >= SpoolOptions.filesPerWorker { slot.isOutdated = true }
    workers[number] = slot
    claims[name]?.state = .waiting(until: now)
  }

  /// Whether a claimed file has not changed since it was claimed.
  private func isUnchanged(_ claim: Claim) -> Bool {
    do throws(FileError) {
      return try files.stamp(claim.path)?.isUnchanged(since: claim.stamp) ?? false
    } catch {
      // The next step of the work fails in its own way.
      return true
    }
  }

  // MARK: - Ending

  /// Ends the work on files that have made no progress for too long.
  func endStuckWork() {
    for (name, claim) in claims {
      guard case .working(let number) = claim.state, let slot = workers[number], !slot.isDismissed,
        claim.progressAt + options.stallLimit <= now
      else { continue }
      // A new worker takes the file; the end of this one is no news any more.
      workers[number]?.isDismissed = true
      workers[number]?.file = nil
      slot.worker.kill()
      claims[name]?.state = .waiting(until: now)
      noteExcess(name, .time(options.stallLimit))
    }
  }

  /// Ends workers that have had no file for long or are outdated.
  func retireIdleWorkers() {
    for (number, slot) in workers where slot.file == nil && !slot.isDismissed {
      let isIdle = slot.idleSince + SpoolOptions.idleLimit <= now
      if slot.isOutdated || isIdle {
        workers[number]?.isDismissed = true
        slot.worker.retire()
      }
    }
  }

  /// Kills all workers, as the time for stopping is over. Their work is dropped.
  func endWorkers() {
    for (number, slot) in workers where !slot.isDismissed {
      workers[number]?.isDismissed = true
      slot.worker.kill()
    }
  }

  /// Gives back the claims that no worker has.
  func releaseIdleClaims() {
    for (name, claim) in claims where claim.worker == nil { release(name) }
  }
}
