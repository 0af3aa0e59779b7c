import AtomicFiles
import Foundation

/// A file in the inbox that is not taken yet, and what is known of whether it is whole.
struct Arrival {
  /// How surely its writer is done.
  enum Handover {
    /// Renamed into the inbox: whole by its writer's own word.
    case moved
    /// Closed after writing, or marked as complete.
    case closed
    /// Found, or linked into the inbox; nobody has said that it is whole.
    case found
    /// Seen to be made, and not closed since: somebody has it open, unless events were lost.
    case created
  }

  var stamp: Files.Stamp
  /// When it was dropped, as far as is known.
  let seenAt: Date
  /// Since when it has been as it is.
  var unchangedSince: ContinuousClock.Instant
  var handover: Handover
  /// Whether it is whole and waits for a worker only.
  var isReady = false
  /// When to look at it again, where it is not ready.
  var dueAt: ContinuousClock.Instant
  /// How often taking it has failed.
  var failures = 0
  /// Why it is not taken; nil where it only has to settle.
  var obstacle: FileError?
}
