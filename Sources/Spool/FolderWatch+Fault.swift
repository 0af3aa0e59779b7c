import Foundation

/// Why a folder cannot be watched just now, and what to do about it.
enum WatchFault: Error, Equatable, CustomStringConvertible {
  /// Another `FolderWatch` of this process has the library, of which there is one a process.
  case occupied
  case noFolder(String)
  case notAFolder(String)
  /// What the name leads to changed while it was being watched.
  case replaced(String)
  /// The file system tells of changes made on this machine only, or of none.
  case silent(String, fileSystem: String)
  /// The next descriptor would be beyond what the library's `select` can take.
  case tooManyDescriptors
  case system(String, operation: String, code: Int32)

  /// The fault of a call that named a path; what is missing or no folder has a case of its own.
  init(path: String, operation: String, code: Int32) {
    switch code {
    case ENOENT: self = .noFolder(path)
    case ENOTDIR: self = .notAFolder(path)
    default: self = .system(path, operation: operation, code: code)
    }
  }

  var description: String {
    switch self {
    case .occupied: "this process is already watching a folder; it can watch one at a time"
    case .noFolder(let path): "\(path): there is no such folder; make it"
    case .notAFolder(let path): "\(path): this is no folder; put one in its place"
    case .replaced(let path): "\(path): the folder was replaced just now"
    case .silent(let path, let fileSystem):
      "\(path): \(fileSystem) does not tell of every change; look at the folder now and then"
    case .tooManyDescriptors:
      "this process has too many open files to watch a folder; it needs a descriptor below 1024"
    case .system(let path, let operation, let code):
      "\(path): \(operation): \(String(cString: strerror(code))); \(Self.remedy(operation, code))"
    }
  }

  private static func remedy(_ operation: String, _ code: Int32) -> String {
    switch (operation, code) {
    case (InotifySession.initialising, EMFILE):
      "raise the limit of watchers (sysctl fs.inotify.max_user_instances) or of open files (ulimit -n)"
    case (InotifySession.watching, ENOSPC):
      "raise the limit of watched folders (sysctl fs.inotify.max_user_watches)"
    case (_, EMFILE), (_, ENFILE): "raise the limit of open files (ulimit -n)"
    case (_, EACCES), (_, EPERM): "make the folder readable to this user"
    default: "it is tried again"
    }
  }
}
