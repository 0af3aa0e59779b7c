package import Concurrency

/// What a spool is told.
package struct SpoolOptions: Sendable {
  package var folders: SpoolFolders
  /// How long a file must have been as it is before it is taken, unless it was renamed into the inbox.
  package var settle: Duration = Self.standardSettle
  /// How often the whole inbox is looked through, events or no events.
  package var rescanInterval: Duration = Self.standardRescanInterval
  /// Whether a file is taken only once `NAME.done` lies beside it.
  package var usesMarkers = false
  /// Whether to end when nothing is left to do.
  package var endsWhenDrained = false
  /// How many files are in work at once.
  package var jobs = 1
  package var backoff = Backoff()
  /// How long work may go on after the word to stop.
  package var stopTimeout: Duration = Self.standardStopTimeout
  /// Files of the inbox that are kept in mind at once; the rest waits in the inbox, which is scanned
  /// again as these go.
  package var arrivalLimit = 50_000
  package var version: String

  package init(folders: SpoolFolders, version: String) {
    self.folders = folders
    self.version = version
  }

  /// Longer than the pauses between the writes of an ordinary copy, short enough not to be noticed.
  package static let standardSettle: Duration = .seconds(1)
  /// Events can be lost without a word, on network file systems above all.
  package static let standardRescanInterval: Duration = .seconds(300)
  /// How often it is looked through while there should be events and are none: a person who waits for
  /// a result does not notice it, and neither does a server of files.
  static let rescanIntervalWithoutEvents: Duration = .seconds(10)
  /// Less than the time that the service manager grants, so that files are released in order.
  package static let standardStopTimeout: Duration = .seconds(30)
  /// How long a file that was seen to be made may be left alone without being closed, where the
  /// kernel does not say whether somebody has it open: longer than a stalled upload pauses.
  static let longestPause: Duration = .seconds(60)
  /// A worker that has nothing to do ends after this long, and gives its memory back.
  static let idleLimit: Duration = .seconds(300)
  /// A worker is replaced after so many files, whatever a library may have kept.
  static let filesPerWorker = 2_000
  /// A file in whose work so many workers died is not tried again.
  package static let crashLimit = 2
  /// With `endsWhenDrained`: what passes is tried so many times before the file is given back.
  static let drainAttempts = 3
  /// With `endsWhenDrained`: a file that is still being written after this many settling times is
  /// left where it is.
  static let drainSettles = 10
  /// Rows that the ledger keeps: more than a year at one file a minute, under 200 MB.
  static let ledgerRows = 500_000
}
