package import AtomicFiles
import SystemPackage

/// Which entries of an inbox are taken, and why the others are not.
package enum InboxEntry {
  /// Why an entry is not taken, as a sentence with the remedy; nil if it is, once it is whole. Hidden
  /// names and the spool's own folders are not asked about.
  static func reasonToIgnore(
    _ name: FileName, _ stamp: Files.Stamp, usesMarkers: Bool
  ) -> String? {
    switch stamp.kind {
    case .folder: "it is a folder; put the files themselves into the inbox"
    case .other: "it is neither a file nor a link to one"
    case .file, .link:
      if !name.isDataset {
        "its name ends in none of .jsonl, .ndjson, .json, .csv, .tsv, .tab, .psv, or these with .gz or .zst"
      } else if usesMarkers, name.marker.bytes.count > FileName.lengthLimit {
        "its name leaves no room for that of a marker; give it a shorter one"
      } else {
        nil
      }
    }
  }

  static let reasonOfOutsideLink =
    "it is a link out of the inbox, or to no file; put the file itself here"
  static let reasonOfUnfinishedName = "its name says that it is not finished"
  /// A file without a byte is a placeholder that some program will fill, or a mistake.
  static let reasonToWaitForContent = "it is empty; it is taken once it has content"

  /// What the inbox holds besides the spool's own folders and hidden names.
  package struct Survey: Sendable {
    /// Datasets that will be taken, or wait until they are whole.
    package var datasets: [FileName] = []
    /// Datasets without a byte, which wait for their content.
    package var empty: [FileName] = []
    /// Entries that are not taken, each with the reason.
    package var ignored: [(name: FileName, reason: String)] = []
  }

  /// Looks through an inbox without changing anything.
  static func survey(_ inbox: FilePath, _ files: Files) throws(FileError) -> Survey {
    var survey = Survey()
    let names = try files.list(inbox).sorted { $0.description < $1.description }
    for name in names where !name.isHidden && !SpoolFolders.ownNames.contains(name) {
      guard let stamp = try files.stamp(inbox.file(name)) else { continue }
      if name.isUnfinished {
        survey.ignored.append((name, reasonOfUnfinishedName))
      } else if name.markedDataset != nil || name == FileName("README.md") {
        continue
      } else if let reason = reasonToIgnore(name, stamp, usesMarkers: false) {
        survey.ignored.append((name, reason))
      } else if stamp.kind == .link {
        if try isLinkInside(inbox.file(name), inbox, files) {
          survey.datasets.append(name)
        } else {
          survey.ignored.append((name, reasonOfOutsideLink))
        }
      } else if stamp.kind == .file && stamp.size == 0 {
        survey.empty.append(name)
      } else {
        survey.datasets.append(name)
      }
    }
    return survey
  }

  /// Whether a link leads to a file inside the inbox.
  static func isLinkInside(
    _ link: FilePath, _ inbox: FilePath, _ files: Files
  ) throws(FileError) -> Bool {
    let target = try files.openTarget(
      ofLink: link, beneath: inbox, besides: SpoolFolders.closedNames)
    guard let target else { return false }
    files.close(target.descriptor)
    return true
  }
}
