import Foundation

/// The place where tests inject faults: most system calls of `Files` pass through `attempt`.
///
/// These do not: reading a folder's entries (`fdopendir` and `readdir`), closing a descriptor that
/// was only read, and asking for a lease. Calls outside this target do not either: those for worker
/// processes, for watching a folder and for the ledger's files.
package protocol SystemCalls: Sendable {
  /// Runs one system call.
  ///
  /// - Returns: the call's result; `code` is `errno` if the result is negative.
  func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32)

  /// How many of `count` bytes the current call may read or write, at least one. A test returns
  /// fewer than `count` to make the call short.
  func portion(of count: Int, _ operation: String) -> Int
}

extension SystemCalls {
  package func portion(of count: Int, _ operation: String) -> Int { count }
}

/// Runs the calls unchanged.
package struct LinuxCalls: SystemCalls {
  package init() {}

  package func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
    let result = call()
    return (result, result < 0 ? errno : 0)
  }
}
