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
  }

  enum Outcome {
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
  /// How many workers died over it.
  var deaths = 0
  let claimedAt: ContinuousClock.Instant

  /// The number of the worker that has the file; nil if none has.
  var worker: Int? {
    switch state {
    case .working(let worker), .held(let worker): worker
    case .waiting, .decided: nil
    }
  }

  /// Identifies the content: its digest, or name, size and time of change until the file is read.
  var contentIdentity: String {
    run.digest ?? "\(run.name)/\(stamp.size)/\(stamp.modified)"
  }
}
