// Spool owns publishing: putting finished bytes into a folder so that a crash at any instant leaves
// either nothing or everything. It knows files and never records.

import Foundation

/// A file that could not be published.
package struct PublicationError: Error, CustomStringConvertible {
  package let path: String
  package let operation: String
  /// The system's error number.
  package let code: Int32

  /// What to do about it.
  package var remedy: String {
    switch code {
    case ENOSPC, EDQUOT: "free some space and run again; nothing was changed"
    case EACCES, EPERM, EROFS: "choose another folder with --outbox, or make this one writable"
    case ENOENT, ENOTDIR: "create the folder, or choose another with --outbox"
    case EFBIG: "raise the limit of a file's size (ulimit -f); nothing was changed"
    case ENAMETOOLONG: "give the input a shorter name"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    default: "nothing was changed; run again once the cause is gone"
    }
  }

  package var description: String {
    "\(path): \(operation): \(String(cString: strerror(code))); \(remedy)"
  }
}

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

  private let folder: String
  private let calls: any SystemCalls

  package init(folder: String, calls: any SystemCalls = LinuxCalls()) {
    self.folder = folder
    self.calls = calls
  }

  /// Publishes `parts` under `name`, the last part last.
  ///
  /// - Parameter absent: suffixes that belong to such a set but have no file this time; a name
  ///   under which one lies is taken, so that it is never read as part of this set.
  /// - Returns: the paths in the order of `parts`.
  /// - Throws: `PublicationError`; the folder then holds nothing of this set. After a crash it
  ///   holds whole files only, and the last part only if all are there.
  package func publish(
    name: String, parts: [Part], absent: [String] = []
  ) throws(PublicationError) -> [String] {
    let identity = "\(getpid())-\(UInt32.random(in: .min ... .max))"
    var hidden: [String] = []
    defer { for path in hidden { unlink(path) } }
    for (index, part) in parts.enumerated() {
      let path = "\(folder)/.emend-\(identity)-\(index).tmp"
      hidden.append(path)
      try write(part.bytes, to: path)
    }
    var attempt = 1
    while true {
      let stem = attempt == 1 ? name : "\(name)-\(attempt)"
      let isFree = absent.allSatisfy { access("\(folder)/\(stem)\($0)", F_OK) != 0 }
      if isFree, let published = try place(parts, from: hidden, as: stem) { return published }
      attempt += 1
    }
  }

  /// Gives every hidden file its name, or none where one is taken by other bytes.
  private func place(
    _ parts: [Part], from hidden: [String], as stem: String
  ) throws(PublicationError) -> [String]? {
    var paths: [String] = []
    var created: [(target: String, hidden: String)] = []
    do throws(PublicationError) {
      for (part, path) in zip(parts, hidden) {
        let target = "\(folder)/\(stem)\(part.suffix)"
        if try name(path, as: target) {
          created.append((target, path))
        } else if !holds(target, part.bytes) {
          takeBack(created)
          return nil
        }
        paths.append(target)
      }
      try calls.syncFolder(folder)
    } catch {
      // Half a set must not be taken for a whole one.
      takeBack(created)
      throw error
    }
    return paths
  }

  /// Un-names files; one that was renamed for want of links gets its hidden name again.
  private func takeBack(_ created: [(target: String, hidden: String)]) {
    for (target, hidden) in created {
      if access(hidden, F_OK) == 0 { unlink(target) } else { rename(target, hidden) }
    }
  }

  /// Names a file unless the name is taken; says whether it did.
  ///
  /// A hard link fails where the name exists, which a rename does not; where the file system has no
  /// links, the name is checked first.
  private func name(_ path: String, as target: String) throws(PublicationError) -> Bool {
    do throws(PublicationError) {
      try calls.check("link", target) { link(path, target) }
      return true
    } catch {
      switch error.code {
      case EEXIST: return false
      case EPERM, ENOTSUP, ENOSYS, EMLINK:
        guard access(target, F_OK) != 0 else { return false }
        try calls.check("rename", target) { rename(path, target) }
        return true
      default: throw error
      }
    }
  }

  /// Whether a file has exactly these bytes.
  private func holds(_ path: String, _ bytes: [UInt8]) -> Bool {
    FileManager.default.contents(atPath: path).map { $0.elementsEqual(bytes) } ?? false
  }

  private func write(_ bytes: [UInt8], to path: String) throws(PublicationError) {
    let descriptor = try calls.check("create", path) {
      open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    }
    do throws(PublicationError) {
      var written = 0
      while written < bytes.count {
        let start = written
        let count = try calls.checkCount("write", path) {
          bytes.withUnsafeBytes { buffer in
            Foundation.write(
              descriptor, buffer.baseAddress.map { $0 + start },
              min(buffer.count - start, 1 << 30))
          }
        }
        written += count
      }
      try calls.check("fsync", path) { fsync(descriptor) }
      var status = stat()
      try calls.check("stat", path) { fstat(descriptor, &status) }
      guard Int(status.st_size) == bytes.count else {
        throw PublicationError(path: path, operation: "byte count", code: EIO)
      }
    } catch {
      close(descriptor)
      throw error
    }
    try calls.check("close", path) { close(descriptor) }
  }
}
