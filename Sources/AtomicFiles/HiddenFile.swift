package import SystemPackage
import Foundation

/// A file that is being written under a hidden name, in the folder in which it will get its own.
///
/// Its writer holds a lock on it until it discards the file or ends. So a process that finds the
/// file unlocked knows that nobody will finish it, and removes it.
package struct HiddenFile {
  package let path: FilePath
  private let descriptor: Int32
  private let files: Files

  private static let prefix = ".emend-"
  private static let suffix = ".tmp"

  /// Makes a hidden file in a folder, and locks it.
  package init(in folder: FilePath, files: Files) throws(FileError) {
    while true {
      let identity = "\(getpid())-\(UInt64.random(in: .min ... .max))"
      let path = folder.file("\(Self.prefix)\(identity)\(Self.suffix)")
      let descriptor = try files.create(path)
      do throws(FileError) {
        if files.sharesWithGroup { try files.shareWithGroup(descriptor, in: folder, path) }
        // A process that cleans up may have removed the file before it was locked; then try again.
        if try files.lock(descriptor, path), try files.stamp(of: descriptor, path).links > 0 {
          self.path = path
          self.descriptor = descriptor
          self.files = files
          return
        }
        files.close(descriptor)
      } catch {
        files.close(descriptor)
        try? files.remove(path)
        throw error
      }
    }
  }

  /// Writes all bytes to disk and checks the file's size. The file stays open and locked.
  ///
  /// - Parameter isDurable: whether to wait until the disk has them.
  package func write(_ bytes: ArraySlice<UInt8>, isDurable: Bool = true) throws(FileError) {
    try files.write(bytes, to: descriptor, path)
    if isDurable { try files.sync(descriptor, path) }
    guard try files.stamp(of: descriptor, path).size == bytes.count else {
      throw FileError(path: path, operation: "byte count", code: EIO)
    }
  }

  /// Writes all bytes to disk, as the other `write` does.
  package func write(_ spooled: SpooledBytes) throws(FileError) {
    try spooled.forEachPiece { (piece) throws(FileError) in
      try files.write(piece[...], to: descriptor, path)
    }
    try files.sync(descriptor, path)
    guard try files.stamp(of: descriptor, path).size == spooled.count else {
      throw FileError(path: path, operation: "byte count", code: EIO)
    }
  }

  /// Removes the name and gives up the lock; the content lasts until the descriptor is closed.
  ///
  /// - Returns: the descriptor; nil where the name cannot be removed, and then the file is discarded.
  func intoNameless() -> Int32? {
    do throws(FileError) {
      try files.remove(path)
      return descriptor
    } catch {
      discard()
      return nil
    }
  }

  /// Copies all of a regular file to disk, piece by piece. The hidden file stays open and locked.
  package func copy(_ source: FilePath) throws(FileError) {
    guard let (original, _) = try files.openRegular(source) else {
      throw FileError(path: source, operation: "copy what is no file", code: EINVAL)
    }
    defer { files.close(original) }
    while true {
      let piece = try files.readPiece(original, source)
      if piece.isEmpty { break }
      try files.write(piece[...], to: descriptor, path)
    }
    try files.sync(descriptor, path)
  }

  /// Whether what lies at a path is this file.
  func isAlso(at path: FilePath) throws(FileError) -> Bool {
    try files.stamp(path)?.isSameFile(as: files.stamp(of: descriptor, self.path)) ?? false
  }

  /// Removes the hidden name if it is still there, and releases the lock. If the removal fails, the
  /// next call of `removeAbandoned` does it, as the file is no longer locked.
  package func discard() {
    try? files.remove(path)
    files.close(descriptor)
  }

  /// Removes the hidden files of processes that ended without discarding them: those that nobody
  /// has locked.
  ///
  /// - Returns: how many were removed.
  package static func removeAbandoned(in folder: FilePath, files: Files) throws(FileError) -> Int {
    var removed = 0
    for name in try files.list(folder) {
      guard name.bytes.starts(with: prefix.utf8), name.hasSuffix(suffix) else { continue }
      let path = folder.file(name)
      guard let (descriptor, _) = try? files.openRegular(path, O_RDWR) else { continue }
      defer { files.close(descriptor) }
      guard (try? files.lock(descriptor, path)) == true else { continue }
      do throws(FileError) {
        try files.remove(path)
        removed += 1
      } catch {
        // Another user's file in a folder with the sticky bit must not keep the others from being removed.
        guard error.code == EPERM || error.code == EACCES else { throw error }
      }
    }
    return removed
  }
}
