package import AtomicFiles
import Foundation

/// What the spool tells a worker to do; `WorkReport` is what the worker answers.
///
/// The spool knows files; the worker knows what is in them. The worker reports and waits for an
/// order twice. First after it has read the file, as only then the spool can tell whether the same
/// work is done already. Then before it publishes, as the file may have changed meanwhile.
package enum WorkOrder: Sendable, Codable, Equatable {
  /// Read a claimed file.
  case begin(Job)
  /// Repair the file.
  case proceed
  /// The file has not changed: publish the results.
  case publish
  /// Drop the file and its results, and wait for the next.
  case drop
}

/// One claimed file.
package struct Job: Sendable, Codable, Equatable {
  /// The bytes of the file's path.
  package var path: [UInt8]
  /// The file's name as it was dropped.
  package var name: FileName
  /// The stamp of the claimed file or link. The worker takes the content of this file and of no other.
  package var stamp: Files.Stamp
  /// The bytes of the inbox's path: a link must lead to a file beneath it.
  package var inbox: [UInt8]

  package init(path: [UInt8], name: FileName, stamp: Files.Stamp, inbox: [UInt8]) {
    self.path = path
    self.name = name
    self.stamp = stamp
    self.inbox = inbox
  }
}

/// What a worker reports about its file.
package enum WorkReport: Sendable, Codable, Equatable {
  /// The file is read; the worker waits for an order.
  ///
  /// - digest: SHA-256 of the file's bytes, in hexadecimal.
  /// - key: a digest of content, rules, models and version together: files with the same key have
  ///   the same results.
  /// - stamp: that of the file after it was read.
  case read(digest: String, key: String, stamp: Files.Stamp)
  /// The work has come further: it is not stuck. The worker waits for nothing.
  case progress
  /// The work has come further, and which share of a stage is done. The worker waits for nothing.
  case reached(WorkProgress)
  /// The file needs something outside this machine, such as a model server: its name. The worker
  /// waits for an order.
  case needs(resource: String)
  /// The results are ready to be published; the worker waits for an order.
  case repaired
  /// The results are published; the worker is free for the next file.
  case published(WorkResult)
  /// The file failed; the worker is free for the next file.
  case failed(WorkFailure)
  /// The file takes more than this worker may, which is for small files; an ordinary one has to take it.
  /// The worker is free for the next file.
  case tooLarge

  /// The resource that a worker for small files names before it asks a language model on this machine. The work
  /// takes minutes from then on, however small the file is.
  package static let languageModelHere = "a language model on this machine"
}

/// How far the work on a file has come.
package struct WorkProgress: Sendable, Codable, Equatable {
  /// The stage that is worked on, as `emend run` names it.
  package var stage: String
  /// How much of the stage is done, in per cent, 0…100.
  package var percent: Int

  package init(stage: String, percent: Int) {
    self.stage = stage
    self.percent = min(max(percent, 0), 100)
  }
}

/// What came of a file that was published.
package struct WorkResult: Sendable, Codable, Equatable {
  /// Paths of the published files, the output last.
  package var outputs: [String]
  package var records: Int
  /// How many lines could not be used.
  package var rejected: Int
  /// Seconds by stage.
  package var seconds: [String: Double]
  /// Codes and lines of what is odd about the file; for the log, so without anything that the file says.
  package var findings: [String]

  package init(
    outputs: [String], records: Int, rejected: Int, seconds: [String: Double],
    findings: [String] = []
  ) {
    self.findings = findings
    self.outputs = outputs
    self.records = records
    self.rejected = rejected
    self.seconds = seconds
  }
}

/// Why a file was not published.
package struct WorkFailure: Sendable, Codable, Equatable {
  package enum Kind: String, Sendable, Codable {
    /// The file itself is the cause: it is not tried again.
    case permanent
    /// A cause that may pass and concerns this file alone, such as its permissions.
    case file
    /// A cause that may pass and concerns every file, such as a full disk.
    case spool
    /// A fault of the program, of a model or of the machine. It says nothing about the file, which
    /// waits, as all work does until another file succeeds.
    case fault
    /// A cause that may pass and concerns the files that need the resource that this file needed.
    case resource
  }

  package var kind: Kind
  package var failureReason: FailureReason

  package init(kind: Kind, failureReason: FailureReason) {
    self.kind = kind
    self.failureReason = failureReason
  }

  /// Translates a failed system call: of `kind` if it may succeed later, else permanent.
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

/// Repairs files, one at a time.
package protocol Worker: AnyObject {
  /// Sends an order to the worker. If the worker is dead the order is lost; the worker's end is
  /// reported in any case.
  func send(_ order: WorkOrder)
  /// Ends the worker at once, in the middle of its work.
  func kill()
  /// Makes the worker end once it has no work.
  func retire()
}

/// What the spool learns from a worker.
package enum WorkerEvent: Sendable, Equatable {
  case report(WorkReport)
  case ended(WorkerEnd)
}

/// How a worker ended.
package enum WorkerEnd: Sendable, Equatable, CustomStringConvertible {
  case exited(Int32)
  case signalled(Int32)

  /// The status with which a worker ends itself when its file takes more memory than one may.
  package static let memoryStatus: Int32 = 79

  /// Whether memory was the reason: the worker said so, or the kernel killed it, as it does when there
  /// is no memory left.
  var isOutOfMemory: Bool { self == .exited(Self.memoryStatus) || self == .signalled(SIGKILL) }

  package var description: String {
    switch self {
    case .exited(Self.memoryStatus): "it needed more memory than one file may take"
    case .exited(let status): "it ended with status \(status)"
    case .signalled(let signal): "signal \(signal), \(String(cString: strsignal(signal)))"
    }
  }
}
