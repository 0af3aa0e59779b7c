package import SystemPackage
import Foundation

/// A file being written under a hidden name, beside the one it will have. It is locked for as long as
/// its writer lives, so that whoever finds it unlocked knows that nobody will finish it.
package struct HiddenFile {
  package let path: FilePath
  private let descriptor: Int32
  private let files: Files

  private static let prefix = ".emend-"
  private static let suffix = ".tmp"

  /// Starts a hidden file in a folder.
  package init(in folder: FilePath, files: Files) throws(FileError) {
    while true {
      let identity = "\(getpid())-\(UInt64.random(in: .min ... .max))"
      let path = folder.file("\(Self.prefix)\(identity)\(Self.suffix)")
      let descriptor = try files.create(path)
      do throws(FileError) {
        // Somebody who cleans up may have come between the file and its lock, and taken its name.
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

  /// Writes all of it to disk and checks that it is there. The file stays open, and so locked.
  package func write(_ bytes: ArraySlice<UInt8>) throws(FileError) {
    try files.write(bytes, to: descriptor, path)
    try files.sync(descriptor, path)
    guard try files.stamp(of: descriptor, path).size == bytes.count else {
      throw FileError(path: path, operation: "byte count", code: EIO)
    }
  }

  /// Copies all of a file, piece by piece, to disk.
  package func copy(_ source: FilePath) throws(FileError) {
    let original = try files.open(source, O_RDONLY | O_NOFOLLOW)
    defer { files.close(original) }
    while true {
      let piece = try files.readPiece(original, source)
      if piece.isEmpty { break }
      try files.write(piece[...], to: descriptor, path)
    }
    try files.sync(descriptor, path)
  }

  /// Ends the lock, and takes the hidden name away where it is still there. Where that fails, the next
  /// daemon to start does it: the file is nobody's then.
  package func discard() {
    try? files.remove(path)
    files.close(descriptor)
  }

  /// Removes the hidden files of writers that died.
  ///
  /// - Returns: how many there were.
  package static func removeAbandoned(in folder: FilePath, files: Files) throws(FileError) -> Int {
    var removed = 0
    for name in try files.list(folder) {
      guard name.bytes.starts(with: prefix.utf8), name.hasSuffix(suffix) else { continue }
      let path = folder.file(name)
      guard let descriptor = try? files.open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW) else {
        continue
      }
      defer { files.close(descriptor) }
      guard (try? files.lock(descriptor, path)) == true else { continue }
      try files.remove(path)
      removed += 1
    }
    return removed
  }
}
