import Foundation
import Spool
import TestSupport
import Testing

@Suite("Several processes with one ledger") struct SharingTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// Waits for other processes as long as any test waits.
  private var waiting: Ledger.Settings {
    var settings = Ledger.Settings()
    settings.busyTimeout = Tier.waitLimit
    return settings
  }

  /// Runs `body` on threads of its own, at once, and throws what the first failing one threw.
  func atOnce(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<count {
        group.addTask {
          try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body(index) }) }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test(
    "two daemons write at the same time and no file run is lost",
    arguments: [JournalMode.wal, .truncate])
  func twoWriters(_ mode: JournalMode) async throws {
    var settings = waiting
    settings.journalMode = mode
    let path = folder.path
    let each = mode == .wal ? 500 : 20
    try await atOnce(2) { [settings] writer in
      let ledger = try Ledger.open(folder: path, settings: settings)
      for index in 0..<each {
        var one = try ledger.begin(run("\(writer)-\(index)", owner: "\(writer)"))
        one.state = .done
        try ledger.update(one)
        _ = try ledger.countCrash(ofContent: "x")
      }
    }
    let ledger = try Ledger.open(folder: path, settings: settings)
    #expect(ledger.recovery == nil)
    #expect(try ledger.counts() == [.done: 2 * each])
    let all = try ledger.recent(9999)
    #expect(Set(all.map(\.name)).count == 2 * each)
    #expect(Set(all.map(\.id)).count == 2 * each)
    #expect(try ledger.crashes(ofContent: "x") == 2 * each)
  }

  @Test func oneDaemonReadsWhatTheOtherWrote() throws {
    let one = try Ledger.open(folder: folder.path)
    let other = try Ledger.open(folder: folder.path)
    let begun = try one.begin(run("a", key: "k", state: .done))
    #expect(try other.outcome(forKey: "k") == begun)
    #expect(try other.forgetAll() == 1)
    #expect(try one.outcome(forKey: "k") == nil)
  }

  @Test(
    "if eight open a ledger at once, one of them makes it, and a damaged one is moved aside once",
    arguments: [0, 64])
  func openingAtOnce(_ damage: Int) async throws {
    if damage > 0 {
      try Data(repeating: 0x55, count: damage).write(to: URL(fileURLWithPath: folder.ledger))
    }
    let path = folder.path
    try await atOnce(8) { [waiting] index in
      _ = try Ledger.open(folder: path, settings: waiting).begin(run("\(index)"))
    }
    #expect(try Ledger.open(folder: path).counts() == [.working: 8])
    let aside = try folder.names().filter { $0.contains("damaged") }
    #expect(aside == (damage > 0 ? ["ledger.sqlite.damaged-1"] : []))
  }

  @Test("a reader sees whole file runs, and never fewer, while others write")
  func readingWhileWriting() async throws {
    let path = folder.path
    _ = try Ledger.open(folder: path).begin(run("first"))
    try await atOnce(2) { [waiting] index in
      if index == 0 {
        let ledger = try Ledger.open(folder: path, settings: waiting)
        for index in 0..<1000 { _ = try ledger.begin(run("\(index)", state: .done)) }
      } else {
        var last = 0
        while last < 1000 {
          let ledger = try #require(try Ledger.openReadOnly(folder: path, settings: waiting))
          let count = try ledger.counts()[.done] ?? 0
          #expect(count >= last)
          last = count
        }
      }
    }
  }

  @Test(
    "a write fails while another process has locked the ledger, and works later",
    .enabled(if: Holder.isPossible))
  func lockedLedger() throws {
    var settings = Ledger.Settings()
    settings.busyTimeout = .milliseconds(20)
    settings.journalMode = .truncate
    let ledger = try Ledger.open(folder: folder.path, settings: settings)
    let holder = try Holder(folder.ledger, "BEGIN EXCLUSIVE")
    let error = #expect(throws: LedgerError.self) { try ledger.begin(run("a")) }
    #expect(error?.isTransient == true)
    #expect(error?.reason == "another process holds it")
    try holder.letGo()
    #expect(try ledger.begin(run("a")).id != nil)
  }

  @Test("a full disk is an error, and the ledger works again once there is space")
  func fullDisk() throws {
    var settings = Ledger.Settings()
    settings.pageLimit = 40
    let ledger = try Ledger.open(folder: folder.path, settings: settings)
    var written = 0
    let error = #expect(throws: LedgerError.self) {
      while written < 10_000 {
        _ = try ledger.begin(run("file-\(written)", state: .done))
        written += 1
      }
    }
    #expect(error?.isTransient == true)
    #expect(error?.remedy == "free some space")
    #expect(try ledger.counts() == [.done: written])
    #expect(try ledger.prune(keeping: 1) == written - 1)
    #expect(try ledger.begin(run("after")).id != nil)
    #expect(ledger.recovery == nil)
  }
}
