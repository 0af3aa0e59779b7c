import AtomicFiles
import Foundation

/// A file in the inbox that is not claimed yet, and what is known about whether it is whole.
struct Arrival {
  /// How the file came into the inbox, which tells how likely its writer has finished.
  enum Origin {
    /// Renamed into the inbox: its writer does so only once the file is whole.
    case moved
    /// Closed after writing, or marked as complete.
    case closed
    /// Found by a scan, or linked into the inbox: nothing tells whether it is whole.
    case found
    /// Made while the inbox was watched, and not closed since: a process has it open, unless events
    /// were lost.
    case created
  }

  var stamp: Files.Stamp
  /// When it was first seen in the inbox.
  let seenAt: Date
  /// Since when it has not changed.
  var unchangedSince: ContinuousClock.Instant
  var origin: Origin
  /// Whether it is whole, and only waits for a worker.
  var isReady = false
  /// Whether it was logged that it has no content yet.
  var isKnownToBeEmpty = false
  /// When to look at it again, if it is not ready.
  var dueAt: ContinuousClock.Instant
  /// The number of the scan that met it last.
  var scanNumber: Int
  /// How often an attempt to take it has failed.
  var failures = 0
  /// The error that keeps it from being taken; nil if it only has to settle.
  var obstacle: FileError?
}
