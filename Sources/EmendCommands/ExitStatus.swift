/// What a process says when it ends. A promise: scripts rely on it.
enum ExitStatus: Int32 {
  case done = 0
  case failure = 1
  /// Finished; some lines could not be used and are in `NAME.rejected.jsonl`.
  case rejects = 3
  /// Another daemon serves the inbox in another way.
  case inboxLocked = 11
  case usage = 64
  case interrupted = 130
}

/// An error that has its message and its exit status already.
struct Failure: Error, CustomStringConvertible {
  let message: String
  let status: ExitStatus
  var description: String { message }

  init(_ message: String, status: ExitStatus = .failure) {
    self.message = message
    self.status = status
  }
}
