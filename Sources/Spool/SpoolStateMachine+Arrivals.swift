import Concurrency
import AtomicFiles
import Foundation
import Logging
import SystemPackage

/// The files in the inbox, until they are claimed.
extension SpoolStateMachine {
  /// Handles an event in the inbox.
  func take(_ hint: FolderHint) {
    switch hint {
    case .written(let name): noteArrival(FileName(bytes: name), .closed)
    case .movedIn(let name): noteArrival(FileName(bytes: name), .moved)
    case .appeared(let name): noteArrival(FileName(bytes: name), .created)
    case .removed(let name):
      let name = FileName(bytes: name)
      // A name in `ready` stays there; `claim` finds that its file is gone.
      if arrivals[name]?.isReady == false { arrivals[name] = nil }
      ignored[name] = nil
    case .overflow:
      counters.overflows += 1
      log.warning("events were lost; the inbox is scanned")
      nextScan = now
    case .folderGone:
      log.warning("the inbox is gone; work goes on when it is there again")
      nextScan = now
    case .watching:
      hasEvents = true
      nextScan = now
    case .unavailable(let reason):
      hasEvents = false
      log.warning(
        "events are not available; the inbox is scanned instead",
        metadata: ["reason": "\(reason)"])
      nextScan = now
    }
  }

  // MARK: - Scanning

  /// Begins to look through the whole inbox.
  func scan() {
    counters.rescans += 1
    seenAtLastScan = counters.seen
    nextScan =
      now
      + (hasEvents
        ? options.rescanInterval
        : min(options.rescanInterval, SpoolOptions.rescanIntervalWithoutEvents))
    do throws(FileError) {
      if !isSetUp { try setUp() }
      reclaim()
      listing = try FolderListing(options.folders.inbox, files: files)
      scanNumber += 1
      isInboxLarger = false
      try continueScan()
    } catch {
      endScan(error)
    }
  }

  /// Looks at the next names of the inbox; at no more than a step may take time for.
  func continueScan() throws(FileError) {
    guard let listing else { return }
    for name in try listing.next(SpoolOptions.namesPerStep) {
      arrivals[name]?.scanNumber = scanNumber
      if ignored[name] != nil { ignored[name] = scanNumber }
      guard arrivals[name] == nil && claims[name] == nil else { continue }
      if arrivals.count >= options.arrivalLimit {
        isInboxLarger = true
      } else {
        noteArrival(name, .found)
      }
    }
    guard listing.isComplete else { return }
    self.listing = nil
    if inboxError != nil { log.info("the inbox is there again") }
    inboxError = nil
    // What this scan has not met, and was not noted since, is gone.
    arrivals = arrivals.filter { $0.value.isReady || $0.value.scanNumber == scanNumber }
    ignored = ignored.filter { $0.value == scanNumber }
  }

  /// Ends a scan that failed; the inbox is looked through again soon.
  func endScan(_ error: FileError) {
    listing = nil
    logInboxError(error)
    if error.code == ENOENT { arrivals = [:] }
    nextScan = now + min(options.rescanInterval, .seconds(1))
  }

