import Spool
import Testing

@Suite("Journal modes by file system") struct JournalModeTests {
  let mounts = """
    22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
    40 22 0:35 / /srv rw,relatime shared:9 - nfs4 host:/srv rw
    41 40 254:2 / /srv/local rw,relatime - xfs /dev/vdb rw
    42 22 0:36 / /mnt/my\\040share rw shared:2 master:3 - cifs //host/share rw
    43 22 0:37 / /twice rw - ext4 /dev/vdc rw
    44 22 0:38 / /twice rw - fuse.sshfs host: rw
    nonsense
    """

  @Test(arguments: [
    ("/home/me", JournalMode.wal), ("/srv", .truncate), ("/srv/spool", .truncate),
    ("/srv/local/spool", .wal), ("/srvlocal", .wal), ("/mnt/my share/x", .truncate),
    ("/twice/x", .truncate), ("/", .wal),
  ])
  func fileSystemOfTheFolderDecides(_ folder: String, _ mode: JournalMode) {
    #expect(JournalMode.suited(to: folder, mounts: mounts) == mode)
  }

  @Test func withoutAnyMountTheModeIsWAL() {
    #expect(JournalMode.suited(to: "/x", mounts: "") == .wal)
  }
}
