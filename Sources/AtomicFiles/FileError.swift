package import SystemPackage
import Foundation

/// A system call on a file that failed.
package struct FileError: Error, Sendable, CustomStringConvertible {
  package let path: FilePath
  /// What was tried: the call's name, or a few words.
  package let operation: String
  /// The system's error number.
  package let code: Int32

  package init(path: FilePath, operation: String, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
  }

  /// The system's text for `code`.
  package var reason: String { String(cString: strerror(code)) }

  /// What the user can do about it.
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

  /// Whether the same call may succeed later although the input stays as it is.
  package var isTransient: Bool { code != ENAMETOOLONG && code != ELOOP }

  /// A short, stable name of the error, for programs: the constant of errno(3) where it is known.
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
