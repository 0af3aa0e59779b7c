import AtomicFiles
import Decisions
import Foundation
import Records
import ReviewQueue
import SystemPackage

/// A folder of its own for one test.
struct Folder: ~Copyable {
  let path: FilePath

  init() throws {
    path = FilePath(NSTemporaryDirectory()).appending("emend-review-\(UUID().uuidString)")
    try Files().makeFolder(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  var decisions: FilePath { path.appending("d.decisions.jsonl") }

  func lines() throws -> [Decision] {
    guard FileManager.default.fileExists(atPath: decisions.string) else { return [] }
    return try DecisionFile.read(Source.read(decisions.string))
  }
}

/// The time, as tests move it.
struct Clock {
  var now = ContinuousClock.now
  mutating func advance(_ duration: Duration) { now += duration }
}

extension ReviewQueue.Session {
  static let anna = ReviewQueue.Session(id: "1", reviewer: "Anna")
  static let ben = ReviewQueue.Session(id: "2", reviewer: "Ben")
}

extension Files {
  /// Does not wait for the disk, which a test of many decisions need not.
  static let withoutWaiting = Files(calls: CallsWithoutWaiting())
}

private struct CallsWithoutWaiting: SystemCalls {
  func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
    operation == "fsync" ? (0, 0) : LinuxCalls().attempt(operation, call)
  }
}
