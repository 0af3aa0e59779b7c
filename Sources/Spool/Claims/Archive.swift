package import AtomicFiles
package import SystemPackage
import Foundation

/// Puts inputs away once their outcome is known. Nothing is ever overwritten: if a name exists, the
/// file gets a number in its name. To another file system a file is copied; the original is removed
/// only after the copy has been compared with it.
package struct Archive {
  private let files: Files

  package init(files: Files) { self.files = files }

  /// Moves a claimed file into a folder.
  ///
  /// - Returns: its name there; nil if the claimed file is gone.
  package func put(
    _ claimed: FilePath, named name: FileName, in folder: FilePath
  ) throws(FileError) -> FileName? {
    try files.makeFolder(folder)
    var number = 1
    while true {
      guard let own = try files.stamp(claimed) else { return nil }
      let candidate = name.numbered(number)
      if try tryMove(claimed, own, as: folder.file(candidate), in: folder) {
        try files.syncFolder(folder)
        return candidate
      }
      number += 1
    }
  }

  /// Moves a claimed file into a folder, with the reason of its failure beside it in
  /// `NAME.error.json`. The reason is written first, so that no file in the folder is ever without
  /// one.
  ///
  /// - Returns: its name there; nil if the claimed file is gone.
  package func put(
    _ claimed: FilePath, named name: FileName, in folder: FilePath, because reason: [UInt8]
  ) throws(FileError) -> FileName? {
    try files.makeFolder(folder)
    var number = 1
    while true {
      guard let own = try files.stamp(claimed) else { return nil }
      let candidate = name.numbered(number)
      let path = folder.file(candidate)
      let reasonPath = folder.file(Self.reasonName(for: candidate))
      let isReasonThere = try files.holds(reasonPath, reason)
      var isNamed = isReasonThere
      if !isNamed { isNamed = try tryWrite(reason, as: reasonPath, in: folder) }
      if isNamed {
        if try tryMove(claimed, own, as: path, in: folder) {
          try files.syncFolder(folder)
          return candidate
        }
        // Another file has the name. A reason that existed before belongs to that file, and stays.
        if !isReasonThere { try files.remove(reasonPath) }
      }
      number += 1
    }
  }

  /// The name of the file with the reason of a failure, cut if it would be too long.
  package static func reasonName(for name: FileName) -> FileName {
    let suffix = ".error.json"
    return name.fitted(leaving: suffix.utf8.count).appending(suffix)
  }

  /// Writes a file, unless the name exists.
  ///
  /// - Returns: whether the file was written.
  private func tryWrite(
    _ bytes: [UInt8], as target: FilePath, in folder: FilePath
  ) throws(FileError) -> Bool {
    guard try files.stamp(target) == nil else { return false }
    let hidden = try HiddenFile(in: folder, files: files)
    defer { hidden.discard() }
    try hidden.write(bytes[...])
    return try files.name(hidden.path, as: target)
  }

  /// Moves the claimed file to its new name, unless another file has it. If the same content lies
  /// there already, the claimed file is removed.
  ///
  /// - Returns: whether the content lies under the new name.
  private func tryMove(
    _ claimed: FilePath, _ own: Files.Stamp, as target: FilePath, in folder: FilePath
  ) throws(FileError) -> Bool {
    do throws(FileError) {
      if try files.move(claimed, to: target) { return true }
    } catch {
      guard error.code == EXDEV else { throw error }
      if try files.stamp(target) == nil {
        return try copy(claimed, own, to: target, in: folder)
      }
    }
    // The same file has both names after a crash between the two steps of a move, or the same
    // content was put away before.
    guard let there = try files.stamp(target), there.kind == .file, there.size == own.size else {
      return false
    }
    var isEqual = there.isSameFile(as: own)
    if !isEqual { isEqual = try files.haveEqualContent(claimed, target) }
    if isEqual { try files.remove(claimed) }
    return isEqual
  }

  /// Copies a file to another file system and removes the original, unless the name exists.
  ///
  /// - Returns: whether the file was copied.
  private func copy(
    _ source: FilePath, _ own: Files.Stamp, to target: FilePath, in folder: FilePath
  ) throws(FileError) -> Bool {
    let hidden = try HiddenFile(in: folder, files: files)
    defer { hidden.discard() }
    try hidden.copy(source)
    guard try files.haveEqualContent(source, hidden.path) else {
      throw FileError(path: target, operation: "verify the copy", code: EIO)
    }
    guard try files.name(hidden.path, as: target) else { return false }
    try files.syncFolder(folder)
    try files.remove(source)
    return true
  }
}
