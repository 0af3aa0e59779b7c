import Foundation
import ModelCatalogue

/// How much memory the work on one file may take.
enum MemoryBudget {
  /// The budget of each of `jobs` workers, in bytes.
  ///
  /// Three quarters of what the machine has, or of the limit of this process's control group, are shared
  /// evenly. The rest is for the system, the daemon and copies of files. A worker always gets a gibibyte:
  /// the default models need a third of that.
  ///
  /// - Parameter gigabytes: what the user wants for each; nil for the default.
  static func bytes(jobs: Int, gigabytes: Double?) -> UInt64 {
    if let gigabytes { return UInt64(gigabytes * 1_073_741_824) }
    return UInt64(max(1 << 30, total / 4 * 3 / jobs))
  }

  /// The budget of the worker for small files, in bytes: half of what the jobs' budgets leave, between
  /// `smallFile` and `mostForSmallFiles`. The rest is for the system, and for a second process: one that
  /// waits for a model server may be there beside the one that works.
  ///
  /// - Returns: nil where the jobs' budgets leave less than `leastLeft`: such a worker would lower what a
  ///   large file may have, so there is none.
  static func bytesForSmallFiles(jobs: Int, gigabytes: Double?) -> UInt64? {
    let taken = Double(bytes(jobs: jobs, gigabytes: gigabytes)) * Double(jobs)
    let left = Double(total) - taken
    guard left >= leastLeft else { return nil }
    return UInt64(min(max(left / 2, Double(smallFile)), mostForSmallFiles))
  }

  /// What a small file may need by `MemoryEstimate`, in bytes. That is the default encoder and some four
  /// thousand records; their work takes a third of this in memory of its own (docs/SPOOL.md, "Small files").
  static let smallFile = 512 << 20
  /// That and the daemon; the quarter that the jobs leave of 3 GiB.
  private static let leastLeft = Double(768 << 20)
  /// Enough for the default language model, which rules may ask for.
  private static let mostForSmallFiles = Double(2 << 30)

  /// The machine's memory, or the limit of this process's control group, in bytes.
  private static var total: Int {
    min(Int(clamping: ProcessInfo.processInfo.physicalMemory), AvailableMemory.limit() ?? .max)
  }
}
