import Concurrency
import Foundation
import Spool
import AtomicFiles
import Synchronization
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

  @Test("a dead daemon whose folder cannot be cleared keeps no other from being taken over")
  func damagedNeighbours() throws {
    func makeDamaged(_ numbers: Range<Int>) throws {
      for number in numbers {
        // No call removes a folder in the place of `.owner`.
        let folder = bench.options.folders.claimed.file("dead-\(number)")
        try Files().makeFolder(folder.file(".owner"))
      }
    }
    try makeDamaged(0..<4)
    try bench.drop("a.jsonl", "one")
    let first = try BenchDaemon(bench)
    first.areWorkersBusy = true
    first.run(for: .seconds(2))
    first.die()
    try makeDamaged(4..<8)
    let successor = try BenchDaemon(bench)
    successor.run(for: .seconds(2))
    #expect(successor.counters.reclaimed == 1)
    #expect(try bench.done == ["a.jsonl": "one"])
    #expect(successor.log.count("cannot be given back") == 8)
    successor.run(for: .seconds(700))
    #expect(successor.log.count("cannot be given back") == 8)
    successor.close()
  }

  @Test("a claim that cannot be given back keeps the others of its daemon from nothing")
  func oneClaimFails() throws {
    bench.options.jobs = 2
    try bench.drop("a.jsonl", "one")
    try bench.drop("b.jsonl", "two")
    let first = try BenchDaemon(bench)
    first.areWorkersBusy = true
    first.run(for: .seconds(2))
    first.die()
    let calls = FaultyCalls()
    calls.refuse("renameat2", EIO)
    let refused = Atomic(0)
    calls.before { [unowned calls] operation, _ in
      // The first time it fails.
      guard operation == "renameat2" else { return }
      if refused.wrappingAdd(1, ordering: .relaxed).oldValue > 0 { calls.permit("renameat2") }
    }
    let successor = try BenchDaemon(bench, calls: calls)
    successor.run(for: .seconds(2))
    #expect(successor.counters.reclaimed == 1)
    #expect(try bench.done.count == 1)
    #expect(successor.log.count("cannot be given back") == 1)
    successor.run(for: .seconds(310))
    #expect(try bench.done == ["a.jsonl": "one", "b.jsonl": "two"])
    successor.close()
  }

  @Test(
    "a file that replaces one which is being claimed is not removed with it",
    arguments: [[], .withoutExclusiveRename] as [FaultyCalls.FileSystem])
  func replacedWhileItIsClaimed(_ fileSystem: FaultyCalls.FileSystem) throws {
    try bench.drop("b.jsonl", "other")
    let calls = FaultyCalls(on: fileSystem)
    let daemon = try BenchDaemon(bench, calls: calls)
    daemon.run(for: .seconds(2))
    let folder = try #require(try bench.claimed.first { $0.hasSuffix("/.owner") })
    let own = bench.options.folders.claimed.appending(folder).removingLastComponent()
    // An earlier claim has failed half-way: the file has a name in both folders.
    try bench.drop("a.jsonl", "one")
    try bench.drop("new", "two", in: bench.root)
    let (path, new) = (bench.inbox.file("a.jsonl").string, bench.root.file("new").string)
    try #require(link(path, own.file("a.jsonl").string) == 0)
    let claims = Atomic(0)
    let kind = fileSystem.isEmpty ? "renameat2" : "link"
    calls.before { operation, _ in
      // After the first step of the claim, which finds the name in the own folder.
      guard [kind, "unlink"].contains(operation) else { return }
      if claims.wrappingAdd(1, ordering: .relaxed).oldValue == 1 { _ = rename(new, path) }
    }
    daemon.send(.hint(.movedIn(name: Array("a.jsonl".utf8))))
    daemon.run(for: .seconds(310))
    let done = try bench.done
    #expect(done["b.jsonl"] == "other" && Set(done.values) == ["other", "one", "two"], "\(done)")
    #expect(try bench.waiting == [:])
    daemon.close()
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
