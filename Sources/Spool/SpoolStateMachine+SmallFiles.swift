import AtomicFiles
import Logging

/// The worker for small files: one process more than `SpoolOptions.jobs`, so that a small file does not wait
/// behind large ones for longer than `SmallFileOptions.delay`.
extension SpoolStateMachine {
  /// Gives a small file to the worker for small files, once the other files have held all places for long
  /// enough.
  func startSmallFile() {
    smallFilesDue = nil
    guard let limits = options.smallFiles, let due = smallFilesBegin(limits) else { return }
    guard due <= now else {
      smallFilesDue = due
      return
    }
    let isFit: (Claim) -> Bool = {
      !$0.needsToBeAlone && !$0.needsOrdinaryWorker && limits.include($0.stamp)
    }
    let claim = { self.nextClaim(for: .forSmallFiles, where: isFit) }
    let arrival = { self.takeNextArrival(from: \.readySmall) { limits.include($0.stamp) } }
    guard let name = pause == nil ? claim() ?? arrival() : arrival() ?? claim() else { return }
    begin(name, with: .forSmallFiles)
  }

  /// From when on a small file may be begun beside the files in work. Nil while it may not: an ordinary worker
  /// can take it, another small file is in work beside them, a file is worked on alone, or all work waits for
  /// a failure to pass. A small file that waits for a server, or asks a language model, delays no other.
  private func smallFilesBegin(_ limits: SmallFileOptions) -> ContinuousClock.Instant? {
    let small = localWork.filter { kind(ofWorkerWith: $0) == .forSmallFiles }
    let working = localWork.filter { kind(ofWorkerWith: $0) == .ordinary }
    guard !working.isEmpty, !canBeginAnother, !working.contains(where: \.needsToBeAlone),
      small.allSatisfy({ $0.resource != nil })
    else { return nil }
    if let pause, pause.until > now { return nil }
    let places = working.map { limits.include($0.stamp) ? $0.begunAt + limits.delay : $0.begunAt }
    return (places + [smallFilesResume].compactMap { $0 }).max()
  }

  /// What the worker is for that has a file; nil if none has it.
  func kind(ofWorkerWith claim: Claim) -> WorkerKind? {
    claim.worker.flatMap { workers[$0]?.kind }
  }

  /// Lets a file wait for an ordinary worker, as it takes more than the worker for small files may. That says
  /// nothing against the file, and nothing is counted.
  func leaveToOrdinaryWorker(_ name: FileName, because reason: String) {
    waitForOrdinaryWorker(name)
    log.info(
      "it takes more than small files may, and waits for another worker",
      metadata: ["file": "\(name)", "how": "\(reason)"])
  }

  /// Lets the file for which no worker for small files could be made wait for an ordinary one, and those after
  /// it for a while. The work of the others goes on, so this pauses nothing.
  func waitAfterSmallFileWorkerFailed(_ name: FileName, _ error: FileError) {
    smallFilesResume = now + SmallFileOptions.retryInterval
    waitForOrdinaryWorker(name)
    log.warning(
      "no worker for small files can be made; they wait for the others",
      metadata: [
        "file": "\(name)", "reason": "\(error.operation): \(error.reason)",
        "remedy": "\(error.remedy)",
      ])
  }

  private func waitForOrdinaryWorker(_ name: FileName) {
    claims[name]?.needsOrdinaryWorker = true
    claims[name]?.state = .waiting(until: now)
    noteWaiting(name)
  }
}

extension SmallFileOptions {
  /// Whether a file is small. The size of what a link leads to is not known before it is read.
  func include(_ stamp: Files.Stamp) -> Bool { stamp.kind == .file && stamp.size <= largestSize }
}
