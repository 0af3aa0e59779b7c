// The one file that calls libinotifytools, and the one that touches its pointers.
//
// The library has one descriptor a process, static buffers and no locks, so everything here happens
// on the thread of the one `FolderWatch` that holds `InotifySession.claim`. What else is odd in it
// (3.22.6, read and tried):
// - Its event buffer outlives `cleanup`: what was read and not asked for comes out again after the
//   next `initialize`, under numbers that the new watches have too. So a session begins by emptying
//   it, which ends because its new descriptor has no watches yet.
// - Removing a watch that the kernel has dropped already fails, prints, and leaves the entry behind;
//   watching a folder twice leaks one. So nothing is ever removed: each watch is a session of its own,
//   which takes about a millisecond.
// - `next_event(0)` waits for ever, `next_events(0, 1)` not at all; asking for more than one event
//   spins until there are as many. So one at a time, and the timeout is a positive number of seconds.
// - It waits with `select`, which ends the process at a descriptor of 1024 or more.
// - Failures leave the number of the error in `inotifytools_error()` until the next call.
// - Its descriptor has no close-on-exec flag, and there is no asking for it: a child made by anything
//   but Foundation's `Process`, which closes what it was not given, would inherit it.

import CInotifyTools
import Foundation
import Synchronization

/// One watch on one folder, from the library's initialisation to its cleaning up.
///
/// Made, used and let go of on the thread that holds the claim.
struct InotifySession: ~Copyable {
  /// What `next` found.
  enum Notice {
    case hint(FolderHint)
    /// Time is up, or the bell was rung, or the thread was interrupted.
    case quiet
    /// The watched folder was renamed, or something above it changed; look where the name leads.
    case moved
    /// The kernel dropped the watch: the folder was deleted or its file system unmounted.
    case dropped
    case failed(code: Int32)
  }

  /// The operations a `WatchFault` names.
  static let initialising = "inotify_init"
  static let watching = "inotify_add_watch"

  /// Who uses the library in this process.
  private static let holder = Mutex<ObjectIdentifier?>(nil)

  /// Gives the library to `owner` until `release`; repeating it changes nothing.
  static func claim(for owner: AnyObject) throws(WatchFault) {
    let identifier = ObjectIdentifier(owner)
    let isOurs = holder.withLock { holder in
      if holder == nil { holder = identifier }
      return holder == identifier
    }
    guard isOurs else { throw .occupied }
  }

  /// Gives the library back if `owner` has it.
  static func release(by owner: AnyObject) {
    holder.withLock { if $0 == ObjectIdentifier(owner) { $0 = nil } }
  }

  /// What is asked for: everything that may make an entry ready, take it away, or move the folder.
  ///
  /// Not `IN_MODIFY`, which would come with every write. Not `IN_EXCL_UNLINK`, which would hide the
  /// closing of a file that was written without a name and linked afterwards.
  private static let mask =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM
    | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR

  /// How long `next` waits, in the library's unit.
  private static let timeoutSeconds = 1

  /// The library's descriptor must be below `FD_SETSIZE`; the distance is for what other threads open
  /// between the look and the deed.
  private static let greatestDescriptor = FD_SETSIZE - 64

  /// The watch on the bell; -1 where it has none, which no event but an overflow has.
  private let bell: Int32

  /// Watches a folder.
  ///
  /// - Parameter bell: what wakes `next` when rung; without one it wakes by itself.
  init(watching folder: String, bell: Bell?) throws(WatchFault) {
    try Self.checkDescriptors()
    guard inotifytools_initialize() == 1 else {
      throw .system(folder, operation: Self.initialising, code: inotifytools_error())
    }
    while inotifytools_next_events(0, 1) != nil {}
    guard inotifytools_watch_file(folder, Self.mask) == 1 else {
      let code = inotifytools_error()
      inotifytools_cleanup()
      throw WatchFault(path: folder, operation: Self.watching, code: code)
    }
    if let path = bell?.watchablePath, inotifytools_watch_file(path, IN_MODIFY) == 1 {
      self.bell = inotifytools_wd_from_filename(path)
    } else {
      self.bell = -1
    }
  }

  deinit { inotifytools_cleanup() }

  /// Throws if the next descriptor would be too great for the library.
  private static func checkDescriptors() throws(WatchFault) {
    let next = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard next >= 0 else { throw .system("/", operation: "open", code: errno) }
    close(next)
    guard next < greatestDescriptor else { throw .tooManyDescriptors }
  }

  /// The next thing there is to say; waits for about a second at most.
  func next() -> Notice {
    guard let event = inotifytools_next_event(Self.timeoutSeconds) else {
      let code = inotifytools_error()
      return code == 0 || code == EINTR ? .quiet : .failed(code: code)
    }
    let mask = Int32(truncatingIfNeeded: event.pointee.mask)
    if mask & IN_Q_OVERFLOW != 0 { return .hint(.overflow) }
    if event.pointee.wd == bell { return .quiet }
    if mask & (IN_DELETE_SELF | IN_UNMOUNT | IN_IGNORED) != 0 { return .dropped }
    if mask & IN_MOVE_SELF != 0 { return .moved }
    let name = Self.name(of: event)
    if mask & IN_CLOSE_WRITE != 0 { return .hint(.written(name: name)) }
    if mask & IN_MOVED_TO != 0 { return .hint(.movedIn(name: name)) }
    if mask & IN_CREATE != 0 { return .hint(.appeared(name: name)) }
    if mask & (IN_DELETE | IN_MOVED_FROM) != 0 { return .hint(.removed(name: name)) }
    return .quiet
  }

  /// A copy of the name that follows the structure, without the NULs that fill it up.
  private static func name(of event: UnsafeMutablePointer<inotify_event>) -> [UInt8] {
    let start = UnsafeRawPointer(event) + MemoryLayout<inotify_event>.size
    let padded = UnsafeRawBufferPointer(start: start, count: Int(event.pointee.len))
    return Array(padded.prefix { $0 != 0 })
  }
}
