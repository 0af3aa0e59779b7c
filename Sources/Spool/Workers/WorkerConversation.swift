package import AtomicFiles

/// What the spool and a worker say to each other. The spool knows files; the worker knows what is in
/// them. The worker asks twice before it goes on: after reading, when it is known whether the work is
/// done already, and before publishing, when the file may have changed under it.
package enum WorkOrder: Sendable, Codable, Equatable {
  /// Read a claimed file.
  case begin(Job)
  /// It is worth repairing.
  case proceed
  /// The file is still the same: publish.
  case publish
  /// Drop it, and wait for the next.
  case drop
}

/// One claimed file.
package struct Job: Sendable, Codable, Equatable {
  /// Where the file lies, its bytes.
  package var path: [UInt8]
  /// What it is called, its bytes.
  package var name: FileName

  package init(path: [UInt8], name: FileName) {
    self.path = path
    self.name = name
  }
}

package enum WorkReport: Sendable, Codable, Equatable {
  /// The file is read.
  ///
  /// - digest: SHA-256 of its bytes.
  /// - key: of content, rules, model and version together: what makes two works the same.
  case read(digest: String, key: String)
  /// The results are ready and wait for a word.
  case repaired
  case published(WorkResult)
  case failed(WorkFailure)
}

package struct WorkResult: Sendable, Codable, Equatable {
  package var outputs: [String]
  package var records: Int
  package var rejected: Int
  /// Seconds by stage.
  package var seconds: [String: Double]

  package init(outputs: [String], records: Int, rejected: Int, seconds: [String: Double]) {
    self.outputs = outputs
    self.records = records
    self.rejected = rejected
    self.seconds = seconds
  }
}

package struct WorkFailure: Sendable, Codable, Equatable {
  package enum Kind: String, Sendable, Codable {
    /// The file itself: it fails once, and for good.
    case permanent
    /// Something that passes and concerns this file alone, such as its permissions.
    case file
    /// Something that passes and concerns every file, such as a full disk.
    case spool
  }

  package var kind: Kind
  package var failureReason: FailureReason

  package init(kind: Kind, failureReason: FailureReason) {
    self.kind = kind
    self.failureReason = failureReason
  }

  package init(_ error: FileError, kind: Kind) {
    self.kind = error.isTransient ? kind : .permanent
    failureReason = FailureReason(error)
  }
}

extension FailureReason {
  package init(_ error: FileError) {
    self.init(
      code: error.symbol, message: "\(error.path): \(error.operation): \(error.reason)", line: nil,
      remedy: error.remedy)
  }
}

/// Somebody who repairs files, one at a time.
package protocol Worker: AnyObject {
  /// Says something to the worker. One that is dead does not hear it; its end is reported anyway.
  func send(_ order: WorkOrder)
  /// Ends the worker at once, whatever it does.
  func kill()
  /// Lets the worker end when it has nothing to do.
  func retire()
}

package enum WorkerEvent: Sendable, Equatable {
  case report(WorkReport)
  /// The worker is no more; says how, in words.
  case ended(String)
}
