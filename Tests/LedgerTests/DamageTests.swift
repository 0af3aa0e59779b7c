import Foundation
import Spool
import Testing

@Suite("Files that are not a usable ledger") struct DamageTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// Writes 200 file runs, so that the file has many pages.
  func fill() throws {
    let ledger = try Ledger.open(folder: folder.path)
    for index in 0..<200 { _ = try ledger.begin(run("file-\(index)", state: .done)) }
  }

  /// Expects that the file is moved aside unchanged, and that a new ledger works in its place.
  func expectMovedAside(as name: String, _ sentence: String) throws {
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.ledger))
    let ledger = try Ledger.open(folder: folder.path)
    let recovery = try #require(ledger.recovery)
    #expect(recovery.contains(sentence))
    #expect(recovery.contains("\(folder.ledger).\(name)"))
    let aside = URL(fileURLWithPath: "\(folder.ledger).\(name)")
    #expect(try Data(contentsOf: aside) == before)
    #expect(try ledger.recent(9).isEmpty)
    let begun = try ledger.begin(run("a"))
    #expect(try ledger.recent(9) == [begun])
    #expect(try Ledger.open(folder: folder.path).recovery == nil)
  }

  @Test func randomBytes() throws {
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<20_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    try Data(bytes).write(to: URL(fileURLWithPath: folder.ledger))
    try expectMovedAside(as: "damaged-1", "was damaged")
  }

  @Test func truncatedLedger() throws {
    try fill()
    #expect(truncate(folder.ledger, 3 * 4096 + 100) == 0)
    try expectMovedAside(as: "damaged-1", "was damaged")
  }

  @Test("a page in the middle is damaged, the header is not")
  func damagedPage() throws {
    try fill()
    try patch(folder.ledger, at: 4096 * 5, Array(repeating: 0xa5, count: 4096))
    try expectMovedAside(as: "damaged-1", "was damaged")
  }

  @Test func secondDamagedFileGetsItsOwnName() throws {
    for number in 1...2 {
      try Data("nonsense \(number), and long enough for a header? No.".utf8)
        .write(to: URL(fileURLWithPath: folder.ledger))
      try expectMovedAside(as: "damaged-\(number)", "was damaged")
      try? folder.remove("ledger.sqlite")
    }
  }

  @Test("a file without bytes is replaced and not kept")
  func emptyFile() throws {
    try Data().write(to: URL(fileURLWithPath: folder.ledger))
    let ledger = try Ledger.open(folder: folder.path)
    #expect(ledger.recovery == nil)
    let begun = try ledger.begin(run("a"))
    #expect(try ledger.recent(9) == [begun])
    #expect(try folder.names().allSatisfy { !$0.contains("damaged") })
  }

  @Test func folderInItsPlaceIsNotChanged() throws {
    try FileManager.default.createDirectory(
      atPath: folder.ledger, withIntermediateDirectories: false)
    let writing = #expect(throws: LedgerError.self) { try Ledger.open(folder: folder.path) }
    #expect(writing?.description == "\(folder.ledger): it is a folder; move it away")
    #expect(writing?.isTransient == false)
    #expect(throws: LedgerError.self) { try Ledger.openReadOnly(folder: folder.path) }
    #expect(try folder.names() == ["ledger.sqlite"])
  }

  @Test func newerVersion() throws {
    try fill()
    // `user_version`, big-endian. https://www.sqlite.org/fileformat2.html, section 1.3
    try patch(folder.ledger, at: 60, [0, 0, 0, 9])
    let error = #expect(throws: LedgerError.self) { try Ledger.openReadOnly(folder: folder.path) }
    #expect(error?.remedy == "use the newer emend")
    try expectMovedAside(as: "newer-1", "comes from a newer emend (version 9; this one knows 1)")
  }

  @Test func databaseOfAnotherProgram() throws {
    try fill()
    // `application_id`.
    try patch(folder.ledger, at: 68, [1, 2, 3, 4])
    try expectMovedAside(as: "damaged-1", "another program's database")
  }

  @Test(
    "a ledger that is damaged while it is open is moved aside, and writing goes on in a new one")
  func damageWhileOpen() throws {
    try fill()
    let ledger = try Ledger.open(folder: folder.path)
    let other = try Ledger.open(folder: folder.path)
    // The write by another connection makes this one read its pages again.
    _ = try other.begin(run("last"))
    let size = try #require(
      try FileManager.default.attributesOfItem(atPath: folder.ledger)[.size] as? Int)
    // Overwritten in place, so that the inode stays. Another process does it, since closing the
    // file in this process would release SQLite's locks.
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c", "head -c \(size) /dev/urandom | dd of=\"$0\" conv=notrunc status=none", folder.ledger,
    ]
    try shell.run()
    shell.waitUntilExit()
    #expect(try ledger.runs(named: Array("file-7".utf8)).isEmpty)
    #expect(ledger.recovery?.contains("was damaged") == true)
    let first = try ledger.begin(run("a"))
    let second = try other.begin(run("b"))
    #expect(try ledger.recent(9) == [second, first])
    #expect(try folder.names().filter { $0.hasSuffix(".damaged-1") }.count == 1)
  }
}
