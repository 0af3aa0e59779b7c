import Foundation

/// Standard error, where log lines go by default.
package enum StandardError {
  /// Whether systemd's journal reads a stream. `JOURNAL_STREAM` names the device and inode of the
  /// journal's stream (systemd.exec(5)); a stream that was redirected since has others.
  package static func isJournal(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    descriptor: Int32 = STDERR_FILENO
  ) -> Bool {
    guard let named = environment["JOURNAL_STREAM"] else { return false }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    return named == "\(status.st_dev):\(status.st_ino)"
  }

  /// Writes a line with one call, so that the lines of several threads do not mix; further calls
  /// follow only if the system accepted a part. Errors are ignored: a line that cannot be written
  /// is lost.
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
