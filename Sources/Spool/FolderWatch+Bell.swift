import Foundation

/// A pipe that is written to in order to wake a thread that waits.
///
/// A pipe, because both kinds of waiting see it: `poll` while there is no watch, and inotify itself
/// while there is one, through `watchablePath`. (A memfd would not do: the kernel stopped telling
/// inotify of those in 6.14.)
final class Bell: Sendable {
  private let readEnd: Int32
  private let writeEnd: Int32

  /// Nil where no descriptors can be had; what waits must then look up by itself now and then.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// A path on which a write is seen as `IN_MODIFY`.
  var watchablePath: String { "/proc/self/fd/\(readEnd)" }

  /// Wakes whoever waits, and from now on nobody waits. A few rings are all a pipe has to hold.
  func ring() {
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }

  /// Waits for at most `milliseconds`; sooner if rung, now or before, or interrupted.
  func wait(milliseconds: Int32) {
    var request = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    poll(&request, 1, milliseconds)
  }
}
