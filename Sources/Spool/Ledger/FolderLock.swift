import Foundation

/// Keeps other processes from opening a ledger while one is made or moved aside, else the second
/// would move the first one's fresh ledger aside.
struct FolderLock: ~Copyable {
  private static let pause: Duration = .milliseconds(5)
  private let descriptor: Int32

  /// Waits for the lock, but no longer than `patience`: where the file system has no such locks, or
  /// somebody never lets go, the worst that happens is that a ledger is forgotten.
  init(_ folder: String, timeout: Duration) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let timeout = Deadline(timeout, pause: Self.pause)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, timeout.wait() else { return }
    }
  }

  deinit {
    // Closing lets go.
    if descriptor >= 0 { close(descriptor) }
  }
}
