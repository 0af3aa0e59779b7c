import Foundation
import Spool
import Testing

@Suite("Ledgers that are deleted while they are open") struct DeletionTests {
  let folder: Folder
  let ledger: Ledger

  init() throws {
    folder = try Folder()
    ledger = try Ledger.open(folder: folder.path)
  }

  @Test("the next write makes another ledger, which every process reads")
  func allFilesDeleted() throws {
    var one = try ledger.begin(run("a"))
    try folder.remove("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
    let other = try ledger.begin(run("b"))
    #expect(try Ledger.open(folder: folder.path).recent(9) == [other])
    one.state = .done
    try ledger.update(one)
    #expect(try Ledger.open(folder: folder.path).recent(9) == [one, other])
    #expect(ledger.recovery == nil)
  }

  @Test("an id of the deleted ledger is never used again in the next one")
  func idsAreNotReused() throws {
    let old = try ledger.begin(run("old"))
    try folder.remove("ledger.sqlite")
    let new = try ledger.begin(run("new"))
    try ledger.update(old)
    #expect(try ledger.recent(9) == [old, new])
    #expect(try #require(new.id) > #require(old.id))
  }

  @Test("the log of the deleted ledger is not replayed into the next one")
  func onlyMainFileDeleted() throws {
    for index in 0..<50 { _ = try ledger.begin(run("old-\(index)")) }
    let other = try Ledger.open(folder: folder.path)
    try folder.remove("ledger.sqlite")
    let first = try ledger.begin(run("a"))
    let second = try other.begin(run("b"))
    for reader in [ledger, other, try Ledger.open(folder: folder.path)] {
      #expect(try reader.recent(99) == [second, first])
      #expect(reader.recovery == nil)
    }
  }

  @Test(
    "the log's index that another process still has open is not shared with the next ledger",
    .enabled(if: Holder.isPossible))
  func indexOpenInAnotherProcess() throws {
    for index in 0..<50 { _ = try ledger.begin(run("old-\(index)")) }
    let holder = try Holder(folder.ledger, "SELECT * FROM passages")
    try folder.remove("ledger.sqlite")
    let first = try ledger.begin(run("a"))
    #expect(try ledger.recent(99) == [first])
    try holder.letGo()
    let second = try ledger.begin(run("b"))
    #expect(try Ledger.open(folder: folder.path).recent(99) == [second, first])
    #expect(ledger.recovery == nil)
  }

  @Test("a daemon that closes the deleted ledger late does not remove the log of the next one")
  func lateClosing() throws {
    var late: Ledger? = try Ledger.open(folder: folder.path)
    _ = try late?.begin(run("old"))
    try folder.remove("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
    let begun = try ledger.begin(run("a"))
    late = nil
    #expect(try folder.names() == ["ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"])
    #expect(try Ledger.open(folder: folder.path).recent(9) == [begun])
  }

  @Test func readsAreEmptyAfterDeletion() throws {
    _ = try ledger.begin(run("a", key: "k", state: .done))
    try folder.remove("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
    #expect(try ledger.outcome(forKey: "k") == nil)
    #expect(try ledger.counts().isEmpty)
  }

  @Test func folderDeleted() throws {
    _ = try ledger.begin(run("a"))
    try FileManager.default.removeItem(atPath: folder.path)
    let begun = try ledger.begin(run("b"))
    #expect(try Ledger.open(folder: folder.path).recent(9) == [begun])
  }

  @Test func emptiedInPlace() throws {
    _ = try ledger.begin(run("a"))
    #expect(truncate(folder.ledger, 0) == 0)
    let begun = try ledger.begin(run("b"))
    // The log may still hold earlier file runs.
    #expect(try Ledger.open(folder: folder.path).recent(1) == [begun])
    #expect(try ledger.recent(1) == [begun])
  }

  @Test("a ledger that replaces the open one is used from then on")
  func replaced() throws {
    let elsewhere = try Folder()
    let kept = try Ledger.open(folder: elsewhere.path).begin(run("kept"))
    _ = try ledger.begin(run("a"))
    #expect(rename(elsewhere.ledger, folder.ledger) == 0)
    try folder.remove("ledger.sqlite-wal", "ledger.sqlite-shm")
    let begun = try ledger.begin(run("b"))
    #expect(try ledger.recent(9) == [begun, kept])
  }

  @Test("calls fail while no new ledger can be made, and work once it can")
  func cannotBeMadeAgain() throws {
    try folder.remove("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
    try FileManager.default.createDirectory(
      atPath: folder.ledger, withIntermediateDirectories: false)
    #expect(throws: LedgerError.self) { try ledger.begin(run("a")) }
    #expect(throws: LedgerError.self) { try ledger.recent(1) }
    try folder.remove("ledger.sqlite")
    #expect(try ledger.begin(run("b")).id != nil)
  }
}
