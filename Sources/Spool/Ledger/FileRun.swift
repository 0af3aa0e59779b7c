// Ledger owns what the watched folder remembers: which content was judged, how it went, how often it
// was tried. It is a convenience: deleted, the folders alone are enough to go on. It knows neither
// records nor how files move.

package import Foundation

/// One file's way through the spool, from its claim to its end.
package struct FileRun: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable, Codable {
    /// Claimed, and being run.
    case working
    /// Claimed, and to be run again at `nextAttemptAt`.
    case waiting
    /// Published.
    case done
    /// Not run: the verdict of `sameAs` stands for it.
    case skipped
    /// Its bytes cannot be read as records, whenever they are tried.
    case failed
    /// Tried too often, or its run crashed too often.
    case quarantined
    /// Given back unfinished; what becomes of it is another passage.
    case released

    /// States that say something about the content, which holds wherever it turns up again.
    static let outcomes: [State] = [.done, .failed, .quarantined]
    /// States of files that a daemon holds.
    static let underWay: [State] = [.working, .waiting]
  }

  /// Nil until begun. Grows with time, also across ledgers that were deleted.
  package var id: Int64?
  /// The file's name, its bytes: these need be no UTF-8 and may hold newlines.
  package var name: [UInt8]
  /// Bytes.
  package var size: Int
  package var state: State
  /// SHA-256 of the bytes, hexadecimal.
  package var digest: String?
  /// What makes work the same: content, rules, model and version. Nil where unknown or forgotten.
  package var key: String?
  /// Which daemon.
  package var owner: String
  /// Runs begun.
  package var attempts: Int
  package var seenAt: Date
  package var claimedAt: Date
  package var finishedAt: Date?
  package var nextAttemptAt: Date?
  /// Paths published.
  package var outputs: [String]
  package var records: Int
  package var rejected: Int
  /// By stage.
  package var seconds: [String: Double]
  package var failureReason: FailureReason?
  /// The passage whose verdict stands for this one.
  package var sameAs: Int64?

  package init(
    name: [UInt8], size: Int, state: State = .working, digest: String? = nil, key: String? = nil,
    owner: String, attempts: Int = 0, seenAt: Date, claimedAt: Date, finishedAt: Date? = nil,
    nextAttemptAt: Date? = nil, outputs: [String] = [], records: Int = 0, rejected: Int = 0,
    seconds: [String: Double] = [:], failureReason: FailureReason? = nil, sameAs: Int64? = nil
  ) {
    self.name = name
    self.size = size
    self.state = state
    self.digest = digest
    self.key = key
    self.owner = owner
    self.attempts = attempts
    self.seenAt = seenAt
    self.claimedAt = claimedAt
    self.finishedAt = finishedAt
    self.nextAttemptAt = nextAttemptAt
    self.outputs = outputs
    self.records = records
    self.rejected = rejected
    self.seconds = seconds
    self.failureReason = failureReason
    self.sameAs = sameAs
  }
}
