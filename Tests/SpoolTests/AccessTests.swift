import AtomicFiles
import Foundation
import Spool
import SystemPackage
import Testing

/// Who may read what a daemon makes.
@Suite("Access") struct AccessTests {
  let folder: FilePath
  let files = Files(sharesWithGroup: true)

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "emend-access-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    folder = FilePath(url.path)
  }

  private func remove() { try? FileManager.default.removeItem(atPath: folder.string) }

  private func mode(_ path: FilePath) throws -> UInt32 {
    var status = stat()
    try #require(lstat(path.string, &status) == 0)
    return status.st_mode & 0o7777
  }

  @Test func claimsAreForTheirOwnerAlone() throws {
    defer { remove() }
    let claimed = folder.appending("claimed")
    try files.makePrivateFolder(claimed)
    #expect(try mode(claimed) == 0o700)
    chmod(claimed.string, 0o775)
    try files.makePrivateFolder(claimed)
    #expect(try mode(claimed) == 0o700)
  }

  @Test func aGroupReadsWhatIsPutAway() throws {
    defer { remove() }
    chmod(folder.string, 0o3770)
    let done = folder.appending("done")
    try files.makeArchiveFolder(done)
    #expect(try mode(done) == 0o2750)
    try files.replace(done.appending("a"), with: [1])
    #expect(try mode(done.appending("a")) == 0o640)
    // Without the bit, the umask decides as ever.
    chmod(folder.string, 0o755)
    try files.replace(folder.appending("b"), with: [1])
    #expect(try mode(folder.appending("b")) == 0o644 & ~currentMask)
  }

  @Test func aGroupThatMayNotReadTheFolderGetsNoRight() throws {
    defer { remove() }
    chmod(folder.string, 0o2710)
    try files.replace(folder.appending("a"), with: [1])
    #expect(try mode(folder.appending("a")) == 0o644 & ~currentMask)
  }

  private var currentMask: UInt32 {
    let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let digits = status?.firstMatch(of: #/Umask:\s*([0-7]+)/#)?.1
    return digits.flatMap { UInt32($0, radix: 8) } ?? 0o022
  }

  @Test func aWorkerGetsNoSecretsFromTheEnvironment() {
    let environment = ChildEnvironment([
      "PATH": "/bin", "EMEND_HOME": "/h", "MY_KEY": "sk-1", "AWS_SECRET_ACCESS_KEY": "x",
      "LC_ALL": "C", "NOTIFY_SOCKET": "@n",
    ])
    #expect(
      environment.assignments == [
        "EMEND_HOME=/h", "LC_ALL=C", "PATH=/bin", "SWIFT_BACKTRACE=enable=no",
      ])
    let asked = ChildEnvironment(["SWIFT_BACKTRACE": "enable=yes"])
    #expect(asked.assignments == ["SWIFT_BACKTRACE=enable=yes"])
  }
}
