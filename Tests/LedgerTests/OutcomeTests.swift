import Foundation
import Spool
import Testing

@Suite("Outcomes, and how they are forgotten") struct OutcomeTests {
  let folder: Folder
  let ledger: Ledger

  init() throws {
    folder = try Folder()
    ledger = try Ledger.open(folder: folder.path)
  }

  func outcome(_ key: String) throws -> String? {
    try ledger.outcome(forKey: key).map { String(decoding: $0.name, as: UTF8.self) }
  }

  @Test("the outcome that ended last applies, whichever began or was written last")
  func latestEndApplies() throws {
    _ = try ledger.begin(run("late", key: "k", state: .done, finished: 9))
    _ = try ledger.begin(run("early", key: "k", state: .failed, finished: 8))
    #expect(try outcome("k") == "late")
    _ = try ledger.begin(run("same", key: "k", state: .quarantined, finished: 9))
    #expect(try outcome("k") == "same")
    _ = try ledger.begin(run("never", key: "k", state: .done))
    #expect(try outcome("k") == "same")
    #expect(try outcome("other") == nil)
  }

  @Test(arguments: FileRun.State.allCases)
  func onlyThreeStatesAreOutcomes(_ state: FileRun.State) throws {
    _ = try ledger.begin(run("a", key: "k", state: state, finished: 1))
    let isOutcome = [.done, .failed, .quarantined].contains(state)
    #expect(try outcome("k") == (isOutcome ? "a" : nil))
  }

  @Test func forgettingRemovesOutcomeAndCrashes() throws {
    _ = try ledger.begin(run("a", key: "k", state: .done, digest: "d"))
    _ = try ledger.begin(run("other", key: "k2", state: .done, digest: "d2"))
    _ = try ledger.countCrash(ofContent: "d")
    _ = try ledger.countCrash(ofContent: "k")
    _ = try ledger.countCrash(ofContent: "d2")
    #expect(try ledger.forget(named: Array("a".utf8)) == 1)
    #expect(try outcome("k") == nil)
    #expect(try outcome("k2") == "other")
    #expect(try ledger.crashes(ofContent: "d") == 0)
    #expect(try ledger.crashes(ofContent: "k") == 0)
    #expect(try ledger.crashes(ofContent: "d2") == 1)
    #expect(try ledger.names() == ["other", "a"])
    #expect(try ledger.forget(named: Array("a".utf8)) == 0)
  }

  @Test("the outcomes of the same content under other names are forgotten too")
  func sameContentUnderOtherNames() throws {
    _ = try ledger.begin(run("key", key: "k", state: .done))
    _ = try ledger.begin(run("digest", key: "older rules", state: .failed, digest: "d"))
    let same = try ledger.begin(run("same", key: "k3", state: .done))
    var copy = run("copy", key: "k", state: .skipped, digest: "d")
    copy.sameAs = same.id
    _ = try ledger.begin(copy)
    #expect(try ledger.forget(named: Array("copy".utf8)) == 3)
    #expect(try outcome("k") == nil)
    #expect(try outcome("older rules") == nil)
    #expect(try outcome("k3") == nil)
  }

  @Test func fileRunsUnderWayKeepTheirKey() throws {
    let running = try ledger.begin(run("a", key: "k", state: .working))
    let waiting = try ledger.begin(run("a", key: "k", state: .waiting))
    _ = try ledger.begin(run("a", key: "k", state: .released))
    #expect(try ledger.forget(named: Array("a".utf8)) == 0)
    #expect(try ledger.runs(in: [.working, .waiting]) == [waiting, running])
    #expect(try ledger.runs(in: [.released]).first?.key == nil)
  }

  @Test func forgettingAll() throws {
    _ = try ledger.begin(run("a", key: "k", state: .done))
    _ = try ledger.begin(run("b", key: "l", state: .failed))
    _ = try ledger.begin(run("c", key: "m", state: .skipped))
    _ = try ledger.begin(run("d", key: "n", state: .working))
    _ = try ledger.countCrash(ofContent: "x")
    #expect(try ledger.forgetAll() == 2)
    #expect(try outcome("k") == nil)
    #expect(try outcome("l") == nil)
    #expect(try ledger.crashes(ofContent: "x") == 0)
    #expect(try ledger.runs(in: [.working]).first?.key == "n")
    #expect(try ledger.forgetAll() == 0)
  }

  @Test func crashesAreCountedByContent() throws {
    #expect(try ledger.crashes(ofContent: "x") == 0)
    #expect(try ledger.countCrash(ofContent: "x") == 1)
    #expect(try ledger.countCrash(ofContent: "x") == 2)
    #expect(try ledger.countCrash(ofContent: "y") == 1)
    #expect(try Ledger.open(folder: folder.path).crashes(ofContent: "x") == 2)
    try ledger.clearCrashes(ofContent: "x")
    try ledger.clearCrashes(ofContent: "never counted")
    #expect(try ledger.crashes(ofContent: "x") == 0)
    #expect(try ledger.crashes(ofContent: "y") == 1)
  }
}
