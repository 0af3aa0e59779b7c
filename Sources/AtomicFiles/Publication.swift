package import SystemPackage
import Foundation

/// One set of files that belong together and appear in a folder as one.
///
/// Every file is first written and synced under a hidden name on the same file system; only when all
/// are complete do they get their names, the last part last, and the folder is synced. Readers wait
/// for the last part: when it is there, so is the rest. A name that is taken by other bytes gets a
/// suffix, the same for the whole set: nothing is ever overwritten, and repeating a run whose files
/// are there already changes nothing.
package struct Publication {
  /// One file of the set.
  package struct Part {
    /// What follows the set's name, e.g. `.report.json`.
    package let suffix: String
    package let bytes: [UInt8]
    package init(suffix: String, bytes: [UInt8]) {
      self.suffix = suffix
      self.bytes = bytes
    }
  }

  private let folder: FilePath
  private let files: Files

  package init(folder: FilePath, files: Files = Files()) {
    self.folder = folder
    self.files = files
  }

  /// Publishes `parts` under `name`, the last part last. A name that is too long for its suffixes is
  /// cut, the same way every time.
  ///
  /// - Parameter absent: suffixes that belong to such a set but have no file this time; a name
  ///   under which one lies is taken, so that it is never read as part of this set.
  /// - Returns: the paths in the order of `parts`.
  /// - Throws: the folder then holds nothing of this set. After a crash it holds whole files only,
  ///   and the last part only if all are there.
  package func publish(
    name: FileName, parts: [Part], absent: [String] = []
  ) throws(FileError) -> [FilePath] {
    var hidden: [HiddenFile] = []
    defer { for file in hidden { file.discard() } }
    for part in parts {
      let file = try HiddenFile(in: folder, files: files)
      hidden.append(file)
      try file.write(part.bytes[...])
    }
    let longest = (parts.map(\.suffix) + absent).map(\.utf8.count).max() ?? 0
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

  /// Gives every hidden file its name, or none where one is taken by other bytes.
  private func place(
    _ parts: [Part], from hidden: [HiddenFile], as stem: FileName
  ) throws(FileError) -> [FilePath]? {
    var paths: [FilePath] = []
    var created: [(target: FilePath, hidden: FilePath)] = []
    do throws(FileError) {
      for (part, file) in zip(parts, hidden) {
        let target = folder.file(stem.appending(part.suffix))
        if try files.name(file.path, as: target) {
          created.append((target, file.path))
        } else if try !files.holds(target, part.bytes) {
          takeBack(created)
          return nil
        }
        paths.append(target)
      }
      try files.syncFolder(folder)
    } catch {
      // Half a set must not be taken for a whole one.
      takeBack(created)
      throw error
    }
    return paths
  }

  /// Un-names files, the last first; one that was renamed for want of links gets its hidden name
  /// again.
  private func takeBack(_ created: [(target: FilePath, hidden: FilePath)]) {
    for (target, hidden) in created.reversed() {
      if (try? files.stamp(hidden)) != nil {
        try? files.remove(target)
      } else {
        try? files.rename(target, to: hidden)
      }
    }
  }
}