  /// Notes a name in the inbox: as an arrival, unless it is ignored, claimed or unfinished.
  private func noteArrival(_ name: FileName, _ origin: Arrival.Origin) {
    if SpoolFolders.ownNames.contains(name) || name.isHidden || name.isUnfinished { return }
    if options.usesMarkers, let marked = name.markedDataset {
      // A scan meets the dataset itself.
      if origin != .found { noteArrival(marked, .closed) }
      return
    }
    guard claims[name] == nil, stopping == nil, !skippedFiles.contains(name) else { return }
    if arrivals[name] == nil, arrivals.count >= options.arrivalLimit {
      isInboxLarger = true
      return
    }
    let stamp: Files.Stamp
    do throws(FileError) {
      guard let found = try files.stamp(options.folders.inbox.file(name)) else { return }
      if let reason = InboxEntry.reasonToIgnore(name, found, usesMarkers: options.usesMarkers) {
        ignore(name, reason)
        return
      }
      if options.usesMarkers, try files.stamp(options.folders.inbox.file(name.marker)) == nil {
        return
      }
      stamp = found
    } catch {
      // The next scan looks at it again.
      nextScan = min(nextScan, now + options.backoff.first)
      return
    }
    // A hard link is made without being opened, so no closing will follow.
    let origin: Arrival.Origin =
      origin == .created && stamp.links > 1 ? .found : origin
    let isNew = arrivals[name] == nil
    var arrival =
      arrivals[name]
      ?? Arrival(
        stamp: stamp, seenAt: wallClock(), unchangedSince: now, origin: origin, dueAt: now,
        scanNumber: scanNumber)
    if !isNew {
      // It waits in `ready` already; `claim` checks whether it has changed.
      guard !arrival.isReady else { return }
      arrival.unchangedSince = now
      arrival.stamp = stamp
      arrival.origin = origin
      arrival.obstacle = nil
    }
    let isWhole = origin == .moved || options.usesMarkers
    arrival.dueAt = isWhole && stamp.kind == .file ? now : now + options.settle
    arrivals[name] = arrival
    nextLook = min(nextLook ?? arrival.dueAt, arrival.dueAt)
  }

  /// Logs once that an entry of the inbox is not taken.
  func ignore(_ name: FileName, _ reason: String) {
    // The set is bounded; after it was emptied, a name may be logged twice.
    if ignored.count >= 10_000 { ignored = [:] }
    guard ignored.updateValue(scanNumber, forKey: name) == nil, name != FileName("README.md") else {
      return
    }
    log.warning("ignored", metadata: ["file": "\(name)", "reason": "\(reason)"])
  }

  // MARK: - Settling

  /// Moves the arrivals that are whole to `ready`, sorted by their time of change.
  func lookAtArrivals() {
    guard let due = nextLook, due <= now else { return }
    nextLook = nil
    var whole: [(name: FileName, modified: Int64)] = []
    for (name, arrival) in arrivals where !arrival.isReady {
      if arrival.dueAt > now {
        nextLook = min(nextLook ?? arrival.dueAt, arrival.dueAt)
      } else if isWhole(name, arrival) {
        arrivals[name]?.isReady = true
        whole.append((name, arrival.stamp.modified))
      } else if let again = arrivals[name]?.dueAt {
        nextLook = min(nextLook ?? again, again)
      }
    }
    // Each call looks at all arrivals. Without this pause, many arrivals that are due at slightly
    // different times would cost quadratic time.
    if let look = nextLook { nextLook = max(look, now + .milliseconds(20)) }
    whole.sort { ($0.modified, $0.name.description) < ($1.modified, $1.name.description) }
    ready.append(whole.map(\.name))
    guard let limits = options.smallFiles else { return }
    // Those that an ordinary worker took meanwhile, so that the list does not grow without end.
    readySmall.dropFirst { arrivals[$0]?.isReady != true }
    readySmall.append(whole.lazy.map(\.name).filter { self.isSmallArrival($0, limits) })
  }

  private func isSmallArrival(_ name: FileName, _ limits: SmallFileOptions) -> Bool {
    arrivals[name].map { limits.include($0.stamp) } ?? false
  }

