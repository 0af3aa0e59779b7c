import Foundation

/// Where faults are injected: every system call of the spool passes through `attempt`.
package protocol SystemCalls: Sendable {
  /// Runs one system call and returns its result, with `errno` as it left it.
  func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32)
}

/// The calls themselves.
package struct LinuxCalls: SystemCalls {
  package init() {}

  package func attempt(_ operation: String, _ call: () -> Int) -> (result: Int, code: Int32) {
    let result = call()
    return (result, result < 0 ? errno : 0)
  }
}

extension SystemCalls {
  /// Runs a call until it is not interrupted, and throws what it fails with.
  func checkCount(
    _ operation: String, _ path: String, _ call: () -> Int
  ) throws(PublicationError) -> Int {
    while true {
      let (result, code) = attempt(operation, call)
      if result >= 0 { return result }
      if code == EINTR { continue }
      throw PublicationError(path: path, operation: operation, code: code)
    }
  }

  @discardableResult
  func check(
    _ operation: String, _ path: String, _ call: () -> Int32
  ) throws(PublicationError) -> Int32 {
    Int32(truncatingIfNeeded: try checkCount(operation, path) { Int(call()) })
  }

  /// Makes renames in a folder last.
  func syncFolder(_ folder: String) throws(PublicationError) {
    let descriptor = try check("open", folder) { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { close(descriptor) }
    do throws(PublicationError) {
      try check("fsync folder", folder) { fsync(descriptor) }
    } catch {
      // Some network file systems cannot sync a folder and need not.
      guard error.code == EINVAL || error.code == ENOTSUP else { throw error }
    }
  }
}
