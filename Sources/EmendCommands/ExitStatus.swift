/// The exit status of the program. The numbers must not change, since users' scripts rely on them.
enum ExitStatus: Int32 {
  case done = 0
  case failure = 1
  /// The run has finished, but some lines could not be used; `NAME.rejected.jsonl` has them.
  case rejects = 3
  /// Another daemon serves the inbox into another outbox.
  case inboxLocked = 11
  case usage = 64
  case interrupted = 130
}

/// An error with the message for the user and the exit status.
struct Failure: Error, CustomStringConvertible {
  let message: String
  let status: ExitStatus
  var description: String { message }

  init(_ message: String, status: ExitStatus = .failure) {
    self.message = message
    self.status = status
  }
}
