package import AtomicFiles

/// What a daemon has seen and done since it started. The values of the first group only grow; those
/// of the second, from `queued` on, describe the present.
package struct SpoolCounters: Sendable, Equatable {
  /// Files taken from the inbox.
  package var seen = 0
  /// Files that were repaired and published.
  package var done = 0
  /// Files that went to the failed folder.
  package var failed = 0
  /// Files that were not worked on, because a file with the same content was done before.
  package var skipped = 0
  /// Files that are not tried again, because they took more than one file may. `failed` counts them too.
  package var quarantined = 0
  /// How often a file was put off because of a failure that may pass.
  package var retried = 0
  /// Files that were given back to the inbox, because they changed while they were in work.
  package var abandoned = 0
  /// Files that this daemon gave back to the inbox, for whatever reason.
  package var released = 0
  /// Files that were moved back to the inbox from the folder of a daemon that died.
  package var reclaimed = 0
  /// Workers that died.
  package var workerDeaths = 0
  /// How often the kernel lost events.
  package var overflows = 0
  /// How often the whole inbox was looked through.
  package var rescans = 0
  /// Records in published files.
  package var records = 0
  /// Lines that could not be used, in published files.
  package var rejected = 0
  /// Seconds by stage, summed over all files.
  package var seconds: [String: Double] = [:]

  /// Files that wait: those in the inbox that are not claimed yet, and claims without a worker.
  package var queued = 0
  /// Claims that a worker has.
  package var working = 0
  /// How far the work on these has come, as far as their workers said.
  package var progress: [FileName: WorkProgress] = [:]
  /// Claims without a worker, and files in the inbox that an error keeps from being claimed.
  package var waiting = 0
  /// Claims that wait for a fault of the program, a model or the machine to be mended, or for a
  /// resource such as a model server; and those that have taken more than one file may, or make no
  /// progress.
  package var obstructed = 0
  /// Entries of the inbox that the spool does not take.
  package var ignored = 0
  /// Seconds since the oldest file in the inbox or in `claimed` was first seen.
  package var oldestAge = 0.0
  /// Published records a second, over the last minute.
  package var recordsPerSecond = 0.0
  /// Bytes of the ledger's files.
  package var ledgerBytes = 0

  package init() {}
}
