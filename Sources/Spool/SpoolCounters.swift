/// What a daemon has seen and done since it started. All only grow but the last group, which is as of
/// now.
package struct SpoolCounters: Sendable, Equatable {
  /// Files taken from the inbox.
  package var seen = 0
  package var done = 0
  package var failed = 0
  /// Same content as a file that has its verdict.
  package var skipped = 0
  /// Not tried again, because workers died on them. Counted in `failed` too.
  package var quarantined = 0
  /// Tries that were put off because of something that passes.
  package var retried = 0
  /// Given back to the inbox because they changed while they were read.
  package var abandoned = 0
  /// Given back because the daemon stopped, or taken over from one that died.
  package var released = 0
  package var reclaimed = 0
  /// Workers that died.
  package var workerDeaths = 0
  package var overflows = 0
  package var rescans = 0
  package var records = 0
  package var rejected = 0
  /// Seconds by stage, of all files.
  package var seconds: [String: Double] = [:]

  /// Files in the inbox that are not taken yet, and those that are and wait.
  package var queued = 0
  package var working = 0
  /// Waiting for something to pass.
  package var waiting = 0
  /// In the inbox and not for the spool.
  package var ignored = 0
  /// Seconds since the oldest of these was seen.
  package var oldestAge = 0.0
  /// Records a second, over the last minute.
  package var recordsPerSecond = 0.0
  package var ledgerBytes = 0

  package init() {}
}
