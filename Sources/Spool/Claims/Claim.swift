import AtomicFiles
import SystemPackage

/// A file that this daemon has taken from the inbox, until it is put away or given back.
struct Claim {
  enum State {
    /// A worker has it.
    case working(worker: Int)
    /// A worker has read it, and waits because another file with the same content is in work. The
    /// outcome of that file decides whether this one is worked on.
    case held(worker: Int)
    /// It has no worker; it is begun or tried again after `until`.
    case waiting(until: ContinuousClock.Instant)
    /// The outcome is known, but the file could not be put away so far. That is tried again after
    /// `until`.
    case decided(Outcome, until: ContinuousClock.Instant)
    /// The outcome is known, and the file is on its way to the done or the failed folder.
    case puttingAway(Outcome)
  }

  enum Outcome: Sendable {
    case done
    case failed(FailureReason)
  }

  let path: FilePath
  /// The file's stamp when it was taken. If it changed since and could not be given back, the newer
  /// stamp.
  var stamp: Files.Stamp
  var state: State
  var run: FileRun
  /// How often the work, or putting the file away, has failed for a reason that may pass.
  var failures = 0
  /// How often its work was ended because it exceeded what one file may take.
  var excesses = 0
  /// Whether it is worked on while no other file is, since its work has exceeded a budget: so that only
  /// a file is given up that exceeds it alone.
  var needsToBeAlone = false
  /// Whether the worker for small files does not take it, as it takes more than that one may.
  var needsOrdinaryWorker = false
  /// The resource outside this machine that it needs, such as a model server, or `WorkReport.languageModelHere`;
  /// nil if none is known.
  var resource: String?
  /// Whether it waits because of a fault of the program, a model or the machine.
  var isFaulty = false
  let claimedAt: ContinuousClock.Instant
  /// How far its worker has come; nil until it says so.
  var progress: WorkProgress?
  /// When a worker last began it; if none has, when it was claimed.
  var begunAt: ContinuousClock.Instant
  /// When its worker last reported, or was last given an order.
  var progressAt: ContinuousClock.Instant

  /// The number of the worker that has the file; nil if none has.
  var worker: Int? {
    switch state {
    case .working(let worker), .held(let worker): worker
    case .waiting, .decided, .puttingAway: nil
    }
  }

  /// Whether it has no worker and may be begun by now.
  func isDue(at now: ContinuousClock.Instant) -> Bool {
    if case .waiting(let until) = state { until <= now } else { false }
  }

  /// Whether its work takes this machine's memory and time: it waits for nothing outside.
  var isLocal: Bool { resource == nil || resource == WorkReport.languageModelHere }

  /// Identifies the content: its digest, or name, size and time of change until the file is read.
  var contentIdentity: String {
    run.digest ?? "\(run.name)/\(stamp.size)/\(stamp.modified)"
  }
}
