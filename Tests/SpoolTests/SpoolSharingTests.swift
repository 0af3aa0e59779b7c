import Concurrency
import Foundation
import Spool
import AtomicFiles
import SystemPackage
import Testing

/// Several daemons that serve one inbox, one after the other or at once.
@Suite("Spool: sharing") struct SpoolSharingTests {
  let bench: SpoolBench

  init() throws { bench = try SpoolBench() }

  @Test("a link that a dead daemon had claimed is taken over, and its target is done once")
  func linkOfDeadDaemon() throws {
    let dead = bench.options.folders.claimed.file("dead")
    try Files().makeFolder(dead)
    try bench.drop(".pool", "one")
    try bench.link("link.jsonl", to: ".pool")
    try #require(try Files().move(bench.inbox.file("link.jsonl"), to: dead.file("link.jsonl")))
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(700))
    #expect(daemon.steps < 200, "\(daemon.steps) steps: it tries for ever")
    daemon.close()
    try bench.remove(".pool")
    #expect(try bench.problems(done: [FileName("link.jsonl"): "one"]) == [])
  }

  @Test("two daemons share the work without doing it twice", arguments: [1, 2, 3])
  func twoDaemons(seed: UInt64) throws {
    bench.options.jobs = 2
    var expected: [FileName: String] = [:]
    for number in 1...50 {
      expected[FileName("\(number).jsonl")] = "content \(number)"
      try bench.drop("\(number).jsonl", "content \(number)")
    }
    var generator = SplitMix64(seed: seed)
    let daemons = [try BenchDaemon(bench), try BenchDaemon(bench)]
    for _ in 0..<2000 {
      daemons.randomElement(using: &generator)?.step()
      bench.now += .milliseconds(10)
    }
    let done = daemons.map(\.counters.done)
    #expect(done.reduce(0, +) == 50)
    #expect(done.allSatisfy { $0 > 5 }, "\(done)")
    for daemon in daemons { daemon.close() }
    #expect(try bench.problems(done: expected) == [])
  }

  @Test func secondDaemonWithAnotherOutboxIsRefused() throws {
    let daemon = try BenchDaemon(bench)
    let outbox = bench.options.folders
    bench.options.folders = SpoolFolders(inbox: outbox.inbox, outbox: bench.root.file("other"))
    #expect(throws: InboxLocked.self) { try BenchDaemon(bench) }
    daemon.die()
    let successor = try BenchDaemon(bench)
    successor.close()
  }

  @Test("the claims of a dead daemon are taken over, those of a living one are not")
  func claimsOfADeadDaemon() throws {
    try bench.drop("a.jsonl", "one")
    let first = try BenchDaemon(bench)
    first.areWorkersBusy = true
    first.run(for: .seconds(2))
    let second = try BenchDaemon(bench)
    second.run(for: .seconds(1000))
    #expect(second.counters.seen == 0)
    #expect(second.counters.reclaimed == 0)
    first.die()
    second.run(for: .seconds(310))
    #expect(second.counters.reclaimed == 1)
    second.close()
    #expect(try bench.problems(done: [FileName("a.jsonl"): "one"]) == [])
  }

  @Test("a file that is taken over waits while another in the inbox has its name")
  func nameExistsInTheInbox() throws {
    try bench.drop("a.jsonl", "one")
    let first = try BenchDaemon(bench)
    first.areWorkersBusy = true
    first.run(for: .seconds(2))
    first.die()
    try bench.drop("a.jsonl", "two")
    let successor = try BenchDaemon(bench)
    successor.run(for: .seconds(2))
    #expect(try bench.done == ["a.jsonl": "two"])
    #expect(try bench.claimed.count { $0.hasSuffix("/a.jsonl") } == 1)
    successor.run(for: .seconds(310))
    successor.close()
    #expect(
      try bench.problems(done: [
        FileName("a.jsonl"): "two", FileName(SpoolBench.second("a", "one")): "one",
      ]) == [])
  }

  @Test("without links, a file stays that is dropped while another with its name is moved")
  func moveKeepsLaterFiles() throws {
    let calls = FaultyCalls(on: [.withoutLinks, .withoutExclusiveRename])
    try bench.drop("a.jsonl", "one")
    let (from, target) = (bench.inbox.file("a.jsonl"), bench.root.file("moved"))
    calls.before { [path = from.string] operation, _ in
      guard operation != "rename", !FileManager.default.fileExists(atPath: path) else { return }
      _ = FileManager.default.createFile(atPath: path, contents: Data("two".utf8))
    }
    #expect(try Files(calls: calls).move(from, to: target))
    #expect(try bench.waiting == ["a.jsonl": "two"])
    #expect(try bench.text(bench.root) == ["moved": "one"])
  }

  @Test("the inbox with all claims may be moved away and back") func inboxIsMovedAwayAndBack()
    throws
  {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(2))
    let elsewhere = bench.root.file("elsewhere")
    try Files().rename(bench.inbox, to: elsewhere)
    daemon.areWorkersBusy = false
    daemon.send(.hint(.folderGone))
    daemon.run(for: .seconds(100))
    try? FileManager.default.removeItem(atPath: bench.inbox.string)
    try Files().rename(elsewhere, to: bench.inbox)
    daemon.send(.hint(.watching))
    daemon.run(for: .seconds(700))
    daemon.close()
    let successor = try BenchDaemon(bench)
    successor.run(for: .seconds(310))
    successor.close()
    #expect(try bench.problems(done: [FileName("a.jsonl"): "one"]) == [])
  }
}