  /// Whether an arrival that is due is whole. If not, sets when to look at it again, or drops it.
  private func isWhole(_ name: FileName, _ arrival: Arrival) -> Bool {
    do throws(FileError) {
      let path = options.folders.inbox.file(name)
      guard let stamp = try files.stamp(path) else {
        arrivals[name] = nil
        return false
      }
      guard stamp.isUnchanged(since: arrival.stamp) else {
        arrivals[name]?.stamp = stamp
        arrivals[name]?.unchangedSince = now
        arrivals[name]?.dueAt = now + options.settle
        return leaveIfTooLong(name, arrival)
      }
      if stamp.kind == .link {
        if try InboxEntry.isLinkInside(path, options.folders.inbox, files) { return true }
        arrivals[name] = nil
        ignore(name, InboxEntry.reasonOfOutsideLink)
        return false
      }
      if stamp.size == 0, arrival.origin != .moved, !options.usesMarkers {
        return waitForContent(name)
      }
      // Opened before it is claimed, so that a file that cannot be read stays in the inbox.
      guard let (descriptor, _) = try files.openRegular(path) else {
        arrivals[name] = nil
        ignore(name, "it is neither a file nor a link to one")
        return false
      }
      defer { files.close(descriptor) }
      guard arrival.origin != .moved else { return true }
      let isOpen =
        files.isOpenForWriting(descriptor)
        ?? (arrival.origin == .created
          && now < arrival.unchangedSince + SpoolOptions.longestPause)
      if isOpen {
        arrivals[name]?.dueAt = now + options.settle
        return leaveIfTooLong(name, arrival)
      }
      return true
    } catch {
      deferArrival(name, error)
      return false
    }
  }

  /// With `endsWhenDrained`: leaves a file in the inbox that is still being written after
  /// `SpoolOptions.drainSettles` settling times.
  ///
  /// - Returns: false, as the file is not whole.
  private func leaveIfTooLong(_ name: FileName, _ arrival: Arrival) -> Bool {
    guard options.endsWhenDrained,
      arrival.seenAt + options.settle / .seconds(1) * Double(SpoolOptions.drainSettles)
        < wallClock()
    else { return false }
    leave(name, "it is still being written")
    return false
  }

  /// Leaves a file in the inbox for the rest of this run.
  func leave(_ name: FileName, _ reason: String) {
    arrivals[name] = nil
    skippedFiles.insert(name)
    log.error("left in the inbox", metadata: ["file": "\(name)", "reason": "\(reason)"])
  }

  /// Lets a file without a byte wait for its content, and logs once that it does. Events tell when it is
  /// filled; it is looked at from time to time too.
  ///
  /// - Returns: false, as the file is not whole.
  private func waitForContent(_ name: FileName) -> Bool {
    if options.endsWhenDrained {
      leave(name, InboxEntry.reasonToWaitForContent)
      return false
    }
    arrivals[name]?.dueAt = now + max(options.settle, SpoolOptions.rescanIntervalWithoutEvents)
    if arrivals[name]?.isKnownToBeEmpty == false {
      arrivals[name]?.isKnownToBeEmpty = true
      log.info(
        "waits for content",
        metadata: ["file": "\(name)", "reason": "\(InboxEntry.reasonToWaitForContent)"])
    }
    return false
  }

  /// Handles an error that keeps a file from being claimed: the file stays in the inbox and is
  /// tried again later. The error is logged, unless it was the last one for the file.
  func deferArrival(_ name: FileName, _ error: FileError) {
    guard var arrival = arrivals[name] else { return }
    arrival.failures += 1
    if options.endsWhenDrained, arrival.failures >= SpoolOptions.drainAttempts {
      leave(name, "\(error.operation): \(error.reason); \(error.remedy)")
      return
    }
    let wait = options.backoff.delay(after: arrival.failures, using: &generator)
    arrival.isReady = false
    arrival.dueAt = now + wait
    if arrival.obstacle?.code != error.code {
      log.warning(
        "cannot be taken yet",
        metadata: [
          "file": "\(name)", "reason": "\(error.operation): \(error.reason)",
          "remedy": "\(error.remedy)", "retry-in": "\(Int(wait / .seconds(1)))s",
        ])
    }
    arrival.obstacle = error
    arrivals[name] = arrival
    counters.retried += 1
    nextLook = min(nextLook ?? arrival.dueAt, arrival.dueAt)
  }
}
