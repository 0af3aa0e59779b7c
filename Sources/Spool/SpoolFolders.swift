package import AtomicFiles
package import SystemPackage

/// Where everything of one watched folder lies. A person can read it:
///
/// ```
/// INBOX/NAME                      dropped, not yet taken
/// INBOX/claimed/OWNER/NAME        in work, or waiting to be tried again
/// INBOX/done/NAME                 the input, once its results are published
/// INBOX/failed/NAME               the input that cannot be repaired, beside NAME.error.json
/// ```
package struct SpoolFolders: Sendable, Equatable {
  package let inbox: FilePath
  package let outbox: FilePath
  package let claimed: FilePath
  package let done: FilePath
  package let failed: FilePath

  /// - Parameters:
  ///   - done: where inputs go; `INBOX/done` where nil. May be on another file system.
  ///   - failed: where inputs go that cannot be repaired; `INBOX/failed` where nil.
  package init(inbox: FilePath, outbox: FilePath, done: FilePath? = nil, failed: FilePath? = nil) {
    self.inbox = inbox
    self.outbox = outbox
    claimed = inbox.file("claimed")
    self.done = done ?? inbox.file("done")
    self.failed = failed ?? inbox.file("failed")
  }

  /// Names in the inbox that are the spool's own.
  package static let ownNames: Set<FileName> = [
    FileName("claimed"), FileName("done"), FileName("failed"),
  ]
}
