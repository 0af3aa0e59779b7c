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
    let total = min(
      Int(clamping: ProcessInfo.processInfo.physicalMemory), AvailableMemory.limit() ?? .max)
    return UInt64(max(1 << 30, total / 4 * 3 / jobs))
  }
}
