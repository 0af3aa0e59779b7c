import AtomicFiles

/// A worker and its present work.
struct WorkerSlot {
  let worker: any Worker
  let kind: WorkerKind
  /// The file that it has; nil while it waits for one.
  var file: FileName?
  var filesDone = 0
  var idleSince: ContinuousClock.Instant
  /// Whether to replace it: its rules have changed since it started, or it has had enough files.
  var isOutdated = false
  /// Whether the spool itself has killed or retired it, so that its end is not counted as a death.
  var isDismissed = false
}
