import Foundation

/// A lock on a ledger's folder, which keeps other processes from opening the ledger while this one
/// makes it or moves it aside. Without the lock a second process would move aside the new ledger
/// that the first has just made.
struct FolderLock: ~Copyable {
  private static let pause: Duration = .milliseconds(5)
  private let descriptor: Int32

  /// Waits for the lock, but no longer than `timeout`, and then goes on without it. If the file
  /// system has no such locks, or another process never releases it, the worst result is a lost
  /// ledger.
  init(_ folder: String, timeout: Duration) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let deadline = Deadline(timeout, pause: Self.pause)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, deadline.wait() else { return }
    }
  }

  deinit {
    // Closing the descriptor releases the lock.
    if descriptor >= 0 { close(descriptor) }
  }
}
