package import Concurrency

/// The settings of a watched folder.
package struct SpoolOptions: Sendable {
  package var folders: SpoolFolders
  /// How long a file must stay unchanged before it is claimed, unless it was renamed into the
  /// inbox.
  package var settle: Duration = Self.standardSettle
  /// How often to look through the whole inbox, even if events work.
  package var rescanInterval: Duration = Self.standardRescanInterval
  /// Whether a file is claimed only once `NAME.done` lies beside it.
  package var usesMarkers = false
  /// Whether to end when no work is left (a drain), in place of waiting for more files.
  package var endsWhenDrained = false
  /// How many files may be in work at once.
  package var jobs = 1
  /// When a small file is begun beyond `jobs`, as these hold up small files; nil for never.
  package var smallFiles: SmallFileOptions?
  /// The waits between tries after failures that may pass.
  package var backoff = Backoff()
  /// How long work in hand may go on after the first message to stop.
  package var stopTimeout: Duration = Self.standardStopTimeout
  /// How long a worker may work without any progress, before its work is ended.
  package var stallLimit: Duration = Self.standardStallLimit
  /// How many files of the inbox are held in memory at once. The rest waits in the inbox, which is
  /// scanned again once half of these are claimed.
  package var arrivalLimit = 50_000
  /// How much memory the work on one file may take, in bytes, as workers were told; nil if that is not
  /// known. It is named in messages only.
  package var memoryLimit: Double?
  /// The program's version, for `.owner`.
  package var version: String

  package init(folders: SpoolFolders, version: String) {
    self.folders = folders
    self.version = version
  }

  /// Longer than the pauses between the writes of an ordinary copy, and too short for users to
  /// notice.
  package static let standardSettle: Duration = .seconds(1)
  /// Events can be lost without notice, above all on network file systems.
  package static let standardRescanInterval: Duration = .seconds(300)
  /// Longer than any stage of the work takes that reports no progress, on a file that fits into memory.
  package static let standardStallLimit: Duration = .seconds(1800)
  /// How often the inbox is looked through while events are wanted and cannot be had. A person who waits
  /// for a result does not notice it, and a file server does not either.
  static let rescanIntervalWithoutEvents: Duration = .seconds(10)
  /// Less than the time that the service manager allows, so that files can be given back in order.
  package static let standardStopTimeout: Duration = .seconds(30)
  /// How long to wait for the closing of a file that was made while the inbox was watched, if the
  /// kernel does not tell whether a process has it open. Longer than the pauses of a slow upload.
  static let longestPause: Duration = .seconds(60)
  /// How many names a scan looks at in one step: some hundredths of a second of work.
  static let namesPerStep = 10_000
  /// A worker without work ends after this time, which frees its memory.
  static let idleLimit: Duration = .seconds(300)
  /// A worker is replaced after so many files, so that memory which a library does not free stays
  /// bounded.
  static let filesPerWorker = 2_000
  /// A file is given up once it has so often taken more than one file may.
  package static let excessLimit = 2
  /// With `endsWhenDrained`: after so many failures that may pass the file is given back.
  static let drainAttempts = 3
  /// With `endsWhenDrained`: a file that is still being written after this many times `settle`
  /// stays in the inbox.
  static let drainSettles = 10
  /// How many file runs the ledger keeps. At one file a minute that is almost a year, in less than
  /// 200 MB.
  static let ledgerRows = 500_000
}
