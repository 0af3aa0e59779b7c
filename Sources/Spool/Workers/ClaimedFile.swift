package import AtomicFiles
import Foundation
import SystemPackage

/// How a worker takes the content of a claimed file: by one descriptor of the very file that was
/// claimed, whatever its name leads to by now.
package struct ClaimedFile: Sendable {
  package let content: [UInt8]
  /// The file's stamp after it was read.
  package let stamp: Files.Stamp

  /// Reads a claimed file. A link is replaced by a copy of its target first, so that the archive will
  /// hold the content itself.
  ///
  /// - Parameter limit: the most bytes that the file may have.
  /// - Throws: `ClaimedFileError.changed` if the file is not the one that was claimed, or changes while
  ///   it is read; the other cases of that type; or `FileError`.
  package init(_ job: Job, limit: Int = .max, files: Files = Files()) throws {
    let path = FilePath(bytes: job.path)
    let isLink = job.stamp.kind == .link
    guard let (descriptor, before) = try Self.open(job, path, files) else {
      throw isLink ? ClaimedFileError.linkLeadsNowhere : ClaimedFileError.changed
    }
    defer { files.close(descriptor) }
    guard isLink || before.isUnchanged(since: job.stamp) else { throw ClaimedFileError.changed }
    guard before.size <= limit else {
      throw ClaimedFileError.tooLarge(bytes: before.size, limit: limit)
    }
    // One byte more is asked for, so that a file that grows is noticed and not read without end.
    let content = try files.read(descriptor, path, expected: before.size, limit: before.size + 1)
    let after = try files.stamp(of: descriptor, path)
    guard content.count == before.size, after.isUnchanged(since: before) else {
      throw ClaimedFileError.changed
    }
    self.content = content
    guard isLink else {
      stamp = after
      return
    }
    guard try files.stamp(path)?.isUnchanged(since: job.stamp) == true else {
      throw ClaimedFileError.changed
    }
    let copy = try HiddenFile(in: path.removingLastComponent(), files: files)
    defer { copy.discard() }
    try copy.write(content[...])
    try files.rename(copy.path, to: path)
    guard let stamp = try files.stamp(path) else { throw ClaimedFileError.changed }
    self.stamp = stamp
  }

  private static func open(
    _ job: Job, _ path: FilePath, _ files: Files
  ) throws(FileError) -> (descriptor: Int32, stamp: Files.Stamp)? {
    guard job.stamp.kind == .link else { return try files.openRegular(path) }
    return try files.openTarget(
      ofLink: path, beneath: FilePath(bytes: job.inbox), besides: SpoolFolders.closedNames)
  }
}

/// Why a claimed file has no content to work on.
package enum ClaimedFileError: Error, Equatable {
  /// It is not the file that was claimed, or it changed while it was read.
  case changed
  /// It is a link that leads to no file in the inbox.
  case linkLeadsNowhere
  /// It has more bytes than one file may have.
  case tooLarge(bytes: Int, limit: Int)
}

extension WorkFailure {
  package init(_ error: ClaimedFileError) {
    switch error {
    case .changed:
      self.init(
        kind: .file,
        failureReason: FailureReason(
          code: "changed", message: "the file changed while it was read", line: nil,
          remedy: "nothing: it is taken again when it is whole"))
    case .linkLeadsNowhere:
      self.init(
        kind: .permanent,
        failureReason: FailureReason(
          code: "link", message: "it is a link out of the inbox, or to no file", line: nil,
          remedy: "put the file itself into the inbox"))
    case .tooLarge(let bytes, let limit):
      self.init(
        kind: .permanent,
        failureReason: FailureReason(
          code: "too-large", message: "it has \(bytes) bytes; one file may have \(limit)",
          line: nil,
          remedy: "split the file, or let emend watch use more memory (--memory)"))
    }
  }
}
