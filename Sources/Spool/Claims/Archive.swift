package import AtomicFiles
package import SystemPackage
import Foundation

/// Puts inputs away once their outcome is known. Nothing is ever overwritten: if a name exists, the
/// file gets a number in its name. To another file system a file is copied; the original is removed
/// only after the copy has been compared with it.
package struct Archive: Sendable {
  private let files: Files

  package init(files: Files) { self.files = files }

  /// A claimed file that is to be put away.
  package struct Item: Sendable {
    package let path: FilePath
    /// The name as it was dropped.
    package let name: FileName
    /// SHA-256 of the content in hexadecimal; nil if the file was never read.
    package let digest: String?

    package init(path: FilePath, name: FileName, digest: String?) {
      self.path = path
      self.name = name
      self.digest = digest
    }

    /// The name to try, counted from 1: first the own name; then that with the beginning of the digest,
    /// so that many files of one name do not each try the names of all before them; then numbers.
    func candidate(_ number: Int) -> FileName {
      guard let digest else { return name.numbered(number) }
      return number == 1
        ? name : name.marked("-\(digest.prefix(Self.digestLength))").numbered(number - 1)
    }

    private static let digestLength = 12
    /// How many candidates may hold the same content: a file found there is compared.
    static let comparedCandidates = 2
  }

  /// Moves a claimed file into a folder.
  ///
  /// - Returns: its name there; nil if the claimed file is gone.
  package func put(_ item: Item, in folder: FilePath) throws(FileError) -> FileName? {
    try files.makeArchiveFolder(folder)
    var number = 1
    while true {
      guard let own = try files.stamp(item.path) else { return nil }
      let candidate = item.candidate(number)
      if try tryMove(
        item.path, own, as: folder.file(candidate), in: folder,
        compares: number <= Item.comparedCandidates)
      {
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
    _ item: Item, in folder: FilePath, because reason: [UInt8]
  ) throws(FileError) -> FileName? {
    try files.makeArchiveFolder(folder)
    var number = 1
    while true {
      guard let own = try files.stamp(item.path) else { return nil }
      let candidate = item.candidate(number)
      let path = folder.file(candidate)
      let reasonPath = folder.file(Self.reasonName(for: candidate))
      let isReasonThere = try files.holds(reasonPath, reason)
      var isNamed = isReasonThere
      if !isNamed { isNamed = try tryWrite(reason, as: reasonPath, in: folder) }
      if isNamed {
        if try tryMove(
          item.path, own, as: path, in: folder, compares: number <= Item.comparedCandidates)
        {
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
  /// - Parameter compares: whether to compare the content with that of a file that has the name.
  /// - Returns: whether the content lies under the new name.
  private func tryMove(
    _ claimed: FilePath, _ own: Files.Stamp, as target: FilePath, in folder: FilePath,
    compares: Bool
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
    if !isEqual, compares { isEqual = try files.haveEqualContent(claimed, target) }
    if isEqual { try files.remove(claimed) }
    return isEqual
  }

  /// Copies a file to another file system and removes the original, unless the name exists.
  ///
  /// - Returns: whether the file was copied.
  private func copy(
    _ source: FilePath, _ own: Files.Stamp, to target: FilePath, in folder: FilePath
  ) throws(FileError) -> Bool {
    guard own.kind == .file else {
      // A link that led nowhere has no content; only its name is kept.
      try files.copyLink(source, to: target)
      try files.remove(source)
      return true
    }
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
