package import SystemPackage
import Digests
import Foundation

/// Compares and replaces the whole content of files.
extension Files {
  /// Whether a file has exactly these bytes.
  package func holds(_ path: FilePath, _ bytes: [UInt8]) throws(FileError) -> Bool {
    guard let stamp = try stamp(path), stamp.kind == .file, stamp.size == bytes.count,
      let (descriptor, _) = try openRegular(path)
    else { return false }
    defer { close(descriptor) }
    return try read(descriptor, path, expected: bytes.count, limit: bytes.count + 1) == bytes
  }

  /// Whether a file has exactly these bytes. The memory used does not depend on their number.
  package func holds(_ path: FilePath, _ spooled: SpooledBytes) throws(FileError) -> Bool {
    guard let stamp = try stamp(path), stamp.kind == .file, stamp.size == spooled.count,
      let (descriptor, _) = try openRegular(path)
    else { return false }
    defer { close(descriptor) }
    var isEqual = true
    try spooled.forEachPiece { (piece) throws(FileError) in
      guard isEqual else { return }
      var own: [UInt8] = []
      while own.count < piece.count {
        let more = try readPiece(descriptor, path, atMost: piece.count - own.count)
        if more.isEmpty { break }
        own += more
      }
      isEqual = own == piece
    }
    return isEqual
  }

  /// Sets a file's position to its beginning.
  func rewind(_ descriptor: Int32, _ path: FilePath) throws(FileError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileError(path: path, operation: "lseek", code: errno)
    }
  }

  /// Whether two regular files have the same SHA-256. The memory used does not depend on their size.
  package func haveEqualContent(_ left: FilePath, _ right: FilePath) throws(FileError) -> Bool {
    guard let digest = try digest(left) else { return false }
    return try self.digest(right) == digest
  }

  /// SHA-256 of a regular file; nil if there is none at the path.
  private func digest(_ path: FilePath) throws(FileError) -> [UInt8]? {
    guard let (descriptor, _) = try openRegular(path) else { return nil }
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
  ///
  /// - Parameter isDurable: whether to wait until the disk has the content.
  package func replace(
    _ path: FilePath, with bytes: [UInt8], isDurable: Bool = true
  ) throws(FileError) {
    let hidden = try HiddenFile(in: path.removingLastComponent(), files: self)
    defer { hidden.discard() }
    try hidden.write(bytes[...], isDurable: isDurable)
    try rename(hidden.path, to: path)
  }
}
