import Foundation
import Spool
import AtomicFiles
import SystemPackage
import Testing

/// How a daemon ends, and how it goes on with new rules.
@Suite("Spool: stopping") struct SpoolStopTests {
  let bench: SpoolBench

  init() throws { bench = try SpoolBench() }

  func names(_ count: Int) -> [FileName: String] {
    Dictionary(uniqueKeysWithValues: (1...count).map { (FileName("\($0).jsonl"), "\($0)") })
  }

  @Test("work in hand is finished, the rest is given back") func stopFinishesWorkInHand() throws {
    for (name, content) in names(5) { try bench.drop(name, content) }
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(2))
    daemon.send(.stop)
    daemon.run(for: .seconds(1))
    #expect(!daemon.isFinished)
    daemon.areWorkersBusy = false
    daemon.run(for: .seconds(1))
    #expect(daemon.isFinished)
    #expect(daemon.counters.done == 1)
    daemon.close()
    #expect(try bench.waiting.count == 4)
    #expect(try bench.claimed == [])
  }

  @Test("a file that waits for another try is given back at once") func stopGivesBack() throws {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.calls.refuse("create", ENOSPC)
    daemon.run(for: .seconds(20))
    #expect(try bench.waiting == [:])
    daemon.send(.stop)
    daemon.run(for: .zero)
    #expect(daemon.isFinished)
    daemon.close()
    #expect(try bench.waiting == ["a.jsonl": "one"])
    #expect(try bench.claimed == [])
  }

  @Test("the second message to stop, or the time-out, ends the workers", arguments: [false, true])
  func stopAtOnce(isSentTwice: Bool) throws {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(2))
    daemon.send(.stop)
    daemon.run(for: .seconds(29))
    #expect(!daemon.isFinished)
    if isSentTwice { daemon.send(.stop) }
    daemon.run(for: .seconds(isSentTwice ? 0.5 : 2))
    #expect(daemon.isFinished)
    #expect(daemon.counters.workerDeaths == 0)
    daemon.close()
    #expect(try bench.waiting == ["a.jsonl": "one"])
    let successor = try BenchDaemon(bench)
    successor.run(for: .seconds(3))
    successor.close()
    #expect(try bench.problems(done: [FileName("a.jsonl"): "one"]) == [])
  }

  @Test("the outcome of a file that was not put away applies after the next start")
  func stopBeforePutAway()
    throws
  {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    try FileManager.default.removeItem(atPath: bench.options.folders.done.string)
    daemon.calls.refuse("mkdir", EROFS)
    daemon.run(for: .seconds(20))
    #expect(daemon.counters.done == 1)
    daemon.send(.stop)
    daemon.run(for: .seconds(1))
    #expect(daemon.isFinished)
    daemon.close()
    let successor = try BenchDaemon(bench)
    successor.run(for: .seconds(310))
    #expect(successor.counters.skipped == 1)
    #expect(successor.counters.done == 0)
    successor.close()
    #expect(try bench.problems(done: [FileName("a.jsonl"): "one"]) == [])
  }

  @Test func drainOfAnEmptyInboxEndsAtOnce() throws {
    bench.options.endsWhenDrained = true
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .zero)
    #expect(daemon.isFinished)
    #expect(try daemon.spool.exitStatus == 0)
    daemon.close()
  }

  @Test(
    "a drain ends when all files are done, with the right exit status",
    arguments: [("one", 0), ("reject", 3), ("poison", 1), ("kill", 1)] as [(String, Int32)])
  func drainStatus(content: String, status: Int32) throws {
    bench.options.endsWhenDrained = true
    try bench.drop("a.jsonl", "fine")
    try bench.drop("b.jsonl", content)
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(60))
    #expect(daemon.isFinished)
    #expect(try daemon.spool.exitStatus == status)
    daemon.close()
  }

  @Test("a drain ends and gives all files back if no worker can be made")
  func drainWithoutWorkers() throws {
    bench.options.endsWhenDrained = true
    for name in ["a", "b", "c", "d"] { try bench.drop("\(name).jsonl", name) }
    let daemon = try BenchDaemon(bench)
    daemon.workerError = FileError(path: "emend", operation: "spawn", code: EAGAIN)
    daemon.run(for: .seconds(60))
    #expect(daemon.isFinished)
    #expect(try daemon.spool.exitStatus == 1)
    daemon.close()
    #expect(try bench.waiting.count == 4)
    #expect(try bench.claimed == [])
  }

  @Test("a drain gives a file back that cannot be done now, and ends") func drainGivesBack()
    throws
  {
    bench.options.endsWhenDrained = true
    try bench.drop("a.jsonl", "one")
    try bench.drop("b.jsonl", "two")
    let daemon = try BenchDaemon(bench)
    daemon.interfere = { order, name in
      guard case .begin = order, name == FileName("a.jsonl") else { return nil }
      let failureReason = FailureReason(code: "x", message: "m", remedy: "r")
      return .report(.failed(WorkFailure(kind: .file, failureReason: failureReason)))
    }
    daemon.run(for: .seconds(60))
    #expect(daemon.isFinished)
    #expect(try daemon.spool.exitStatus == 1)
    daemon.close()
    #expect(try bench.waiting == ["a.jsonl": "one"])
    #expect(try bench.done == ["b.jsonl": "two"])
    #expect(try bench.claimed == [])
  }

  @Test("a drain does not wait for ever for a file that is open for writing")
  func drainOfAnOpenFile() throws {
    bench.options.endsWhenDrained = true
    try bench.drop("a.jsonl", "one")
    let descriptor = try Files().open(bench.inbox.file("a.jsonl"), O_WRONLY)
    defer { Files().close(descriptor) }
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(20))
    #expect(daemon.isFinished)
    #expect(try daemon.spool.exitStatus == 1)
    daemon.close()
    #expect(try bench.waiting == ["a.jsonl": "one"])
  }

  @Test("after a reload the file in work is finished with the old rules, the next with the new")
  func reload() throws {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(2))
    daemon.rules = "rules 2"
    daemon.send(.reload)
    daemon.areWorkersBusy = false
    daemon.run(for: .seconds(1))
    #expect(daemon.workers.isEmpty)
    // With new rules the same content is other work.
    try bench.drop("b.jsonl", "one")
    daemon.send(.hint(.movedIn(name: Array("b.jsonl".utf8))))
    daemon.run(for: .seconds(1))
    #expect(daemon.counters.done == 2)
    #expect(daemon.counters.workerDeaths == 0)
    daemon.close()
    #expect(
      try bench.problems(
        done: [FileName("a.jsonl"): "one", FileName("b.jsonl"): "one"], outputs: ["one", "one"])
        == [])
  }

  @Test("a worker without work ends after a while") func idleWorkersEnd() throws {
    try bench.drop("a.jsonl", "one")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(3))
    #expect(daemon.workers.count == 1)
    daemon.run(for: .seconds(700))
    #expect(daemon.workers.isEmpty)
    daemon.close()
  }
}
