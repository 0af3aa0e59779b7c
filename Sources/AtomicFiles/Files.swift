package import SystemPackage
import CLinux
import Foundation

/// Wrappers around Linux' system calls on files.
///
/// A call that a signal interrupts is repeated, but for `close`, after which the descriptor is
/// gone. An error names the call and the path. Names are bytes throughout. Most calls pass through
/// `SystemCalls`, where tests inject faults; its documentation lists the exceptions.
package struct Files: Sendable {
  private let calls: any SystemCalls
  /// Whether the group of a folder with the set-group-ID bit may read the files that are made in it, as far
  /// as it may read the folder. Else the umask alone decides.
  let sharesWithGroup: Bool

  package init(calls: any SystemCalls = LinuxCalls(), sharesWithGroup: Bool = false) {
    self.calls = calls
    self.sharesWithGroup = sharesWithGroup
  }

  /// What identifies a file and the state of its content: device, inode, size and times of change.
  package struct Stamp: Sendable, Codable, Equatable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int
    /// Time of the last change of the content, in nanoseconds since 1970. It may lie in the future;
    /// it is compared for equality, and decides which file is worked on first.
    package let modified: Int64
    /// Time of the last change of content, owner, rights, names or number of names, in nanoseconds since
    /// 1970. Programs can set `modified`, but not this one.
    package let changed: Int64
    /// How many names (hard links) the file has.
    package let links: Int
    package let kind: Kind

    package enum Kind: String, Sendable, Codable, Equatable {
      case file, folder, link, other
    }

    init(_ status: stat) {
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      size = Int(status.st_size)
      modified = Self.nanoseconds(status.st_mtim)
      changed = Self.nanoseconds(status.st_ctim)
      links = Int(status.st_nlink)
      kind =
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .other
        }
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
      Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Whether this is the same file with the same content, as far as size and times of change show.
    package func isUnchanged(since other: Stamp) -> Bool {
      inode == other.inode && device == other.device && size == other.size
        && modified == other.modified && changed == other.changed && kind == other.kind
    }

    /// Whether this is the same file, whatever its content is by now.
    package func isSameFile(as other: Stamp) -> Bool {
      inode == other.inode && device == other.device
    }
  }

  // MARK: - Status

  /// The stamp of what lies at a path; nil if there is nothing. A symbolic link is not followed.
  package func stamp(_ path: FilePath) throws(FileError) -> Stamp? {
    var status = stat()
    do throws(FileError) {
      try check("lstat", path) { path.withPlatformString { lstat($0, &status) } }
    } catch {
      guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
      return nil
    }
    return Stamp(status)
  }

  /// The stamp of an open file.
  ///
  /// - Parameter path: for the message of an error only.
  package func stamp(of descriptor: Int32, _ path: FilePath) throws(FileError) -> Stamp {
    var status = stat()
    try check("fstat", path) { fstat(descriptor, &status) }
    return Stamp(status)
  }

  /// The names in a folder, without `.` and `..`, in no particular order.
  package func list(_ folder: FilePath) throws(FileError) -> [FileName] {
    try FolderListing(folder, files: self).next(.max)
  }

  /// Whether a process on this machine has the file open for writing; nil if the kernel does not
  /// tell.
  package func isOpenForWriting(_ descriptor: Int32) -> Bool? {
    switch emend_is_open_for_writing(descriptor) {
    case 1: true
    case 0: false
    default: nil
    }
  }

  // MARK: - Reading and writing

  /// Opens a file; child processes do not inherit the descriptor.
  package func open(_ path: FilePath, _ flags: Int32) throws(FileError) -> Int32 {
    try check("open", path) { path.withPlatformString { Foundation.open($0, flags | O_CLOEXEC) } }
  }

  /// Opens what lies at a path if it is a regular file, and nothing else: a symbolic link is not
  /// followed, and a FIFO or a device is not opened, so that its other end notices nothing. Whatever
  /// the path leads to later, the descriptor stays the file of the stamp.
  ///
  /// - Returns: the descriptor and the file's stamp; nil if there is no regular file at the path.
  /// - Throws: `ENOENT` if there is nothing.
  package func openRegular(
    _ path: FilePath, _ flags: Int32 = O_RDONLY
  ) throws(FileError) -> (descriptor: Int32, stamp: Stamp)? {
    let reference = try check("open", path) { path.withPlatformString { emend_open_reference($0) } }
    defer { close(reference) }
    return try openRegular(reference: reference, path, flags)
  }

  /// Opens the regular file that a symbolic link leads to, if it lies beneath a folder. No other link
  /// or mount can lead the way out of that folder, whoever changes what while this runs.
  ///
  /// - Parameters:
  ///   - excluded: names in the folder that the way must not lead through.
  /// - Returns: the descriptor and the file's stamp; nil if the link leads to no regular file there.
  package func openTarget(
    ofLink link: FilePath, beneath folder: FilePath, besides excluded: Set<FileName>
  ) throws(FileError) -> (descriptor: Int32, stamp: Stamp)? {
    let root = try open(folder, O_RDONLY | O_DIRECTORY)
    defer { close(root) }
    let base = try location(of: root, folder)
    guard let way = Self.relative(try target(ofLink: link), to: [base, folder]) else { return nil }
    let reference: Int32
    do throws(FileError) {
      reference = try check("openat2", link) {
        way.withPlatformString { emend_open_reference_beneath(root, $0) }
      }
    } catch {
      let leadsNowhere = [ENOENT, ENOTDIR, ELOOP, EXDEV, ENOSYS, EAGAIN].contains(error.code)
      guard leadsNowhere else { throw error }
      return nil
    }
    defer { close(reference) }
    // The place is asked of the file itself: a link on the way may have led into an excluded folder.
    let place = Self.relative(try location(of: reference, link), to: [base])
    guard let first = place?.components.first,
      !excluded.contains(FileName(bytes: FilePath(root: nil, [first]).bytes))
    else { return nil }
    return try openRegular(reference: reference, link, O_RDONLY)
  }

  /// Opens the file that an `O_PATH` descriptor stands for, if it is a regular one.
  private func openRegular(
    reference: Int32, _ path: FilePath, _ flags: Int32
  ) throws(FileError) -> (descriptor: Int32, stamp: Stamp)? {
    guard try stamp(of: reference, path).kind == .file else { return nil }
    let descriptor = try check("open", path) {
      Foundation.open("/proc/self/fd/\(reference)", flags | O_NONBLOCK | O_CLOEXEC)
    }
    do throws(FileError) {
      return (descriptor, try stamp(of: descriptor, path))
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// A path as seen from the first of some folders that it lies in; nil if it lies in none. A relative
  /// path is seen from the folder already.
  private static func relative(_ path: FilePath, to folders: [FilePath]) -> FilePath? {
    guard path.isAbsolute else { return path }
    for folder in folders where path.starts(with: folder) {
      var rest = path
      if rest.removePrefix(folder), !rest.isEmpty { return rest }
    }
    return nil
  }

  /// The path of an open file or folder, with all symbolic links resolved.
  private func location(of descriptor: Int32, _ path: FilePath) throws(FileError) -> FilePath {
    try readLink(FilePath("/proc/self/fd/\(descriptor)"), asking: path)
  }

  /// The text of a symbolic link.
  private func target(ofLink link: FilePath) throws(FileError) -> FilePath {
    try readLink(link, asking: link)
  }

  private func readLink(_ link: FilePath, asking path: FilePath) throws(FileError) -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    try checkCount("readlink", path) {
      link.withPlatformString { readlink($0, &buffer, buffer.count - 1) }
    }
    return FilePath(platformString: buffer)
  }

  /// Makes a file and opens it for reading and writing.
  ///
  /// - Throws: `EEXIST` if the path exists already.
  package func create(_ path: FilePath) throws(FileError) -> Int32 {
    try check("create", path) {
      path.withPlatformString { Foundation.open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) }
    }
  }

  /// Closes a descriptor that was only read from; such a call loses no data, so errors are ignored.
  package func close(_ descriptor: Int32) { Foundation.close(descriptor) }

  /// Closes a descriptor that was written to, and reports an error of an earlier write.
  package func finish(_ descriptor: Int32, _ path: FilePath) throws(FileError) {
    let (result, code) = calls.attempt("close") { Int(Foundation.close(descriptor)) }
    // Linux frees the descriptor even if `close` fails or is interrupted, so it is not repeated.
    if result < 0, code != EINTR { throw FileError(path: path, operation: "close", code: code) }
  }

  /// Reads from the descriptor's position to the end, or to a limit.
  ///
  /// - Parameters:
  ///   - expected: how many bytes to expect; more or fewer are read all the same.
  ///   - limit: how many bytes to read at most.
  package func read(
    _ descriptor: Int32, _ path: FilePath, expected: Int, limit: Int = .max
  ) throws(FileError) -> [UInt8] {
    var content: [UInt8] = []
    var wanted = max(min(expected, limit - 1) + 1, 1 << 16)
    while content.count < limit {
      let piece = try readPiece(descriptor, path, atMost: min(wanted, limit - content.count))
      if piece.isEmpty { return content }
      if content.isEmpty { content = piece } else { content += piece }
      wanted = 1 << 20
    }
    return content
  }

  /// Reads at most `count` bytes; an empty array means the end of the file.
  func readPiece(
    _ descriptor: Int32, _ path: FilePath, atMost count: Int = 1 << 20
  ) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
      do throws(FileError) {
        initialised = try checkCount("read", path) {
          Foundation.read(descriptor, buffer.baseAddress, calls.portion(of: count, "read"))
        }
      } catch {
        failure = error
        initialised = 0
      }
    }
    if let failure { throw failure }
    return piece
  }

  /// Writes all bytes.
  package func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, _ path: FilePath)
    throws(FileError)
  {
    var rest = bytes
    while !rest.isEmpty {
      let written = try checkCount("write", path) {
        rest.withUnsafeBytes {
          Foundation.write(
            descriptor, $0.baseAddress, calls.portion(of: min($0.count, 1 << 30), "write"))
        }
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Cuts a file off behind its first `size` bytes.
  package func truncate(_ descriptor: Int32, _ path: FilePath, to size: Int) throws(FileError) {
    try check("ftruncate", path) { ftruncate(descriptor, off_t(size)) }
  }

  /// Waits until the disk has the file's content.
  package func sync(_ descriptor: Int32, _ path: FilePath) throws(FileError) {
    try check("fsync", path) { fsync(descriptor) }
  }

  /// Waits until the disk has the names in a folder, so that they survive a loss of power.
  package func syncFolder(_ folder: FilePath) throws(FileError) {
    let descriptor = try open(folder, O_RDONLY | O_DIRECTORY)
    defer { close(descriptor) }
    do throws(FileError) {
      try check("fsync folder", folder) { fsync(descriptor) }
    } catch {
      // Some network file systems cannot sync a folder and need not.
      guard error.code == EINVAL || error.code == ENOTSUP else { throw error }
    }
  }

  // MARK: - Names

  /// Moves a file within a file system, unless the new name exists.
  ///
  /// - Returns: whether the file was moved; false if the new name exists.
  /// - Throws: `EXDEV` if the two paths are on different file systems.
  package func move(_ from: FilePath, to target: FilePath) throws(FileError) -> Bool {
    if let isMoved = try renameInOneStep(from, to: target) { return isMoved }
    // The file system cannot do it in one step: give the file a second name, which fails if that
    // exists, then remove the first. A crash in between leaves one file with two names; callers
    // recognise it with `Stamp.isSameFile(as:)`.
    guard try name(from, as: target) else { return false }
    // Without hard links `name` has removed the first name, and another file may have it by now.
    guard let left = try stamp(from), let moved = try stamp(target), left.isSameFile(as: moved)
    else { return true }
    try remove(from)
    return true
  }

  /// Renames a file unless the new name exists, in one step of the kernel.
  ///
  /// - Returns: whether the file was renamed; nil if the file system has no such step.
  private func renameInOneStep(
    _ from: FilePath, to target: FilePath
  ) throws(FileError) -> Bool? {
    do throws(FileError) {
      try check("renameat2", target) {
        from.withPlatformString { old in
          target.withPlatformString { emend_rename_no_replace(old, $0) }
        }
      }
      return true
    } catch {
      switch error.code {
      case EEXIST: return false
      case EINVAL, ENOSYS, ENOTSUP: return nil
      default: throw error
      }
    }
  }

  /// Gives a file a second name, unless that exists. On a file system without hard links the file
  /// is renamed, so the first name is gone. Only where the file system has neither links nor a rename that
  /// replaces nothing, a file that gets the name in the moment after the check is replaced.
  ///
  /// - Returns: whether the file has the second name; false if it exists already.
  package func name(_ path: FilePath, as target: FilePath) throws(FileError) -> Bool {
    do throws(FileError) {
      try check("link", target) {
        path.withPlatformString { old in target.withPlatformString { link(old, $0) } }
      }
      return true
    } catch {
      switch error.code {
      case EEXIST: return false
      case EPERM, ENOTSUP, ENOSYS, EMLINK:
        if let isRenamed = try renameInOneStep(path, to: target) { return isRenamed }
        guard try stamp(target) == nil else { return false }
        try rename(path, to: target)
        return true
      default: throw error
      }
    }
  }

  /// Renames a file and replaces what has the new name: for files of emend's own only.
  package func rename(_ from: FilePath, to target: FilePath) throws(FileError) {
    try check("rename", target) {
      from.withPlatformString { old in target.withPlatformString { Foundation.rename(old, $0) } }
    }
  }

  /// Makes a symbolic link with the text of another one.
  ///
  /// - Throws: `EEXIST` if the target exists; `EINVAL` if `link` is no link.
  package func copyLink(_ link: FilePath, to target: FilePath) throws(FileError) {
    let text = try self.target(ofLink: link)
    try check("symlink", target) {
      text.withPlatformString { text in target.withPlatformString { symlink(text, $0) } }
    }
  }

  /// Removes a file's name; does nothing if there is none.
  package func remove(_ path: FilePath) throws(FileError) {
    do throws(FileError) {
      try check("unlink", path) { path.withPlatformString { unlink($0) } }
    } catch {
      guard error.code == ENOENT else { throw error }
    }
  }

  /// Removes an empty folder; does nothing if there is none.
  package func removeFolder(_ path: FilePath) throws(FileError) {
    do throws(FileError) {
      try check("rmdir", path) { path.withPlatformString { rmdir($0) } }
    } catch {
      guard error.code == ENOENT else { throw error }
    }
  }

  /// Makes a folder and the folders above it, unless they exist.
  package func makeFolder(_ path: FilePath) throws(FileError) {
    do throws(FileError) {
      try check("mkdir", path) { path.withPlatformString { mkdir($0, 0o777) } }
    } catch {
      switch error.code {
      case EEXIST:
        // A symbolic link to a folder counts as a folder; anything else fails here.
        close(try open(path, O_RDONLY | O_DIRECTORY))
      case ENOENT:
        let parent = path.removingLastComponent()
        guard parent != path, !parent.isEmpty else { throw error }
        try makeFolder(parent)
        try makeFolder(path)
      default: throw error
      }
    }
  }

  /// Locks an open file until the descriptor is closed or the process ends.
  ///
  /// - Returns: whether the lock was free.
  package func lock(_ descriptor: Int32, _ path: FilePath) throws(FileError) -> Bool {
    do throws(FileError) {
      try check("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
      return true
    } catch {
      guard error.code == EWOULDBLOCK else { throw error }
      return false
    }
  }

  // MARK: - Calls

  /// Repeats a call until no signal interrupts it.
  ///
  /// - Throws: the error that the call ends with.
  @discardableResult
  private func checkCount(
    _ operation: String, _ path: FilePath, _ call: () -> Int
  ) throws(FileError) -> Int {
    while true {
      let (result, code) = calls.attempt(operation, call)
      if result >= 0 { return result }
      if code == EINTR { continue }
      throw FileError(path: path, operation: operation, code: code)
    }
  }

  @discardableResult
  private func check(
    _ operation: String, _ path: FilePath, _ call: () -> Int32
  ) throws(FileError) -> Int32 {
    Int32(truncatingIfNeeded: try checkCount(operation, path) { Int(call()) })
  }
}
