import Foundation
import Spool
import Testing

@Suite("Pruning, and releasing the claims of dead daemons") struct PruneTests {
  let folder: Folder
  let ledger: Ledger

  init() throws {
    folder = try Folder()
    ledger = try Ledger.open(folder: folder.path)
  }

  @Test func newestFileRunsStay() throws {
    var runs: [FileRun] = []
    for name in ["a", "b", "c", "d", "e"] {
      runs.append(try ledger.begin(run(name, key: "key-\(name)", state: .done)))
    }
    // This one began first but changes last.
    try ledger.update(runs[0])
    #expect(try ledger.prune(keeping: 3) == 2)
    #expect(try ledger.names() == ["a", "e", "d"])
    #expect(try ledger.outcome(forKey: "key-a") == runs[0])
    #expect(try ledger.outcome(forKey: "key-e") == runs[4])
    #expect(try ledger.outcome(forKey: "key-b") == nil)
    #expect(try ledger.prune(keeping: 3) == 0)
    #expect(try ledger.prune(keeping: 0) == 3)
  }

  @Test("file runs under way stay, and so do those whose outcome applies to one that stays")
  func neededFileRunsStay() throws {
    _ = try ledger.begin(run("working"))
    _ = try ledger.begin(run("waiting", state: .waiting))
    let outcome = try ledger.begin(run("original", key: "k", state: .done))
    _ = try ledger.begin(run("goes", state: .done))
    var copy = run("copy", state: .skipped)
    copy.sameAs = outcome.id
    _ = try ledger.begin(copy)
    #expect(try ledger.prune(keeping: 1) == 1)
    #expect(try ledger.names() == ["copy", "original", "waiting", "working"])
    #expect(try ledger.outcome(forKey: "k") == outcome)
  }

  @Test func crashCountsArePrunedToo() throws {
    _ = try ledger.countCrash(ofContent: "x")
    _ = try ledger.countCrash(ofContent: "y")
    _ = try ledger.countCrash(ofContent: "x")
    #expect(try ledger.prune(keeping: 1) == 0)
    #expect(try ledger.crashes(ofContent: "x") == 2)
    #expect(try ledger.crashes(ofContent: "y") == 0)
  }

  @Test func prunedFileRunIsWrittenAgainByItsNextChange() throws {
    var gone = try ledger.begin(run("a", state: .done))
    #expect(try ledger.prune(keeping: 0) == 1)
    gone.records = 5
    try ledger.update(gone)
    #expect(try ledger.recent(9) == [gone])
  }

  @Test func claimsOfADeadDaemonAreReleased() throws {
    _ = try ledger.begin(run("a", owner: "dead"))
    _ = try ledger.begin(run("b", state: .waiting, owner: "dead"))
    _ = try ledger.begin(run("c", state: .done, owner: "dead"))
    _ = try ledger.begin(run("d", owner: "alive"))
    #expect(try ledger.release(ofOwner: "dead") == 2)
    #expect(try ledger.counts() == [.released: 2, .done: 1, .working: 1])
    #expect(try ledger.names(2) == ["b", "a"])
    #expect(try ledger.release(ofOwner: "dead") == 0)
  }

  @Test("SQLite copies the log into the ledger again and again, so that the log stays small")
  func logIsBounded() throws {
    for index in 0..<4000 { _ = try ledger.begin(run("file-\(index)", key: "\(index)")) }
    let facts = try FileManager.default.attributesOfItem(atPath: folder.ledger + "-wal")
    // The bound is 2000 pages; the last write before it adds a little.
    #expect(try #require(facts[.size] as? Int) < 9 << 20)
    #expect(try #require(facts[.size] as? Int) > 0)
    #expect(ledger.sizeInBytes > 1 << 20)
  }
}
