package import SystemPackage
import Digests
import Foundation

/// Compares and replaces the whole content of files.
extension Files {
  /// Whether a file has exactly these bytes.
  package func holds(_ path: FilePath, _ bytes: [UInt8]) throws(FileError) -> Bool {
    guard let stamp = try stamp(path), stamp.kind == .file, stamp.size == bytes.count else {
      return false
    }
    let descriptor = try open(path, O_RDONLY | O_NOFOLLOW)
    defer { close(descriptor) }
    return try read(descriptor, path, expected: stamp.size) == bytes
  }

  /// Whether two files have the same SHA-256. The memory used does not depend on their size.
  package func haveEqualContent(_ left: FilePath, _ right: FilePath) throws(FileError) -> Bool {
    try digest(left) == digest(right)
  }

  /// SHA-256 of a file.
  private func digest(_ path: FilePath) throws(FileError) -> [UInt8] {
    let descriptor = try open(path, O_RDONLY | O_NOFOLLOW)
    defer { close(descriptor) }
    var digest = RunningDigest()
    while true {
      let piece = try readPiece(descriptor, path)
      if piece.isEmpty { return digest.bytes }
      digest.update(piece)
    }
  }

  /// Replaces a file of emend's own, or makes it. A reader sees the old content or the new, never a
  /// part.
  package func replace(_ path: FilePath, with bytes: [UInt8]) throws(FileError) {
    let hidden = try HiddenFile(in: path.removingLastComponent(), files: self)
    defer { hidden.discard() }
    try hidden.write(bytes[...])
    try rename(hidden.path, to: path)
  }
}
