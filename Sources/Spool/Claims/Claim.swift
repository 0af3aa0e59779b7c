import AtomicFiles
import SystemPackage

/// A file that is this daemon's, from the moment it was taken until it is put away.
struct Claim {
  enum State {
    /// With a worker.
    case working(worker: Int)
    /// Read, and the same content under another name is in work: waits for its verdict.
    case held(worker: Int)
    /// To be tried again.
    case waiting(until: ContinuousClock.Instant)
    /// Judged; only putting it away is left, which failed so far.
    case decided(Outcome, until: ContinuousClock.Instant)
  }

  enum Outcome {
    case done
    case failed(FailureReason)
  }

  let path: FilePath
  /// What the file was when it was taken, or last looked at anew.
  var stamp: Files.Stamp
  var state: State
  var run: FileRun
  var failures = 0
  /// Workers that died over it.
  var deaths = 0
  let claimedAt: ContinuousClock.Instant

  var worker: Int? {
    switch state {
    case .working(let worker), .held(let worker): worker
    case .waiting, .decided: nil
    }
  }

  /// What tells this content from others where its digest is not known yet.
  var contentIdentity: String {
    run.digest ?? "\(run.name)/\(stamp.size)/\(stamp.modified)"
  }
}
