import Foundation
import SystemPackage

/// Gives failed files back to the inbox.
package struct FailedFiles {
  package enum Outcome: Sendable, Equatable {
    case retried
    /// No failed file has this name.
    case unknown
    /// Another file has the name in the inbox.
    case taken
  }

  private let folders: SpoolFolders
  private let files: Files

  package init(folders: SpoolFolders, files: Files = Files()) {
    self.folders = folders
    self.files = files
  }

  /// Names of failed files.
  package func names() throws(SpoolError) -> [FileName] {
    guard try files.stamp(folders.failed) != nil else { return [] }
    return try files.list(folders.failed).filter { !$0.isHidden && !$0.hasSuffix(".error.json") }
      .sorted { $0.description < $1.description }
  }

  /// Moves a failed file back, and takes the reason of its failure away. Its verdict must have been
  /// forgotten before, or it stands.
  package func retry(_ name: FileName) throws(SpoolError) -> Outcome {
    let path = folders.failed.file(name)
    guard let stamp = try files.stamp(path), stamp.kind == .file else { return .unknown }
    let target = folders.inbox.file(name)
    do throws(SpoolError) {
      guard try files.move(path, to: target) else { return .taken }
    } catch {
      guard error.code == EXDEV else { throw error }
      guard try files.stamp(target) == nil else { return .taken }
      let hidden = try HiddenFile(in: folders.inbox, files: files)
      defer { hidden.discard() }
      try hidden.copy(path)
      guard try files.haveEqualContent(path, hidden.path) else {
        throw SpoolError(path: target, operation: "verify the copy", code: EIO)
      }
      guard try files.name(hidden.path, as: target) else { return .taken }
      try files.syncFolder(folders.inbox)
      try files.remove(path)
    }
    try files.remove(folders.failed.file(Archive.reasonName(for: name)))
    return .retried
  }
}
