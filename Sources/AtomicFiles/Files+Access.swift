import Foundation
package import SystemPackage

/// Who may read what a daemon makes, whatever its umask is.
extension Files {
  /// Makes a folder that nobody but this user may enter (mode 0700), unless it exists. One that exists
  /// gets this mode if it has another one.
  ///
  /// - Throws: `EPERM` if the folder belongs to another user, who could change what is put into it.
  package func makePrivateFolder(_ path: FilePath) throws(FileError) {
    let isNew = try makeFolder(path, mode: 0o700)
    guard !isNew else { return }
    let status = try ownStatus(path, trusting: [geteuid()])
    guard status.st_mode & 0o077 != 0 else { return }
    try call("chmod", path) { path.withPlatformString { chmod($0, 0o700) } }
  }

  /// Makes a folder for files that are put away, unless it exists. In a folder with the set-group-ID bit,
  /// which says that all in it belongs to that folder's group, the group may read it (mode 0750).
  /// Elsewhere the umask decides.
  ///
  /// - Throws: `EPERM` if the folder exists in a folder that others may write to, and belongs to one of
  ///   them.
  package func makeArchiveFolder(_ path: FilePath) throws(FileError) {
    let parent = status(path.removingLastComponent())
    if let parent, parent.st_mode & S_ISGID != 0 {
      if try makeFolder(path, mode: 0o750) { return }
    } else {
      try makeFolder(path)
    }
    guard let parent, parent.st_mode & 0o022 != 0 else { return }
    _ = try ownStatus(path, trusting: [geteuid(), parent.st_uid])
  }

  /// Lets the group read a file if the folder has the set-group-ID bit and the group may read the folder.
  func shareWithGroup(_ descriptor: Int32, in folder: FilePath, _ path: FilePath) throws(FileError)
  {
    guard let status = status(folder), status.st_mode & S_ISGID != 0, status.st_mode & S_IRGRP != 0
    else { return }
    try call("fchmod", path) { fchmod(descriptor, 0o640) }
  }

  /// Makes a folder with these rights whatever the umask is, and with the set-group-ID bit that it inherits.
  ///
  /// - Returns: whether the folder was made; false if the path exists.
  private func makeFolder(_ path: FilePath, mode: mode_t) throws(FileError) -> Bool {
    guard try stamp(path) == nil else { return false }
    // Made with no more rights than it will have. The umask, which belongs to the whole process and so to
    // other threads too, is left alone.
    do throws(FileError) {
      try call("mkdir", path) { path.withPlatformString { mkdir($0, mode) } }
    } catch {
      if error.code == EEXIST { return false }
      let parent = path.removingLastComponent()
      guard error.code == ENOENT, !parent.isEmpty, parent != path else { throw error }
      try makeFolder(parent)
      return try makeFolder(path, mode: mode)
    }
    let descriptor = try open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    defer { close(descriptor) }
    var status = stat()
    try call("fstat", path) { fstat(descriptor, &status) }
    let inherited = status.st_mode & S_ISGID
    if status.st_mode & 0o7777 != mode | inherited {
      try call("fchmod", path) { fchmod(descriptor, mode | inherited) }
    }
    return true
  }

  /// The status of what lies at a path itself, which may be a folder or a link to one.
  private func ownStatus(_ path: FilePath, trusting users: [uid_t]) throws(FileError) -> stat {
    var status = stat()
    try call("lstat", path) { path.withPlatformString { lstat($0, &status) } }
    guard geteuid() == 0 || status.st_uid == 0 || users.contains(status.st_uid) else {
      throw FileError(path: path, operation: "use a folder of another user", code: EPERM)
    }
    // Fails if it is neither a folder nor a link to one.
    close(try open(path, O_RDONLY | O_DIRECTORY))
    return status
  }

  /// The status of the folder at a path; nil if there is none.
  private func status(_ folder: FilePath) -> stat? {
    var status = stat()
    let path = folder.isEmpty ? FilePath(".") : folder
    return path.withPlatformString { stat($0, &status) } == 0 ? status : nil
  }

  private func call(
    _ operation: String, _ path: FilePath, _ body: () -> Int32
  ) throws(FileError) {
    while body() != 0 {
      if errno != EINTR { throw FileError(path: path, operation: operation, code: errno) }
    }
  }
}
