package import AtomicFiles
import Foundation
import SystemPackage

/// Gives files in the failed folder back to the inbox.
package struct FailedFiles {
  package enum Outcome: Sendable, Equatable {
    /// The file is in the inbox again.
    case retried
    /// No failed file has this name.
    case unknown
    /// Another file in the inbox has the name.
    case taken
  }

  private let folders: SpoolFolders
  private let files: Files

  package init(folders: SpoolFolders, files: Files = Files()) {
    self.folders = folders
    self.files = files
  }

  /// The names of the failed files, sorted.
  package func names() throws(FileError) -> [FileName] {
    guard try files.stamp(folders.failed) != nil else { return [] }
    return try files.list(folders.failed).filter { !$0.isHidden && !$0.hasSuffix(".error.json") }
      .sorted { $0.description < $1.description }
  }

  /// Moves a failed file to the inbox, and removes the file with the reason of its failure. The
  /// caller must have made the ledger forget its outcome, else the file fails again without a try.
  package func retry(_ name: FileName) throws(FileError) -> Outcome {
    let path = folders.failed.file(name)
    guard name.isEntry, let stamp = try files.stamp(path),
      stamp.kind == .file || stamp.kind == .link
    else { return .unknown }
    // The reason is moved aside before the file: as soon as the file is in the inbox it may fail
    // again, and then the reason in the folder is the new one.
    let reason = folders.failed.file(Archive.reasonName(for: name))
    let aside = try HiddenFile(in: folders.failed, files: files)
    defer { aside.discard() }
    let hasReason = try files.stamp(reason) != nil
    if hasReason { try files.rename(reason, to: aside.path) }
    do throws(FileError) {
      if try giveBack(path, as: folders.inbox.file(name)) { return .retried }
    } catch {
      if hasReason { _ = try? files.move(aside.path, to: reason) }
      throw error
    }
    if hasReason { _ = try files.move(aside.path, to: reason) }
    return .taken
  }

  /// Moves a file to the inbox, unless the name exists; copies it from another file system.
  ///
  /// - Returns: whether the file is in the inbox.
  private func giveBack(_ path: FilePath, as target: FilePath) throws(FileError) -> Bool {
    do throws(FileError) {
      return try files.move(path, to: target)
    } catch {
      guard error.code == EXDEV else { throw error }
    }
    guard try files.stamp(target) == nil else { return false }
    let hidden = try HiddenFile(in: folders.inbox, files: files)
    defer { hidden.discard() }
    try hidden.copy(path)
    guard try files.haveEqualContent(path, hidden.path) else {
      throw FileError(path: target, operation: "verify the copy", code: EIO)
    }
    guard try files.name(hidden.path, as: target) else { return false }
    try files.syncFolder(folders.inbox)
    try files.remove(path)
    return true
  }
}
