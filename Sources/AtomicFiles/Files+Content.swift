package import SystemPackage
import Digests
import Foundation

/// Whole contents: compared, and put in place.
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

  /// Whether two files have the same bytes, as their SHA-256 says; constant memory.
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

  /// Puts a file of our own in place, whole or not at all, over the one before.
  package func replace(_ path: FilePath, with bytes: [UInt8]) throws(FileError) {
    let hidden = try HiddenFile(in: path.removingLastComponent(), files: self)
    defer { hidden.discard() }
    try hidden.write(bytes[...])
    try rename(hidden.path, to: path)
  }
}
