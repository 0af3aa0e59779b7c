import Foundation
import Spool
import Testing

@Suite("Reading a ledger without changing it") struct ReadOnlyTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  @Test func withoutALedger() throws {
    #expect(try Ledger.openReadOnly(folder: folder.path) == nil)
    #expect(try Ledger.openReadOnly(folder: folder.path + "/none") == nil)
    #expect(try folder.names().isEmpty)
    try Data().write(to: URL(fileURLWithPath: folder.ledger))
    #expect(try Ledger.openReadOnly(folder: folder.path) == nil)
    #expect(try folder.names() == ["ledger.sqlite"])
  }

  @Test("no file appears beside the ledger of a daemon that ended")
  func afterTheDaemonEnded() throws {
    let begun = try Ledger.open(folder: folder.path).begin(run("a", key: "k", state: .done))
    #expect(try folder.names() == ["ledger.sqlite"])
    let ledger = try #require(try Ledger.openReadOnly(folder: folder.path))
    #expect(try ledger.recent(9) == [begun])
    #expect(try ledger.outcome(forKey: "k") == begun)
    #expect(try ledger.crashes(ofContent: "x") == 0)
    #expect(try folder.names() == ["ledger.sqlite"])
  }

  @Test("file runs that a killed daemon left in its log are read")
  func afterTheDaemonWasKilled() throws {
    let ledger = try Ledger.open(folder: folder.path)
    let begun = try ledger.begin(run("a"))
    let copy = try Folder()
    // The files at this moment are those that a kill would leave. Another process copies them,
    // since reading them in this process would release SQLite's locks.
    let copying = Process()
    copying.executableURL = URL(fileURLWithPath: "/bin/cp")
    copying.arguments = ["-r", folder.path + "/.", copy.path]
    try copying.run()
    copying.waitUntilExit()
    let files = try copy.names()
    #expect(files == ["ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"])
    let reader = try #require(try Ledger.openReadOnly(folder: copy.path))
    #expect(try reader.recent(9) == [begun])
    #expect(try copy.names() == files)
  }

  @Test func readerSeesLaterWrites() throws {
    let ledger = try Ledger.open(folder: folder.path)
    let reader = try #require(try Ledger.openReadOnly(folder: folder.path))
    #expect(try reader.recent(9).isEmpty)
    let begun = try ledger.begin(run("a"))
    #expect(try reader.recent(9) == [begun])
    try folder.remove("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
    #expect(try reader.recent(9).isEmpty)
    #expect(try folder.names().isEmpty)
  }

  @Test func writesFail() throws {
    _ = try Ledger.open(folder: folder.path).begin(run("a"))
    let reader = try #require(try Ledger.openReadOnly(folder: folder.path))
    #expect(throws: LedgerError.self) { try reader.begin(run("b")) }
    #expect(throws: LedgerError.self) { try reader.forgetAll() }
    #expect(try reader.names() == ["a"])
  }

  @Test("a damaged ledger is an error, and is not moved")
  func damaged() throws {
    try Data("nonsense".utf8).write(to: URL(fileURLWithPath: folder.ledger))
    let error = #expect(throws: LedgerError.self) { try Ledger.openReadOnly(folder: folder.path) }
    #expect(error?.isTransient == false)
    #expect(try folder.names() == ["ledger.sqlite"])
  }

  @Test(
    "in a folder whose name has characters that a URI reserves",
    arguments: ["a b?c#d%41", "ü&mode=rwc"])
  func awkwardFolder(_ name: String) throws {
    let inside = "\(folder.path)/\(name)"
    let begun = try Ledger.open(folder: inside).begin(run("a"))
    #expect(try Ledger.openReadOnly(folder: inside)?.recent(9) == [begun])
  }
}
