package import SystemPackage
import Foundation

/// Publishes a set of files that belong together, so that a folder holds all of them or none.
///
/// First every file is written and synced under a hidden name in the folder. When all are complete,
/// they get their names, the last part last, and the folder is synced. Readers wait for the last
/// part: once it is there, the others are there too. If a file with other bytes has one of the
/// names, the whole set gets the same number in its names. So nothing is ever overwritten, and a
/// repeated run whose files exist already changes nothing.
package struct Publication {
  /// One file of the set.
  package struct Part {
    /// What follows the set's name, e.g. `.report.json`. It may lead into a folder, as `.beir/corpus.jsonl` does; the
    /// folder is made if it is missing.
    package let suffix: String
    let content: Content

    enum Content {
      case bytes([UInt8])
      case spooled(SpooledBytes)
    }

    package init(suffix: String, bytes: [UInt8]) {
      self.suffix = suffix
      content = .bytes(bytes)
    }

    package init(suffix: String, spooled: SpooledBytes) {
      self.suffix = suffix
      content = .spooled(spooled)
    }
  }

  private let folder: FilePath
  private let files: Files

  package init(folder: FilePath, files: Files = Files()) {
    self.folder = folder
    self.files = files
  }

  /// Publishes `parts` under `name`, the last part last. A name that is too long for its suffixes
  /// is cut, the same way every time.
  ///
  /// - Parameter absent: suffixes that such a set may have but this one has not. A name with one of
  ///   them that exists already makes the set take the next number, so that no program reads the older
  ///   file as part of this set.
  /// - Returns: the paths in the order of `parts`.
  /// - Throws: after an error the folder holds nothing of this set. After a crash it holds whole
  ///   files only, and the last part only if all are there.
  package func publish(
    name: FileName, parts: [Part], absent: [String] = []
  ) throws(FileError) -> [FilePath] {
    var hidden: [HiddenFile] = []
    defer { for file in hidden { file.discard() } }
    for part in parts {
      let file = try HiddenFile(in: folder, files: files)
      hidden.append(file)
      switch part.content {
      case .bytes(let bytes): try file.write(bytes[...])
      case .spooled(let spooled): try file.write(spooled)
      }
    }
    let longest = (parts.map(\.suffix) + absent).map(Self.nameLength).max() ?? 0
    var attempt = 1
    while true {
      let number = attempt == 1 ? "" : "-\(attempt)"
      let stem = name.fitted(leaving: longest + number.utf8.count).appending(number)
      if try isFree(stem, absent), let published = try place(parts, from: hidden, as: stem) {
        return published
      }
      attempt += 1
    }
  }

  private func isFree(_ stem: FileName, _ absent: [String]) throws(FileError) -> Bool {
    for suffix in absent where try files.stamp(folder.file(stem.appending(suffix))) != nil {
      return false
    }
    return true
  }

  /// Gives every hidden file its name, or none if a file with other bytes has one of the names.
  ///
  /// - Returns: the paths in the order of `parts`; nil if a name was not free.
  private func place(
    _ parts: [Part], from hidden: [HiddenFile], as stem: FileName
  ) throws(FileError) -> [FilePath]? {
    var paths: [FilePath] = []
    var created: [(target: FilePath, hidden: HiddenFile)] = []
    var made: [FilePath] = []
    do throws(FileError) {
      for (part, file) in zip(parts, hidden) {
        let target = folder.file(stem.appending(part.suffix))
        if part.suffix.utf8.contains(UInt8(ascii: "/")), try !make(folderOf: target, &made) {
          takeBack(created, made)
          return nil
        }
        if try files.name(file.path, as: target) {
          created.append((target, file))
        } else if try !holds(target, part) {
          takeBack(created, made)
          return nil
        }
        paths.append(target)
      }
      for inner in Set(paths.map { $0.removingLastComponent() }) where inner != folder {
        try files.syncFolder(inner)
      }
      for inner in made { try files.syncFolder(inner.removingLastComponent()) }
      try files.syncFolder(folder)
    } catch {
      // Nobody may read a part of a set as the whole.
      takeBack(created, made)
      throw error
    }
    return paths
  }

  private func holds(_ target: FilePath, _ part: Part) throws(FileError) -> Bool {
    switch part.content {
    case .bytes(let bytes): try files.holds(target, bytes)
    case .spooled(let spooled): try files.holds(target, spooled)
    }
  }

  /// Removes the names again, the last first. On a file system without hard links the file itself
  /// was renamed, and gets its hidden name again.
  private func takeBack(
    _ created: [(target: FilePath, hidden: HiddenFile)], _ made: [FilePath]
  ) {
    for (target, file) in created.reversed() {
      // Another program may have put a file of its own in the place meanwhile.
      guard (try? file.isAlso(at: target)) == true else { continue }
      if (try? files.stamp(file.path)) != nil {
        try? files.remove(target)
      } else {
        try? files.rename(target, to: file.path)
      }
    }
    // One in which somebody has put a file meanwhile stays.
    for inner in made.reversed() { try? files.removeFolder(inner) }
  }

  /// Makes the folder of a file, with those above it up to the folder of the set. `made` gets those that were missing.
  ///
  /// - Returns: false, having made nothing, where something else has one of the names. So has a symbolic link: it may lead
  ///   to a folder that is somebody else's.
  private func make(
    folderOf target: FilePath, _ made: inout [FilePath]
  ) throws(FileError) -> Bool {
    var missing: [FilePath] = []
    var inner = target.removingLastComponent()
    while inner != folder {
      if let kind = try files.stamp(inner)?.kind {
        guard kind == .folder else { return false }
      } else {
        missing.append(inner)
      }
      inner = inner.removingLastComponent()
    }
    for inner in missing.reversed() {
      try files.makeFolder(inner)
      made.append(inner)
    }
    return true
  }

  /// How many bytes of a suffix follow the stem in one name.
  private static func nameLength(_ suffix: String) -> Int {
    suffix.utf8.prefix { $0 != UInt8(ascii: "/") }.count
  }
}
