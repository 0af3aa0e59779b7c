import Foundation

/// Where a folder is, whatever path names it: symbolic links, `..` and bind mounts make no difference.
///
/// Folders are compared by device and inode. Of a folder that is not there yet, the nearest folder above
/// it that is there is compared in this way, and the names below that one as they are.
struct FolderPlace {
  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  /// The folders that are there, from the nearest one up to the root.
  private let existing: [Identity]
  /// The names below these, of folders that are not there yet.
  private let missing: [String]

  init(_ path: String) {
    let current = FileManager.default.currentDirectoryPath
    // `..` is left to the system: behind a symbolic link it is another folder than the text says.
    var nearest = path.hasPrefix("/") ? path : "\(current)/\(path)"
    var names: [String] = []
    while Self.resolved(nearest) == nil {
      guard let slash = nearest.lastIndex(of: "/") else { break }
      let name = String(nearest[nearest.index(after: slash)...])
      if !name.isEmpty, name != "." { names.insert(name, at: 0) }
      nearest = slash == nearest.startIndex ? "/" : String(nearest[..<slash])
    }
    var folder = URL(filePath: Self.resolved(nearest) ?? "/")
    var found: [Identity] = []
    while true {
      if let identity = Self.identity(folder.path) { found.append(identity) }
      if folder.path == "/" { break }
      folder = folder.deletingLastPathComponent()
    }
    existing = found
    missing = names
  }

  /// Whether both are the same folder.
  func isSame(as other: FolderPlace) -> Bool {
    missing == other.missing && existing.first == other.existing.first
  }

  /// Whether this folder is in the other one, at any depth, and is not the other one itself.
  func isInside(_ other: FolderPlace) -> Bool {
    guard !isSame(as: other), let top = other.existing.first else { return false }
    if other.missing.isEmpty { return existing.contains(top) }
    return existing.first == top && missing.starts(with: other.missing)
  }

  private static func resolved(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}

extension FolderPlace {
  /// What is wrong with a choice of folders, in a sentence; nil if nothing is.
  ///
  /// Each must be a folder of its own. Only done, failed and state may lie in the inbox, where emend
  /// itself puts them, and the state folder may contain the others.
  static func fault(
    inbox: String, outbox: String, done: String, failed: String, state: String
  ) -> String? {
    struct Folder {
      let name: String
      let path: String
      let place: FolderPlace
      init(_ name: String, _ path: String) {
        self.name = name
        self.path = path
        place = FolderPlace(path)
      }
    }
    let claimed = Folder("folder for claims", inbox + "/claimed")
    let folders = [
      Folder("inbox", inbox), Folder("outbox", outbox), Folder("done folder", done),
      Folder("failed folder", failed), Folder("state folder", state), claimed,
    ]
    for (index, left) in folders.enumerated() {
      for right in folders[(index + 1)...] where left.place.isSame(as: right.place) {
        return
          "\(left.path) and \(right.path): the \(left.name) and the \(right.name) are the same "
          + "folder; give each a folder of its own"
      }
    }
    for inner in folders {
      for outer in folders where inner.place.isInside(outer.place) {
        let isOwn = outer.name == "inbox" && inner.name != "outbox"
        if isOwn || outer.name == "state folder" { continue }
        return
          "\(inner.path): the \(inner.name) lies in the \(outer.name), \(outer.path); give it a "
          + "place outside"
      }
    }
    return nil
  }
}
