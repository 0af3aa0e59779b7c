import Foundation
import Spool
import Testing

@Suite("What a ledger is told, it tells") struct RoundTripTests {
  let folder: Folder
  let ledger: Ledger

  init() throws {
    folder = try Folder()
    ledger = try Ledger.open(folder: folder.path)
  }

  @Test func everyMember() throws {
    var told = FileRun(
      name: [0x61, 0xff, 0x0a, 0x00, 0xfe, 0x27], size: 1 << 40, state: .quarantined,
      digest: "d1", key: "k1", owner: "other", attempts: 3, seenAt: time(0.25),
      claimedAt: time(1.5), finishedAt: time(2.125), nextAttemptAt: time(3),
      outputs: ["/out/ä \"b\"\n.jsonl", "/out/b/c"], records: 7, rejected: 2,
      seconds: ["read": 0.1, "encode": .infinity],
      failureReason: FailureReason(
        code: "not-json", message: "\u{0} ü", line: 9, remedy: "mend it"),
      sameAs: 1 << 50)
    let begun = try ledger.begin(told)
    told.id = begun.id
    #expect(begun == told)
    #expect(try ledger.recent(1) == [told])
    #expect(try ledger.runs(named: told.name) == [told])
    #expect(try ledger.runs(in: [.quarantined]) == [told])
    #expect(try ledger.outcome(forKey: "k1") == told)

    told.name = Array("renamed".utf8)
    told.size = 2
    told.state = .done
    told.digest = "d2"
    told.key = "k2"
    told.owner = "third"
    told.attempts = 4
    told.seenAt = time(10)
    told.claimedAt = time(11)
    told.finishedAt = time(12)
    told.nextAttemptAt = time(13)
    told.outputs = ["/x"]
    told.records = 8
    told.rejected = 3
    told.seconds = ["judge": 2]
    told.failureReason = FailureReason(code: "c", message: "m", remedy: "r")
    told.sameAs = 5
    try ledger.update(told)
    #expect(try ledger.recent(9) == [told])
    #expect(try ledger.outcome(forKey: "k1") == nil)

    told.digest = nil
    told.key = nil
    told.finishedAt = nil
    told.nextAttemptAt = nil
    told.outputs = []
    told.seconds = [:]
    told.failureReason = nil
    told.sameAs = nil
    try ledger.update(told)
    #expect(try ledger.recent(9) == [told])
  }

  @Test func everyStateAndItsCount() throws {
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

  @Test func aTimeOfNowIsReadAsItWasBegun() throws {
    var now = run("now")
    now.seenAt = Date()
    now.claimedAt = Date()
    now.finishedAt = Date()
    let begun = try ledger.begin(now)
    #expect(try ledger.recent(1) == [begun])
    #expect(abs(begun.seenAt.timeIntervalSince(now.seenAt)) < 1e-6)
  }

  @Test("the latest change comes first, not the latest beginning")
  func recentOrder() throws {
    let first = try ledger.begin(run("a"))
    _ = try ledger.begin(run("b"))
    _ = try ledger.begin(run("c"))
    try ledger.update(first)
    #expect(try ledger.names() == ["a", "c", "b"])
    #expect(try ledger.names(2) == ["a", "c"])
    #expect(try ledger.names(0).isEmpty)
  }

  @Test func whatWasToldOutlivesTheProcess() throws {
    let kept = try Folder()
    let begun = try Ledger.open(folder: kept.path).begin(run("a", key: "k", state: .done))
    let again = try Ledger.open(folder: kept.path)
    #expect(try again.outcome(forKey: "k") == begun)
    #expect(again.recovery == nil)
  }

  @Test func aMissingFolderIsMadeButNotWhatContainsIt() throws {
    let inside = "\(folder.path)/state"
    _ = try Ledger.open(folder: inside).begin(run("a"))
    let error = #expect(throws: LedgerError.self) {
      try Ledger.open(folder: "\(folder.path)/no/state")
    }
    #expect(error?.isTransient == true)
    #expect(error?.remedy == "create the folder, or name another")
  }

  @Test("without a log, where file systems do not allow one")
  func truncate() throws {
    let remote = try Folder()
    var settings = Ledger.Settings()
    settings.journalMode = .truncate
    let ledger = try Ledger.open(folder: remote.path, settings: settings)
    let begun = try ledger.begin(run("a"))
    #expect(try Ledger.openReadOnly(folder: remote.path, settings: settings)?.recent(1) == [begun])
    #expect(try remote.names() == ["ledger.sqlite", "ledger.sqlite-journal"])
  }
}
