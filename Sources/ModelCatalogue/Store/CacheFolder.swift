package import Foundation

/// A folder in which this user's processes keep what they computed, and the secret key by which they know
/// their own files again.
///
/// The folder has the mode 0700, and the key file `.key` in it 0600. Whoever can write there is this user.
/// What was written otherwise, such as from a backup, does not match its keyed digest and is not used.
package struct CacheFolder: Sendable, Equatable {
  package let directory: URL

  package init(directory: URL) { self.directory = directory }

  private static let keyBytes = 32

  /// Why the folder must not be used; nil where it may, or where it is missing.
  package var refusal: String? {
    var facts = stat()
    guard stat(directory.path, &facts) == 0 else { return nil }
    guard facts.st_mode & S_IFMT == S_IFDIR else { return "is no folder" }
    guard facts.st_uid == geteuid() else { return "belongs to another user" }
    guard facts.st_mode & (S_IWGRP | S_IWOTH) == 0 else { return "can be written by other users" }
    return nil
  }

  /// The secret key of this folder: 32 bytes.
  /// - Parameter isMade: whether to make the folder and the key where they are missing.
  /// - Returns: nil where there is no key, or the folder must not be used.
  package func key(isMade: Bool) -> [UInt8]? {
    if isMade {
      try? FileManager.default.createDirectory(
        at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    guard refusal == nil else { return nil }
    if let known = readKey() { return known }
    guard isMade else { return nil }
    _ = chmod(directory.path, 0o700)
    let file = directory.appending(path: ".key").path
    let draft = "\(file).\(UUID().uuidString)"
    defer { unlink(draft) }
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<Self.keyBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    let written = write(descriptor, bytes, bytes.count)
    let isSynced = fsync(descriptor) == 0
    close(descriptor)
    guard written == bytes.count, isSynced else { return nil }
    // Of several processes the first one makes the key, and the others find it. A file that is there and is
    // no key was cut short, or others can read it.
    if link(draft, file) != 0, readKey() == nil { rename(draft, file) }
    return readKey()
  }

  private func readKey() -> [UInt8]? {
    let file = directory.appending(path: ".key").path
    let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
      facts.st_uid == geteuid(), facts.st_mode & 0o077 == 0, facts.st_size == Self.keyBytes
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Self.keyBytes)
    guard read(descriptor, &bytes, bytes.count) == bytes.count else { return nil }
    return bytes
  }
}
