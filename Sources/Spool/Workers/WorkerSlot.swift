import AtomicFiles

/// One worker and what it does.
struct WorkerSlot {
  let worker: any Worker
  /// The file it has; nil where it waits for one.
  var file: FileName?
  var filesDone = 0
  var idleSince: ContinuousClock.Instant
  /// Started under rules that have changed since.
  var isOutdated = false
  /// Killed or let go by the spool itself: its end is nobody's fault.
  var isDismissed = false
}
