import CInotifyTools
import Foundation

/// File systems whose changes the kernel does not see whoever makes them, so that a watch on them
/// succeeds and then says nothing of what another machine does.
package enum SilentFileSystem {
  /// By the kernel's number (`statfs(2)`, `linux/magic.h`). FUSE is among them because what serves
  /// sshfs or a cloud's folder cannot be told from what serves a local disk.
  private static let names: [UInt32: String] = [
    0x6969: "NFS", 0x517B: "SMB", 0xFE53_4D42: "SMB", 0xFF53_4D42: "CIFS", 0x0102_1997: "9P",
    0x6573_5546: "FUSE", 0x00C3_6400: "Ceph", 0x5346_414F: "AFS", 0x6B41_4653: "AFS",
    0x7375_7245: "Coda", 0x0116_1970: "GFS2", 0x7461_636F: "OCFS2", 0x0BD0_0BD0: "Lustre",
    0x786F_4256: "a VirtualBox folder", 0x4750_4653: "GPFS", 0xBACB_ACBC: "a VMware folder",
  ]

  /// The name of the file system with this number if it is silent.
  package static func name(ofType type: UInt32) -> String? { names[type] }

  /// Throws if the folder lies on a silent file system.
  static func check(_ folder: String) throws(WatchFault) {
    var status = statfs()
    guard statfs(folder, &status) == 0 else {
      throw WatchFault(path: folder, operation: "statfs", code: errno)
    }
    // The field is signed on some machines; the numbers have 32 bits.
    if let name = name(ofType: UInt32(truncatingIfNeeded: status.f_type)) {
      throw .silent(folder, fileSystem: name)
    }
  }
}
