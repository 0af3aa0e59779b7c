import Foundation

/// Which folder a name leads to: a watch follows the folder, not the name.
struct FolderIdentity: Equatable {
  private let device: dev_t
  private let inode: ino_t

  /// Symbolic links are followed, as the watch follows them.
  init(of path: String) throws(WatchFault) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw WatchFault(path: path, operation: "stat", code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .notAFolder(path) }
    device = status.st_dev
    inode = status.st_ino
  }

  /// Whether the name still leads here; true where that cannot be found out, because a watch that
  /// may be good is worth more than none.
  func isStill(at path: String) -> Bool {
    do throws(WatchFault) {
      return try FolderIdentity(of: path) == self
    } catch {
      switch error {
      case .noFolder, .notAFolder, .system(_, _, ELOOP): return false
      default: return true
      }
    }
  }
}
