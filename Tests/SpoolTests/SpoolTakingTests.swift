import Spool
import Foundation
import AtomicFiles
import SystemPackage
import Testing

/// When a file is claimed, and which files never are.
@Suite("Spool: taking") struct SpoolTakingTests {
  let bench: SpoolBench

  init() throws { bench = try SpoolBench() }

  /// A daemon that has looked at the empty inbox.
  func idleDaemon() throws -> BenchDaemon {
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(10))
    return daemon
  }

  func expectEnd(_ daemon: BenchDaemon, done: [String: String], outputs: [String]? = nil) throws {
    daemon.close()
    let done = Dictionary(uniqueKeysWithValues: done.map { (FileName($0.key), $0.value) })
    #expect(try bench.problems(done: done, outputs: outputs) == [])
  }

  @Test func fileMovedInIsTakenAtOnce() throws {
    let daemon = try idleDaemon()
    try bench.drop("a.jsonl", "one")
    daemon.send(.hint(.movedIn(name: Array("a.jsonl".utf8))))
    daemon.run(for: .zero)
    #expect(try bench.done == ["a.jsonl": "one"])
    try expectEnd(daemon, done: ["a.jsonl": "one"])
  }

  @Test(
    "a file that was closed, made or found is taken after the settling time", arguments: [0, 1, 2])
  func otherFilesSettle(how: Int) throws {
    let daemon = try idleDaemon()
    try bench.drop("a.jsonl", "one")
    let name = Array("a.jsonl".utf8)
    daemon.send(.hint([.written(name: name), .appeared(name: name), .overflow][how]))
    daemon.run(for: .milliseconds(900))
    #expect(try bench.done == [:])
    daemon.run(for: .milliseconds(200))
    try expectEnd(daemon, done: ["a.jsonl": "one"])
  }

  @Test("without any event a file is found by the next scan") func scanFindsFiles() throws {
    let daemon = try idleDaemon()
    try bench.drop("a.jsonl", "one")
    daemon.run(for: .seconds(302))
    try expectEnd(daemon, done: ["a.jsonl": "one"])
  }

  @Test func unfinishedNamesAreNeverTaken() throws {
    let names = [".a.jsonl", "a.jsonl.tmp", "a.jsonl.part", "a.jsonl.crdownload", "a.jsonl~"]
    for name in names { try bench.drop(name, name) }
    let daemon = try idleDaemon()
    for name in names { daemon.send(.hint(.movedIn(name: Array(name.utf8)))) }
    daemon.run(for: .seconds(700))
    #expect(try Set(bench.waiting.keys) == Set(names))
    #expect(daemon.log.count("ignored") == 0)
    daemon.close()
  }

  @Test("old and future times of a file do not matter", arguments: [0.0, 4_000_000_000])
  func timesDoNotMatter(modified: Double) throws {
    try bench.drop("a.jsonl", "one")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: modified)],
      ofItemAtPath: bench.inbox.file("a.jsonl").string)
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(1.1))
    try expectEnd(daemon, done: ["a.jsonl": "one"])
  }

  @Test("a file that grows waits until it no longer changes") func changesWhileSettling() throws {
    let daemon = try idleDaemon()
    for length in 1...5 {
      try bench.drop("a.jsonl", String(repeating: "x", count: length))
      if length == 1 { daemon.send(.hint(.appeared(name: Array("a.jsonl".utf8)))) }
      daemon.run(for: .milliseconds(900))
      #expect(try bench.done == [:])
    }
    daemon.run(for: .seconds(3))
    try expectEnd(daemon, done: ["a.jsonl": "xxxxx"])
  }

  @Test("a file that is open for writing is not taken, however long it does not change")
  func openFilesWait()
    throws
  {
    try bench.drop("a.jsonl", "one")
    let path = bench.inbox.file("a.jsonl")
    let descriptor = try Files().open(path, O_WRONLY)
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(20))
    #expect(try bench.waiting == ["a.jsonl": "one"])
    Files().close(descriptor)
    daemon.run(for: .seconds(3))
    try expectEnd(daemon, done: ["a.jsonl": "one"])
  }

  /// A daemon during whose work the content of `a.jsonl` once becomes `newer`; then calls
  /// `andThen`.
  func daemonThatSeesAChange(andThen: @escaping () -> Void = {}) throws -> BenchDaemon {
    let daemon = try BenchDaemon(bench)
    var hasChanged = false
    daemon.interfere = { [bench] order, _ in
      guard case .proceed = order, !hasChanged else { return nil }
      hasChanged = true
      if let path = try? bench.claimedPath("a.jsonl") {
        try? bench.drop("a.jsonl", "newer", in: path.removingLastComponent())
        andThen()
      }
      return nil
    }
    return daemon
  }

  @Test(
    "a file that changes in work is given back; nothing of the old content is published, the new is done"
  )
  func changesInWork() throws {
    try bench.drop("a.jsonl", "old")
    let daemon = try daemonThatSeesAChange()
    daemon.run(for: .seconds(10))
    #expect(daemon.counters.abandoned == 1)
    try expectEnd(daemon, done: ["a.jsonl": "newer"])
  }

  @Test("a file that changed in work is done, and so is another with its name in the inbox")
  func changesInWorkWhileTheNameExists() throws {
    try bench.drop("a.jsonl", "old")
    let daemon = try daemonThatSeesAChange { [bench] in try? bench.drop("a.jsonl", "another") }
    daemon.run(for: .seconds(700))
    try expectEnd(daemon, done: ["a.jsonl": "newer", SpoolBench.second("a", "another"): "another"])
  }

  @Test func hardLinkIsTaken() throws {
    try bench.drop("source", "one", in: bench.root)
    try FileManager.default.linkItem(
      atPath: bench.root.file("source").string, toPath: bench.inbox.file("a.jsonl").string)
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(3))
    try expectEnd(daemon, done: ["a.jsonl": "one"])
  }

  @Test("the target of a link inside the inbox is copied, and the link is removed")
  func linkInside()
    throws
  {
    try bench.drop("file", "one", in: bench.inbox.appending("pool"))
    try bench.link("a.jsonl", to: "pool/file")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(3))
    #expect(try bench.text(bench.inbox.appending("pool")) == ["file": "one"])
    try expectEnd(daemon, done: ["a.jsonl": "one"])
  }

  @Test("what is no dataset stays in the inbox, and is logged once")
  func otherEntriesAreIgnoredOnce() throws {
    try bench.drop("secret.jsonl", "secret", in: bench.root)
    try bench.link("outside.jsonl", to: bench.root.file("secret.jsonl").string)
    try bench.link("dangling.jsonl", to: "nothing")
    try bench.link("loop.jsonl", to: "loop.jsonl")
    try bench.drop("notes.txt", "text")
    try bench.drop("README.md", "text")
    try Files().makeFolder(bench.inbox.file("folder.jsonl"))
    #expect(mkfifo(bench.inbox.file("fifo.jsonl").string, 0o644) == 0)
    let daemon = try idleDaemon()
    daemon.run(for: .seconds(1500))
    #expect(daemon.counters.seen == 0)
    #expect(daemon.log.count("ignored") == 6, "\(daemon.log.all)")
    #expect(try bench.outbox == [:])
    #expect(try bench.waiting.count == 6)
    daemon.close()
  }

  @Test("names may be any bytes, and as long as the file system allows")
  func names() throws {
    let long = String(repeating: "n", count: 249)
    let names = [
      FileName("with space.jsonl"), FileName("new\nline.jsonl"), FileName("-.jsonl"),
      FileName(bytes: [0xFF, 0xFE] + Array(".jsonl".utf8)), FileName(long + ".jsonl"),
      FileName(long.dropLast(3) + "\u{e9}.jsonl"),
    ]
    for round in 1...2 {
      for (number, name) in names.enumerated() { try bench.drop(name, "\(number)") }
      let daemon = try BenchDaemon(bench)
      daemon.run(for: .seconds(3))
      #expect(daemon.counters.done == names.count, "round \(round)")
      daemon.close()
      // Without a ledger the second round repeats the work, and must get the same names.
      bench.deleteLedger()
    }
    let done = Dictionary(uniqueKeysWithValues: zip(names, names.indices.map { "\($0)" }))
    #expect(try bench.problems(done: done) == [])
  }

  @Test("a file that is removed before it is taken is no failure", arguments: [false, true])
  func removedBeforeItIsTaken(isSettled: Bool) throws {
    let daemon = try idleDaemon()
    try bench.drop("a.jsonl", "one")
    daemon.send(.hint(.written(name: Array("a.jsonl".utf8))))
    daemon.areWorkersBusy = true
    if isSettled {
      try bench.drop("first.jsonl", "first")
      daemon.send(.hint(.movedIn(name: Array("first.jsonl".utf8))))
    }
    daemon.run(for: .seconds(isSettled ? 2 : 0))
    try bench.remove("a.jsonl")
    daemon.areWorkersBusy = false
    daemon.run(for: .seconds(2))
    #expect(daemon.counters.queued == 0)
    #expect(daemon.counters.failed == 0)
    try expectEnd(daemon, done: isSettled ? ["first.jsonl": "first"] : [:])
  }

  @Test("a file that is deleted while it is in work is dropped") func deletedInWork() throws {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.interfere = { [bench] order, _ in
      guard case .begin = order, let path = try? bench.claimedPath("a.jsonl") else { return nil }
      try? Files().remove(path)
      return nil
    }
    daemon.run(for: .seconds(30))
    #expect(daemon.counters.queued == 0, "\(daemon.log.all)")
    try expectEnd(daemon, done: [:])
  }

  @Test("the same name with new content is taken while the old is in work") func sameNameInWork()
    throws
  {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(2))
    try bench.drop("a.jsonl", "two")
    daemon.send(.hint(.written(name: Array("a.jsonl".utf8))))
    daemon.run(for: .seconds(2))
    daemon.areWorkersBusy = false
    daemon.run(for: .seconds(5))
    try expectEnd(daemon, done: ["a.jsonl": "one", SpoolBench.second("a", "two"): "two"])
  }

  @Test(
    "two files with the same content at the same time are worked on once",
    arguments: ["one", "poison", "kill"])
  func sameContentAtOnce(content: String) throws {
    bench.options.jobs = 2
    try bench.drop("a.jsonl", content)
    try bench.drop("b.jsonl", content)
    let daemon = try BenchDaemon(bench)
    var proceeded = 0
    daemon.interfere = { order, _ in
      if case .proceed = order { proceeded += 1 }
      return nil
    }
    daemon.run(for: .seconds(30))
    #expect(proceeded == (content == "kill" ? 2 : 1))
    #expect(daemon.counters.queued == 0 && daemon.counters.working == 0)
    daemon.close()
    let both = [FileName("a.jsonl"): content, FileName("b.jsonl"): content]
    let isGood = content == "one"
    #expect(try bench.problems(done: isGood ? both : [:], failed: isGood ? [:] : both) == [])
  }

  @Test("the death of a worker that only waits for the same content is not counted for the content")
  func deathOfAWaitingWorker() throws {
    bench.options.jobs = 2
    try bench.drop("a.jsonl", "one")
    try bench.drop("b.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    // The second file is held; its worker is killed when the first is about to publish.
    var readers: Set<FileName> = []
    var isHeldDead = false
    daemon.interfere = { order, name in
      if case .begin = order { readers.insert(name) }
      if case .publish = order, readers.count == 2, !isHeldDead {
        isHeldDead = true
        daemon.endWorker(besides: name)
      }
      return nil
    }
    daemon.run(for: .seconds(60))
    #expect(isHeldDead)
    #expect(daemon.counters.workerDeaths == 1)
    #expect(daemon.log.count("the worker died; the file is tried once more") == 0)
    try expectEnd(daemon, done: ["a.jsonl": "one", "b.jsonl": "one"])
  }

  @Test("with markers, a name that is too long to have one is logged once and ignored")
  func nameTooLongForAMarker() throws {
    bench.options.usesMarkers = true
    let name = String(repeating: "n", count: 247) + ".jsonl"
    try bench.drop(name, "one")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(100))
    #expect(daemon.counters.ignored == 1)
    #expect(daemon.steps < 20, "\(daemon.steps) steps: it looks again and again")
    daemon.close()
    #expect(try bench.waiting == [name: "one"])
  }

  @Test("a later file with the same content is skipped") func sameContentLater() throws {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(3))
    try bench.drop("b.jsonl", "one")
    daemon.run(for: .seconds(400))
    #expect(daemon.counters.done == 1)
    #expect(daemon.counters.skipped == 1)
    try expectEnd(daemon, done: ["a.jsonl": "one", "b.jsonl": "one"])
  }

  @Test("files beyond the limit of arrivals wait in the inbox") func moreThanTheLimit() throws {
    bench.options.arrivalLimit = 4
    let names = (1...23).map { "\($0).jsonl" }
    for name in names { try bench.drop(name, name) }
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .milliseconds(500))
    #expect(daemon.counters.queued == 4)
    daemon.run(for: .seconds(60))
    try expectEnd(daemon, done: Dictionary(uniqueKeysWithValues: zip(names, names)))
  }

  // MARK: - Markers

  @Test("with markers, a file waits for its own marker") func markers() throws {
    bench.options.usesMarkers = true
    try bench.drop("a.jsonl", "one")
    try bench.drop("b.jsonl", "two")
    try bench.drop("b.jsonl.done", "")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(400))
    #expect(try bench.waiting == ["a.jsonl": "one"])
    try bench.drop("a.jsonl.done", "")
    daemon.send(.hint(.written(name: Array("a.jsonl.done".utf8))))
    daemon.run(for: .seconds(1))
    try expectEnd(daemon, done: ["a.jsonl": "one", "b.jsonl": "two"])
  }

  @Test("with markers, a file that is given back gets its marker again", arguments: [false, true])
  func markersAreMadeAgain(dies: Bool) throws {
    bench.options.usesMarkers = true
    try bench.drop("a.jsonl", "one")
    try bench.drop("a.jsonl.done", "")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(3))
    #expect(try bench.waiting == [:])
    if dies {
      daemon.die()
    } else {
      daemon.send(.stop)
      daemon.run(for: .seconds(40))
      #expect(daemon.isFinished)
      daemon.close()
      #expect(try bench.waiting == ["a.jsonl": "one", "a.jsonl.done": ""])
    }
    let successor = try BenchDaemon(bench)
    successor.run(for: .seconds(400))
    try expectEnd(successor, done: ["a.jsonl": "one"])
  }
}
