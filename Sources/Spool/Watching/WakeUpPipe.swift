import AtomicFiles
import CLinux
import Foundation
import SystemPackage

/// A pipe that is written to in order to end a `poll` of another thread.
final class WakeUpPipe: Sendable {
  /// What `poll` waits for.
  let descriptor: Int32
  private let writeEnd: Int32

  init() throws(FileError) {
    var ends: [Int32] = [-1, -1]
    guard emend_pipe(&ends) == 0 else {
      throw FileError(path: "wake-up pipe", operation: "pipe", code: errno)
    }
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    descriptor = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(descriptor)
    close(writeEnd)
  }

  /// Ends the `poll` that runs, or else the next one. A pipe that is full does that already.
  func wake() {
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }

  /// Lets `poll` wait again.
  func clear() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(descriptor, &bytes, bytes.count) > 0 {}
  }
}
