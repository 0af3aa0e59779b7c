/// What the kernel said about a folder. A hint, never the truth: the receiver looks at the folder.
///
/// Names are the bytes of the entry's name within the folder, whatever they are: 1 to 255 of them,
/// no slash and no NUL, not always UTF-8.
package enum FolderHint: Sendable, Equatable {
  /// A file that had been open for writing was closed.
  case written(name: [UInt8])
  /// Something was renamed into the folder, or within it to this name.
  case movedIn(name: [UInt8])
  /// Something was made: a file that is being written, a hard link, a folder, a symbolic link.
  case appeared(name: [UInt8])
  /// Something was deleted or renamed away.
  case removed(name: [UInt8])
  /// Events were lost: scan. The watch is made anew, so `.watching` (or why not) follows.
  case overflow
  /// The name no longer leads to the watched folder, which was removed, renamed, replaced or
  /// unmounted. It is watched again, with `.watching`, as soon as there is a folder of that name.
  case folderGone
  /// A watch is in place, for the first time or again: scan now, what happened before was not seen.
  case watching
  /// The folder cannot be watched, for this reason, so the receiver must poll. Watching is tried again
  /// and again; a reason is repeated only when it changes, and `.watching` follows when one succeeds.
  case unavailable(reason: String)
}
