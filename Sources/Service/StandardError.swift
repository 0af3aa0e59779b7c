import Foundation

/// Where log lines go unless told otherwise.
package enum StandardError {
  /// Whether the journal reads a stream: `JOURNAL_STREAM` names its device and inode
  /// (systemd.exec(5)), which a program that was redirected since does not have.
  package static func isJournal(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    descriptor: Int32 = STDERR_FILENO
  ) -> Bool {
    guard let named = environment["JOURNAL_STREAM"] else { return false }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    return named == "\(status.st_dev):\(status.st_ino)"
  }

  /// Writes a line with one call, so that lines of several threads do not mix; goes on only where the
  /// system took a part. Where nobody can read what is said, there is nobody to tell.
  package static func write(_ line: String, to descriptor: Int32 = STDERR_FILENO) {
    var rest = Array(line.utf8)
    while !rest.isEmpty {
      let count = Foundation.write(descriptor, rest, rest.count)
      if count > 0 {
        rest.removeFirst(count)
      } else if count == 0 || errno != EINTR {
        return
      }
    }
  }
}
