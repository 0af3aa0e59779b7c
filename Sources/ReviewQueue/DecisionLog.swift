package import AtomicFiles
package import Decisions
package import SystemPackage
import Foundation
import Records

/// The file to which decisions are appended, one JSON line each. A line that was appended is on disk.
///
/// One process at a time holds it. Lines are never changed or removed, except for the beginning of a line that
/// could not be written whole.
package struct DecisionLog: Sendable {
  /// Why decisions cannot be kept.
  package struct Unusable: Error, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
  }

  package let path: FilePath
  private let descriptor: Int32
  private let files: Files
  private var length: Int
  private var isDamaged = false

  /// Opens the file, or makes it, and locks it.
  ///
  /// - Returns: the log and what is in it, in the order in which it was decided.
  /// - Throws: `Unusable`; `InputError` where the file holds something that is no decision; `FileError`.
  package static func open(
    _ path: FilePath, files: Files = Files()
  ) throws -> (log: DecisionLog, decisions: [Decision]) {
    let isNew = try make(path, files)
    guard let (descriptor, stamp) = try files.openRegular(path, O_RDWR | O_APPEND) else {
      throw Unusable("\(path): this is no file; move it away, or name another with --decisions")
    }
    do {
      guard try files.lock(descriptor, path) else {
        throw Unusable(
          "\(path): another emend review is writing decisions into this file; let people use its page, or end it "
            + "first")
      }
      if isNew {
        let folder = path.removingLastComponent()
        try files.syncFolder(folder.isEmpty ? "." : folder)
      }
      var bytes = try files.read(descriptor, path, expected: stamp.size)
      var log = DecisionLog(
        path: path, descriptor: descriptor, files: files, length: bytes.count)
      try log.mendEnd(of: &bytes)
      guard !bytes.isEmpty else { return (log, []) }
      return (log, try DecisionFile.read(Source(file: path.string, content: bytes)))
    } catch {
      files.close(descriptor)
      throw error
    }
  }

  /// Makes the file unless it is there.
  private static func make(_ path: FilePath, _ files: Files) throws(FileError) -> Bool {
    guard try files.stamp(path) == nil else { return false }
    do throws(FileError) {
      files.close(try files.create(path))
      return true
    } catch {
      guard error.code == EEXIST else { throw error }
      return false
    }
  }

  private init(path: FilePath, descriptor: Int32, files: Files, length: Int) {
    self.path = path
    self.descriptor = descriptor
    self.files = files
    self.length = length
  }

  /// Completes a last line without a line end, or removes what a process that was killed wrote of it.
  private mutating func mendEnd(of bytes: inout [UInt8]) throws {
    guard let last = bytes.last, last != UInt8(ascii: "\n") else { return }
    let start = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = Array(bytes[start...])
    let isWhole = (try? DecisionFile.read(Source(file: path.string, content: line))) != nil
    if isWhole {
      try files.write([UInt8(ascii: "\n")], to: descriptor, path)
      bytes.append(UInt8(ascii: "\n"))
    } else {
      // What does not begin as emend begins a line was written by somebody else.
      guard line.starts(with: "{\"id\"".utf8.prefix(line.count)) else {
        throw Unusable(
          "\(path): the last line is no decision and has no line end; correct it, or name another file with "
            + "--decisions")
      }
      try files.truncate(descriptor, path, to: start)
      bytes.removeSubrange(start...)
    }
    try files.sync(descriptor, path)
    length = bytes.count
  }

  /// Appends a decision, and waits until the disk has it.
  ///
  /// - Throws: `FileError` or `Unusable`. The file is then as it was before.
  package mutating func append(_ decision: Decision) throws {
    guard !isDamaged else {
      throw Unusable(
        "\(path): an earlier decision could not be written whole; end emend review and start it again"
      )
    }
    let own = try files.stamp(of: descriptor, path)
    guard let named = try files.stamp(path), named.isSameFile(as: own), own.size == length else {
      throw Unusable(
        "\(path): another program has moved or changed this file; end emend review and start it again"
      )
    }
    let line = DecisionFile.line(decision)
    do {
      try files.write(line[...], to: descriptor, path)
      try files.sync(descriptor, path)
    } catch {
      do {
        try files.truncate(descriptor, path, to: length)
      } catch {
        isDamaged = true
      }
      throw error
    }
    length += line.count
  }

  /// Closes the file, so that another process may hold it.
  package func close() { files.close(descriptor) }
}
