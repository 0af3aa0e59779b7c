import Foundation
import Spool
import Testing

@Suite("What is written can be read again") struct RoundTripTests {
  let folder: Folder
  let ledger: Ledger

  init() throws {
    folder = try Folder()
    ledger = try Ledger.open(folder: folder.path)
  }

  @Test func everyMember() throws {
    var run = FileRun(
      name: [0x61, 0xff, 0x0a, 0x00, 0xfe, 0x27], size: 1 << 40, state: .quarantined,
      digest: "d1", key: "k1", owner: "other", attempts: 3, seenAt: time(0.25),
      claimedAt: time(1.5), finishedAt: time(2.125), nextAttemptAt: time(3),
      outputs: ["/out/ä \"b\"\n.jsonl", "/out/b/c"], records: 7, rejected: 2,
      seconds: ["read": 0.1, "encode": .infinity],
      failureReason: FailureReason(
        code: "not-json", message: "\u{0} ü", line: 9, remedy: "mend it"),
      sameAs: 1 << 50)
    let begun = try ledger.begin(run)
    run.id = begun.id
    #expect(begun == run)
    #expect(try ledger.recent(1) == [run])
    #expect(try ledger.runs(named: run.name) == [run])
    #expect(try ledger.runs(in: [.quarantined]) == [run])
    #expect(try ledger.outcome(forKey: "k1") == run)

    run.name = Array("renamed".utf8)
    run.size = 2
    run.state = .done
    run.digest = "d2"
    run.key = "k2"
    run.owner = "third"
    run.attempts = 4
    run.seenAt = time(10)
    run.claimedAt = time(11)
    run.finishedAt = time(12)
    run.nextAttemptAt = time(13)
    run.outputs = ["/x"]
    run.records = 8
    run.rejected = 3
    run.seconds = ["judge": 2]
    run.failureReason = FailureReason(code: "c", message: "m", remedy: "r")
    run.sameAs = 5
    try ledger.update(run)
    #expect(try ledger.recent(9) == [run])
    #expect(try ledger.outcome(forKey: "k1") == nil)

    run.digest = nil
    run.key = nil
    run.finishedAt = nil
    run.nextAttemptAt = nil
    run.outputs = []
    run.seconds = [:]
    run.failureReason = nil
    run.sameAs = nil
    try ledger.update(run)
    #expect(try ledger.recent(9) == [run])
  }

  @Test func everyStateIsFoundAndCounted() throws {
    for (index, state) in FileRun.State.allCases.enumerated() {
      for _ in 0...index { _ = try ledger.begin(run(state.rawValue, state: state)) }
    }
    for (index, state) in FileRun.State.allCases.enumerated() {
      #expect(try ledger.counts()[state] == index + 1)
      #expect(try ledger.runs(in: [state]).allSatisfy { $0.state == state })
      #expect(try ledger.runs(in: [state]).count == index + 1)
    }
    #expect(try ledger.runs(in: [.working, .done]).count == 1 + 3)
    #expect(try ledger.runs(in: []).isEmpty)
  }

  @Test func presentTimesAreReadAsTheyWereReturned() throws {
    var now = run("now")
    now.seenAt = Date()
    now.claimedAt = Date()
    now.finishedAt = Date()
    let begun = try ledger.begin(now)
    #expect(try ledger.recent(1) == [begun])
    #expect(abs(begun.seenAt.timeIntervalSince(now.seenAt)) < 1e-6)
  }

  @Test("the file run that changed last comes first, not the one that began last")
  func recentOrder() throws {
    let first = try ledger.begin(run("a"))
    _ = try ledger.begin(run("b"))
    _ = try ledger.begin(run("c"))
    try ledger.update(first)
    #expect(try ledger.names() == ["a", "c", "b"])
    #expect(try ledger.names(2) == ["a", "c"])
    #expect(try ledger.names(0).isEmpty)
  }

  @Test func fileRunsOutliveTheProcess() throws {
    let kept = try Folder()
    let begun = try Ledger.open(folder: kept.path).begin(run("a", key: "k", state: .done))
    let again = try Ledger.open(folder: kept.path)
    #expect(try again.outcome(forKey: "k") == begun)
    #expect(again.recovery == nil)
  }

  @Test func missingFolderIsMadeButNotTheOneAboveIt() throws {
    let inside = "\(folder.path)/state"
    _ = try Ledger.open(folder: inside).begin(run("a"))
    let error = #expect(throws: LedgerError.self) {
      try Ledger.open(folder: "\(folder.path)/no/state")
    }
    #expect(error?.isTransient == true)
    #expect(error?.remedy == "create the folder, or name another")
  }

  @Test("with a rollback journal, for file systems on which a write-ahead log is not possible")
  func rollbackJournal() throws {
    let remote = try Folder()
    var settings = Ledger.Settings()
    settings.journalMode = .truncate
    let ledger = try Ledger.open(folder: remote.path, settings: settings)
    let begun = try ledger.begin(run("a"))
    #expect(try Ledger.openReadOnly(folder: remote.path, settings: settings)?.recent(1) == [begun])
    #expect(try remote.names() == ["ledger.sqlite", "ledger.sqlite-journal"])
  }
}
