package import SystemPackage
import Foundation

/// A system call of the spool that failed.
package struct FileError: Error, Sendable, CustomStringConvertible {
  package let path: FilePath
  package let operation: String
  /// The system's error number.
  package let code: Int32

  package init(path: FilePath, operation: String, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
  }

  /// What the system says.
  package var reason: String { String(cString: strerror(code)) }

  /// What to do about it.
  package var remedy: String {
    switch code {
    case ENOSPC, EDQUOT: "free some space; nothing was changed"
    case EACCES, EPERM, EROFS:
      "make it readable and writable for this user, or choose another folder"
    case ENOENT, ENOTDIR: "create the folder, or choose another"
    case EFBIG: "raise the limit of a file's size (ulimit -f); nothing was changed"
    case ENAMETOOLONG: "give the file or the folder a shorter name"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    case EIO: "look at the disk (dmesg); nothing was changed"
    default: "nothing was changed; try again once the cause is gone"
    }
  }

  /// Whether the same call may succeed later without anybody touching the input.
  package var isTransient: Bool { code != ENAMETOOLONG && code != ELOOP }

  /// A short, stable name of the trouble, for machines.
  package var symbol: String {
    switch code {
    case ENOSPC: "ENOSPC"
    case EDQUOT: "EDQUOT"
    case EACCES: "EACCES"
    case EPERM: "EPERM"
    case EROFS: "EROFS"
    case ENOENT: "ENOENT"
    case ENOTDIR: "ENOTDIR"
    case EFBIG: "EFBIG"
    case ENAMETOOLONG: "ENAMETOOLONG"
    case EMFILE: "EMFILE"
    case ENFILE: "ENFILE"
    case EIO: "EIO"
    case EEXIST: "EEXIST"
    case EXDEV: "EXDEV"
    case ELOOP: "ELOOP"
    case ESTALE: "ESTALE"
    default: "errno \(code)"
    }
  }

  package var description: String { "\(path): \(operation): \(reason); \(remedy)" }
}
