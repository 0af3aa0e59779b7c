package import Foundation

/// One file's way through the spool, from its claim until it is put away or given back.
package struct FileRun: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable, Codable {
    /// Claimed, and being worked on.
    case working
    /// Claimed, and to be tried again at `nextAttemptAt`.
    case waiting
    /// The results are published.
    case done
    /// Not worked on: the content is that of the file run `sameAs`, whose outcome applies.
    case skipped
    /// The file cannot be repaired, and another try would fail in the same way.
    case failed
    /// Not tried again, because workers died over its content.
    case quarantined
    /// Given back to the inbox unfinished; when the file is taken again, that is another file run.
    case released

    /// States that are an outcome of the content itself: it applies to every file with the same
    /// content.
    static let outcomes: [State] = [.done, .failed, .quarantined]
    /// States of files that a daemon has claimed.
    static let underWay: [State] = [.working, .waiting]
  }

  /// Nil until `Ledger.begin`. Ids grow with time, also from a deleted ledger to its successor.
  package var id: Int64?
  /// The bytes of the file's name: not always UTF-8, and they may hold line feeds.
  package var name: [UInt8]
  /// The file's size in bytes.
  package var size: Int
  package var state: State
  /// SHA-256 of the file's bytes, in hexadecimal; nil until the file is read.
  package var digest: String?
  /// Identifies the work: a digest of content, rules, models and version. Two file runs with the
  /// same key have the same results. Nil if it is not known yet or was forgotten.
  package var key: String?
  /// The name of the daemon that claimed the file.
  package var owner: String
  /// How often a worker has begun the file.
  package var attempts: Int
  package var seenAt: Date
  package var claimedAt: Date
  package var finishedAt: Date?
  package var nextAttemptAt: Date?
  /// Paths of the published files.
  package var outputs: [String]
  package var records: Int
  package var rejected: Int
  /// Seconds by stage.
  package var seconds: [String: Double]
  package var failureReason: FailureReason?
  /// The id of the file run whose outcome applies to this one.
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
