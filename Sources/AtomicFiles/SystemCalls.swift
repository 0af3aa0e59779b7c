import Foundation

/// Where faults are injected: every system call of the spool passes through `attempt`.
package protocol SystemCalls: Sendable {
  /// Runs one system call and returns its result, with `errno` as it left it.
  func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32)

  /// How many of so many bytes the call that comes next may read or write, at least one: fewer than
  /// asked for where a call is to come up short.
  func portion(of count: Int, _ operation: String) -> Int
}

extension SystemCalls {
  package func portion(of count: Int, _ operation: String) -> Int { count }
}

/// The calls themselves.
package struct LinuxCalls: SystemCalls {
  package init() {}

  package func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
    let result = call()
    return (result, result < 0 ? errno : 0)
  }
}
