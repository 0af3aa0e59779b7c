import Foundation

/// How SQLite makes sure that a write is kept whole or not at all.
package enum JournalMode: String, Sendable {
  /// A write-ahead log: readers and the writer never wait for each other, and no write waits for
  /// the disk. It needs memory that all processes share, so all must run on one machine.
  case wal
  /// A rollback journal: works on every file system with locks. Every write waits for the disk,
  /// about 14 ms.
  case truncate

  /// Kinds of file system that another machine may write at the same time, or whose memory maps are
  /// not shared. SQLite accepts a write-ahead log there, and the file is damaged later.
  /// Source: https://www.sqlite.org/wal.html, section 1.
  private static let remote: Set<String> = [
    "9p", "afs", "beegfs", "ceph", "cifs", "drvfs", "gfs2", "glusterfs", "gpfs", "lustre",
    "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs",
    "vmhgfs",
  ]

  /// The mode that suits the file system of `folder`, an absolute path without symbolic links.
  ///
  /// - Parameter mounts: the text of `/proc/self/mountinfo`; see proc(5).
  package static func suited(to folder: String, mounts: String) -> JournalMode {
    var best = (length: -1, kind: "")
    for line in mounts.split(separator: "\n") {
      // 36 35 98:0 /root /mount/point rw,noatime shared:1 - nfs4 source rw
      let fields = line.split(separator: " ")
      guard fields.count > 5, let dash = fields[5...].firstIndex(of: "-"),
        dash + 1 < fields.count
      else { continue }
      let point = unescaped(fields[4])
      let isAbove = point == "/" || folder == point || folder.hasPrefix(point + "/")
      // If two mounts have the same mount point, the later one hides the earlier.
      if isAbove, point.utf8.count >= best.length {
        best = (point.utf8.count, String(fields[dash + 1]))
      }
    }
    return remote.contains(best.kind) || best.kind.hasPrefix("fuse") ? .truncate : .wal
  }

  /// The mode that suits the file system of `folder` on this machine.
  static func suited(to folder: String) -> JournalMode {
    guard let mounts = FileManager.default.contents(atPath: "/proc/self/mountinfo"),
      let real = realpath(folder, nil)
    else { return .wal }
    defer { free(real) }
    return suited(to: String(cString: real), mounts: String(decoding: mounts, as: UTF8.self))
  }

  /// Decodes a field of the table, in which the kernel writes spaces, tabs, line feeds and
  /// backslashes as octal numbers.
  private static func unescaped(_ field: Substring) -> String {
    guard field.contains("\\") else { return String(field) }
    return [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
      .reduce(String(field)) { $0.replacing($1.0, with: $1.1) }
  }
}
