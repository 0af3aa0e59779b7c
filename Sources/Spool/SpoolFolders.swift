package import AtomicFiles
package import SystemPackage

/// The paths of one watched folder. Its layout shows a person the state of every file:
///
/// ```
/// INBOX/NAME                      dropped, not yet claimed
/// INBOX/claimed/OWNER/NAME        in work, or waiting to be tried again
/// INBOX/done/NAME                 the input, once its results are published
/// INBOX/failed/NAME               an input that cannot be repaired, beside NAME.error.json
/// ```
package struct SpoolFolders: Sendable, Equatable {
  package let inbox: FilePath
  package let outbox: FilePath
  package let claimed: FilePath
  package let done: FilePath
  package let failed: FilePath

  /// - Parameters:
  ///   - done: the folder for inputs whose results are published; nil for `INBOX/done`. It may be
  ///     on another file system.
  ///   - failed: the folder for inputs that cannot be repaired; nil for `INBOX/failed`.
  package init(inbox: FilePath, outbox: FilePath, done: FilePath? = nil, failed: FilePath? = nil) {
    self.inbox = inbox
    self.outbox = outbox
    claimed = inbox.file("claimed")
    self.done = done ?? inbox.file("done")
    self.failed = failed ?? inbox.file("failed")
  }

  /// Names of the spool's own folders in the inbox, which are never taken as files.
  package static let ownNames: Set<FileName> = [
    FileName("claimed"), FileName("done"), FileName("failed"),
  ]

  /// Names in the inbox that no link may lead into: a link must not give its maker what others have
  /// dropped, nor the spool's own memory.
  static let closedNames = ownNames.union([FileName(".emend")])
}
