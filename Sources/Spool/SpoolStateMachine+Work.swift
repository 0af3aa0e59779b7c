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
    let claim = { self.nextClaim(for: .ordinary) }
    let arrival = { self.takeNextArrival(from: \.ready) }
    while canBeginAnother {
      let next = pause == nil ? claim() ?? arrival() : arrival() ?? claim()
      guard let name = next else { break }
      begin(name, with: .ordinary)
    }
    startSmallFile()
    if isInboxLarger, arrivals.count < options.arrivalLimit / 2 { nextScan = now }
  }

  /// Whether an ordinary worker may begin another file. Files that wait for a resource such as a model
  /// server have places of their own, so that a server that hangs delays no file that does not need it.
  var canBeginAnother: Bool {
    let working = localWork
    if working.contains(where: \.needsToBeAlone) { return false }
    let isAwaited = claims.values.contains { $0.needsToBeAlone && $0.isDue(at: now) }
    if isAwaited, !working.isEmpty { return false }
    // During a pause nothing is begun; after it one file, as a probe, until one succeeds and so ends it.
    if let pause { return pause.until <= now && working.isEmpty }
    return working.count { kind(ofWorkerWith: $0) == .ordinary } < options.jobs
  }

  /// The claims in work that wait for nothing outside this machine.
  var localWork: [Claim] { claims.values.filter { $0.worker != nil && $0.isLocal } }

  /// The claim that has been due for the longest time, of those that a kind of worker may begin and for which
  /// a condition holds; nil if there is none.
  func nextClaim(
    for kind: WorkerKind, where isFit: (Claim) -> Bool = { _ in true }
  ) -> FileName? {
    var chosen: (name: FileName, until: ContinuousClock.Instant)?
    let isIdle = localWork.isEmpty
    // Ordinary workers also begin what another one has, without a server, in work: it is read and then held.
    let keysInWork = keysInWork { $0.resource != nil || kind == .forSmallFiles }
    for (name, claim) in claims {
      guard case .waiting(let until) = claim.state, claim.isDue(at: now) else { continue }
      // The outcome of the same work decides about this file.
      if let key = claim.run.key, keysInWork.contains(key) { continue }
      guard isIdle || !claim.needsToBeAlone, mayUse(claim.resource, kind), isFit(claim) else {
        continue
      }
      if let best = chosen, best.until <= until { continue }
      chosen = (name, until)
    }
    return chosen?.name
  }

  /// The keys of the files in work for which a condition holds.
  private func keysInWork(where isMeant: (Claim) -> Bool) -> Set<String> {
    Set(claims.values.filter { $0.worker != nil && isMeant($0) }.compactMap(\.run.key))
  }

  /// Whether a file may begin to use a resource: as many at once as there are jobs, and of small files beside
  /// larger ones a single one, as their processes share little memory; during a pause none, and after it one,
  /// as a probe. A file in an ordinary place may always ask a language model on this machine.
  private func mayUse(_ resource: String?, _ kind: WorkerKind) -> Bool {
    guard let resource else { return true }
    if kind == .ordinary, resource == WorkReport.languageModelHere { return true }
    let users = claims.values.filter { $0.worker != nil && $0.resource != nil }
    if kind == .forSmallFiles,
      users.contains(where: { self.kind(ofWorkerWith: $0) == .forSmallFiles })
    {
      return false
    }
    let count = users.count { $0.resource == resource }
    guard let pause = resourcePauses[resource] else { return count < options.jobs }
    return pause.until <= now && count == 0
  }

  /// Claims the next whole file of the inbox, of those in a queue for which a condition holds; nil if there is
  /// none. Files for which it does not hold are taken off the queue.
  func takeNextArrival(
    from queue: ReferenceWritableKeyPath<SpoolStateMachine, ReadyFiles>,
    where isFit: (Arrival) -> Bool = { _ in true }
  ) -> FileName? {
    while let name = self[keyPath: queue].popFirst() {
      guard let arrival = arrivals[name], arrival.isReady, isFit(arrival) else { continue }
      do throws(FileError) {
        if try claim(name, arrival) { return name }
      } catch {
        deferArrival(name, error)
      }
    }
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
      if left.isSameFile(as: stamp) { try removeSecondName(name, of: left, in: owner) }
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
      claimedAt: now, begunAt: now, progressAt: now)
    return true
  }

  /// Removes the name in the inbox of a file that has one in this daemon's own folder too. A program may put
  /// another file under that name at any moment, so it is first moved into the own folder, where no program
  /// does: what is removed is then known. Another file goes back; where its name is taken by then, the next
  /// scan gives it back under the name that it has here.
  private func removeSecondName(
    _ name: FileName, of claimed: Files.Stamp, in owner: OwnerFolder
  ) throws(FileError) {
    let dropped = options.folders.inbox.file(name)
    var number = 2
    do throws(FileError) {
      while try !files.move(dropped, to: owner.path.file(name.numbered(number))) { number += 1 }
    } catch {
      // A user has removed it.
      guard error.code == ENOENT else { throw error }
      return
    }
    let aside = owner.path.file(name.numbered(number))
    if let stamp = try files.stamp(aside), stamp.isSameFile(as: claimed) {
      try files.remove(aside)
    } else {
      _ = try files.move(aside, to: dropped)
    }
  }

  /// Lets an arrival wait for the settling time again.
  private func wait(for name: FileName) {
    let due = now + options.settle
    arrivals[name]?.isReady = false
    arrivals[name]?.dueAt = due
    nextLook = min(nextLook ?? due, due)
  }

  /// Hands a claim to a worker of a kind.
  func begin(_ name: FileName, with kind: WorkerKind) {
    let number: Int
    do throws(FileError) {
      number = try idleWorker(kind)
    } catch {
      if kind == .forSmallFiles { return waitAfterSmallFileWorkerFailed(name, error) }
      pauseWork(FailureReason(error))
      return postpone(name, FailureReason(error))
    }
    guard let slot = workers[number] else { return }
    workers[number]?.file = name
    guard var claim = claims[name] else { return }
    if claim.needsToBeAlone { retireIdleWorkers { _ in true } }
    claim.state = .working(worker: number)
    claim.begunAt = now
    claim.progressAt = now
    claim.progress = nil
    claim.run.state = .working
    claim.run.attempts += 1
    claim.run.nextAttemptAt = nil
    memory.update(claim.run)
    claims[name] = claim
    log.debug(
      "in work",
      metadata: [
        "file": "\(name)", "attempt": "\(claim.run.attempts)", "worker": "\(slot.kind)",
      ])
    slot.worker.send(
      .begin(
        Job(
          path: claim.path.bytes, name: name, stamp: claim.stamp,
          inbox: options.folders.inbox.bytes)))
  }

  /// The number of a worker of a kind without a file, which is made if there is none.
  private func idleWorker(_ kind: WorkerKind) throws(FileError) -> Int {
    let idle = workers.filter {
      $0.value.kind == kind && $0.value.file == nil && !$0.value.isOutdated && !$0.value.isDismissed
    }
    if let number = idle.keys.min() { return number }
    let number = nextWorker
    nextWorker += 1
    workers[number] = WorkerSlot(
      worker: try makeWorker(number, kind), kind: kind, idleSince: now)
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
      slot.isDismissed ? release(name) : workerDied(name, how, slot.kind)
    case .report(let report):
      guard let name = slot.file, let claim = claims[name] else { return }
      take(report, on: name, claim, from: slot)
    }
    // Last, since the event may have brought the outcome that held claims wait for.
    decideHeld()
  }

  private func take(
    _ report: WorkReport, on name: FileName, _ claim: Claim, from slot: WorkerSlot
  ) {
    let worker = slot.worker
    claims[name]?.progressAt = now
    switch report {
    case .progress: break
    case .reached(let progress): claims[name]?.progress = progress
    case .needs(let resource): grant(resource, to: name, slot)
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
    case .tooLarge:
      guard isUnchanged(claim) else { return abandon(name, nil) }
      freeWorker(of: name)
      leaveToOrdinaryWorker(name, because: "it is large once unpacked, or needs more memory")
    }
  }

  /// Lets a file use a resource, or lets it wait until it may.
  private func grant(_ resource: String, to name: FileName, _ slot: WorkerSlot) {
    guard var claim = claims[name] else { return }
    // Not counted among the users yet.
    claims[name]?.resource = nil
    let mayBegin = mayUse(resource, slot.kind)
    claim.resource = resource
    claims[name] = claim
    if mayBegin { return slot.worker.send(.proceed) }
    slot.worker.send(.drop)
    freeWorker(of: name)
    noteWaiting(name)
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
    if let twin, twin.resource != nil || slot.kind == .forSmallFiles {
      // That file may wait for a server for long, or be large itself; neither the workers nor the one for
      // small files wait for it.
      slot.worker.send(.drop)
      freeWorker(of: name)
      noteWaiting(name)
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

  /// Writes into the ledger that a claim waits, so that `emend status` does not show it as in work.
  func noteWaiting(_ name: FileName) {
    claims[name]?.run.state = .waiting
    if let run = claims[name]?.run { memory.update(run) }
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
      let excess = Excess.time(options.stallLimit)
      if slot.kind == .forSmallFiles {
        leaveToOrdinaryWorker(name, because: excess.description)
      } else {
        noteExcess(name, excess)
      }
    }
  }

  /// Ends workers that have had no file for long or are outdated.
  func retireIdleWorkers() {
    retireIdleWorkers { $0.isOutdated || $0.idleSince + SpoolOptions.idleLimit <= now }
  }

  /// Ends those workers without a file for which a condition holds.
  private func retireIdleWorkers(where isMeant: (WorkerSlot) -> Bool) {
    for (number, slot) in workers
    where slot.file == nil && !slot.isDismissed && isMeant(slot) {
      workers[number]?.isDismissed = true
      slot.worker.retire()
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
