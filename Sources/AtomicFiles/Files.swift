package import SystemPackage
import CLinux
import Foundation

/// The spool's system calls, one wrapper each: repeated where interrupted, and an error says what
/// failed where. Names are bytes throughout.
package struct Files: Sendable {
  private let calls: any SystemCalls

  package init(calls: any SystemCalls = LinuxCalls()) { self.calls = calls }

  /// What tells whether a file is still the one that was looked at.
  package struct Stamp: Sendable, Equatable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int
    /// Nanoseconds since 1970; may lie in the future, and is only ever compared for equality or order
    /// of work.
    package let modified: Int64
    package let links: Int
    package let kind: Kind

    package enum Kind: Sendable, Equatable {
      case file, folder, link, other
    }

    init(_ status: stat) {
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      size = Int(status.st_size)
      modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
      links = Int(status.st_nlink)
      kind =
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .other
        }
    }

    /// Whether this is the same file with the same content, as far as size and time tell.
    package func isUnchanged(since other: Stamp) -> Bool {
      inode == other.inode && device == other.device && size == other.size
        && modified == other.modified && kind == other.kind
    }

    package func isSameFile(as other: Stamp) -> Bool {
      inode == other.inode && device == other.device
    }
  }

  // MARK: - Looking

  /// What lies under a path, links not followed; nil where there is nothing.
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

  package func stamp(of descriptor: Int32, _ path: FilePath) throws(FileError) -> Stamp {
    var status = stat()
    try check("fstat", path) { fstat(descriptor, &status) }
    return Stamp(status)
  }

  /// The names in a folder, `.` and `..` left out, in no order.
  package func list(_ folder: FilePath) throws(FileError) -> [FileName] {
    let descriptor = try open(folder, O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(descriptor) else {
      let code = errno
      close(descriptor)
      throw FileError(path: folder, operation: "fdopendir", code: code)
    }
    defer { closedir(stream) }
    var names: [FileName] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        let code = errno
        if code != 0 { throw FileError(path: folder, operation: "readdir", code: code) }
        return names
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { start in
          Array(UnsafeBufferPointer(start: start, count: strlen(start))).map(
            UInt8.init(bitPattern:))
        }
      }
      if name != [UInt8(ascii: ".")], name != Array("..".utf8) {
        names.append(FileName(bytes: name))
      }
    }
  }

  /// Whether somebody on this machine is writing to the file; nil where that cannot be told.
  package func isOpenForWriting(_ descriptor: Int32) -> Bool? {
    switch emend_is_open_for_writing(descriptor) {
    case 1: true
    case 0: false
    default: nil
    }
  }

  /// The path behind a descriptor, all links followed.
  package func location(of descriptor: Int32, _ path: FilePath) throws(FileError) -> FilePath {
    try resolved(FilePath("/proc/self/fd/\(descriptor)"), asking: path)
  }

  private func resolved(_ link: FilePath, asking path: FilePath) throws(FileError) -> FilePath {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    try checkCount("readlink", path) {
      link.withPlatformString { readlink($0, &buffer, buffer.count - 1) }
    }
    return FilePath(platformString: buffer)
  }

  // MARK: - Reading and writing

  package func open(_ path: FilePath, _ flags: Int32) throws(FileError) -> Int32 {
    try check("open", path) { path.withPlatformString { Foundation.open($0, flags | O_CLOEXEC) } }
  }

  /// A new file, which must not be there yet.
  package func create(_ path: FilePath) throws(FileError) -> Int32 {
    try check("create", path) {
      path.withPlatformString { Foundation.open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) }
    }
  }

  /// Closes a descriptor that was only read from; nothing can be lost by it.
  package func close(_ descriptor: Int32) { Foundation.close(descriptor) }

  /// Closes a descriptor that was written to.
  package func finish(_ descriptor: Int32, _ path: FilePath) throws(FileError) {
    let (result, code) = calls.attempt("close") { Int(Foundation.close(descriptor)) }
    // The descriptor is gone whatever `close` says; after an interruption too.
    if result < 0, code != EINTR { throw FileError(path: path, operation: "close", code: code) }
  }

  /// All that is left to read.
  package func read(
    _ descriptor: Int32, _ path: FilePath, expected: Int
  ) throws(FileError) -> [UInt8] {
    var content: [UInt8] = []
    var wanted = max(expected + 1, 1 << 16)
    while true {
      let piece = try readPiece(descriptor, path, atMost: wanted)
      if piece.isEmpty { return content }
      if content.isEmpty { content = piece } else { content += piece }
      wanted = 1 << 20
    }
  }

  /// What comes next, at most `count` bytes; nothing at the end.
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

  /// Writes all of it.
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

  package func sync(_ descriptor: Int32, _ path: FilePath) throws(FileError) {
    try check("fsync", path) { fsync(descriptor) }
  }

  /// Makes the names in a folder last.
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

  /// Moves a file within a file system unless the new name is taken; says whether it did.
  ///
  /// - Throws: `EXDEV` where the two are on different file systems.
  package func move(_ from: FilePath, to target: FilePath) throws(FileError) -> Bool {
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
      case EINVAL, ENOSYS, ENOTSUP: break
      default: throw error
      }
    }
    // The file system cannot do it in one step: a second name that fails where it is taken, then
    // the first goes. A crash in between leaves two names of one file, which `Claims` knows.
    guard try name(from, as: target) else { return false }
    // Where there are no links the first name went already; and what has it now may be another file.
    guard let left = try stamp(from), let moved = try stamp(target), left.isSameFile(as: moved)
    else { return true }
    try remove(from)
    return true
  }

  /// Gives a file a second name unless it is taken; says whether it did. Where the file system has
  /// no links, the first name goes.
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
        guard try stamp(target) == nil else { return false }
        try rename(path, to: target)
        return true
      default: throw error
      }
    }
  }

  /// Moves a file over whatever has the name: for files of our own only.
  package func rename(_ from: FilePath, to target: FilePath) throws(FileError) {
    try check("rename", target) {
      from.withPlatformString { old in target.withPlatformString { Foundation.rename(old, $0) } }
    }
  }

  /// Takes a name away; nothing where there is none.
  package func remove(_ path: FilePath) throws(FileError) {
    do throws(FileError) {
      try check("unlink", path) { path.withPlatformString { unlink($0) } }
    } catch {
      guard error.code == ENOENT else { throw error }
    }
  }

  package func removeFolder(_ path: FilePath) throws(FileError) {
    do throws(FileError) {
      try check("rmdir", path) { path.withPlatformString { rmdir($0) } }
    } catch {
      guard error.code == ENOENT else { throw error }
    }
  }

  /// Makes a folder and those above it, where they are not there.
  package func makeFolder(_ path: FilePath) throws(FileError) {
    do throws(FileError) {
      try check("mkdir", path) { path.withPlatformString { mkdir($0, 0o777) } }
    } catch {
      switch error.code {
      case EEXIST:
        // A link to a folder is as good as one.
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

  /// Locks an open file for as long as the descriptor is open; says whether it could.
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

  /// Runs a call until it is not interrupted, and throws what it fails with.
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
