import Concurrency
import Foundation
import Spool
import AtomicFiles
import SystemPackage
import Testing

/// Failures that may pass and those that do not, and which files wait meanwhile.
@Suite("Spool: retries") struct SpoolRetryTests {
  let bench: SpoolBench

  init() throws { bench = try SpoolBench() }

  static func failure(_ kind: WorkFailure.Kind) -> WorkerEvent {
    .report(
      .failed(
        WorkFailure(kind: kind, failureReason: FailureReason(code: "x", message: "m", remedy: "r")))
    )
  }

  @Test(
    "a full disk pauses all work; a single file probes it, and the rest follows once it has space")
  func fullDiskPausesAllWork() throws {
    bench.options.jobs = 3
    for number in 1...6 { try bench.drop("\(number).jsonl", "\(number)") }
    let daemon = try BenchDaemon(bench)
    daemon.calls.refuse("create", ENOSPC)
    daemon.run(for: .seconds(600))
    #expect(try bench.outbox == [:])
    #expect(daemon.log.count("all work is paused until this failure passes") == 1)
    // The first wait is two seconds, and each is twice the one before: about a dozen probes in ten
    // minutes.
    #expect((4...14).contains(daemon.counters.retried), "\(daemon.counters.retried)")
    #expect(daemon.steps < 300, "\(daemon.steps) steps: it spins")
    daemon.calls.permit("create")
    daemon.run(untilDecided: 6)
    #expect(daemon.counters.done == 6)
    daemon.close()
    let done = Dictionary(uniqueKeysWithValues: (1...6).map { (FileName("\($0).jsonl"), "\($0)") })
    #expect(try bench.problems(done: done) == [])
  }

  @Test("the wait doubles up to five minutes, within a quarter") func waitsDoubleWithJitter() {
    var generator = SplitMix64(seed: 7)
    for (attempt, middle) in [(1, 2.0), (2, 4), (5, 32), (8, 256), (9, 300), (60, 300)] {
      var seen: Set<Duration> = []
      for _ in 0..<200 {
        let wait = Backoff().delay(after: attempt, using: &generator)
        #expect(wait >= .seconds(middle * 0.75) && wait <= .seconds(middle * 1.25))
        seen.insert(wait)
      }
      #expect(seen.count > 100)
    }
  }

  @Test func failureOfOneFileDelaysNoOther() throws {
    for name in ["a", "b", "c"] { try bench.drop("\(name).jsonl", name) }
    let daemon = try BenchDaemon(bench)
    daemon.interfere = { order, name in
      guard case .begin = order, name == FileName("a.jsonl") else { return nil }
      return Self.failure(.file)
    }
    daemon.run(for: .seconds(2))
    #expect(Set(try bench.done.keys) == ["b.jsonl", "c.jsonl"])
    daemon.interfere = { _, _ in nil }
    daemon.run(for: .seconds(400))
    #expect(try bench.done.count == 3)
    daemon.close()
  }

  @Test("a file that waits for a free worker causes no steps") func waitingCausesNoSteps()
    throws
  {
    try bench.drop("a.jsonl", "a")
    let daemon = try BenchDaemon(bench)
    daemon.interfere = { _, _ in Self.failure(.file) }
    daemon.run(for: .seconds(1.5))
    try bench.drop("b.jsonl", "b")
    daemon.send(.hint(.movedIn(name: Array("b.jsonl".utf8))))
    daemon.interfere = { _, _ in nil }
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(200))
    #expect(daemon.steps < 100, "\(daemon.steps)")
  }

  @Test func unreadableFileIsTakenOnceItCanBeRead() throws {
    try bench.drop("a.jsonl", "a")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .milliseconds(500))
    daemon.calls.refuse("open", EACCES)
    daemon.run(for: .seconds(100))
    #expect(try bench.waiting == ["a.jsonl": "a"])
    #expect(daemon.log.count("cannot be taken yet") == 1)
    #expect(daemon.counters.waiting == 1)
    daemon.calls.permit("open")
    daemon.run(untilDecided: 1)
    daemon.close()
    #expect(try bench.problems(done: [FileName("a.jsonl"): "a"]) == [])
  }

  @Test("a file that cannot be repaired fails once, with its reason beside it, and others are done")
  func unusableFileGoesToFailed() throws {
    try bench.drop("a.jsonl", "a")
    try bench.drop("bad.jsonl", "poison")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(1000))
    #expect(daemon.counters.failed == 1)
    #expect(try daemon.spool.exitStatus == 1)
    daemon.close()
    #expect(
      try bench.problems(
        done: [FileName("a.jsonl"): "a"], failed: [FileName("bad.jsonl"): "poison"]) == [])
    struct Reason: Decodable, Equatable {
      var file: String, code: String, message: String, line: Int, remedy: String
    }
    let json = try #require(try bench.failed["bad.jsonl.error.json"])
    #expect(
      try JSONDecoder().decode(Reason.self, from: Data(json.utf8))
        == Reason(
          file: "bad.jsonl", code: "not-json", message: "line 3: this is no JSON", line: 3,
          remedy: "mend the line"))
  }

  @Test("a content is quarantined after two deaths, also under another name and after a restart")
  func deathsLeadToQuarantine() throws {
    try bench.drop("k.jsonl", "kill")
    let daemon = try BenchDaemon(bench)
    daemon.run(untilDecided: 1)
    #expect(daemon.counters.workerDeaths == 2)
    #expect(daemon.counters.quarantined == 1)
    daemon.close()
    try bench.drop("other.jsonl", "kill")
    let successor = try BenchDaemon(bench)
    successor.run(untilDecided: 1)
    #expect(successor.counters.workerDeaths == 0)
    #expect(successor.counters.quarantined == 1)
    successor.close()
    #expect(
      try bench.problems(
        done: [:], failed: [FileName("k.jsonl"): "kill", FileName("other.jsonl"): "kill"]) == [])
  }

  @Test("one death is no quarantine, however often the file was tried before")
  func oneDeathIsForgiven()
    throws
  {
    try bench.drop("a.jsonl", "a")
    let daemon = try BenchDaemon(bench)
    var tries = 0
    daemon.interfere = { order, _ in
      guard case .proceed = order else { return nil }
      tries += 1
      if tries <= 3 { return Self.failure(.file) }
      return tries == 4 ? .ended(.signalled(SIGKILL)) : nil
    }
    daemon.run(untilDecided: 1)
    #expect(daemon.counters.quarantined == 0)
    #expect(daemon.counters.done == 1)
    daemon.close()
    #expect(try bench.problems(done: [FileName("a.jsonl"): "a"]) == [])
  }

  @Test("if a file cannot be put away, the move is tried again, but not the work")
  func putAwayIsRetried() throws {
    try bench.drop("a.jsonl", "a")
    try bench.drop("bad.jsonl", "poison")
    let daemon = try BenchDaemon(bench)
    // The folders are removed, and cannot be made again.
    for folder in [bench.options.folders.done, bench.options.folders.failed] {
      try FileManager.default.removeItem(atPath: folder.string)
    }
    daemon.calls.refuse("mkdir", EROFS)
    var begun = 0
    daemon.interfere = { order, _ in
      if case .begin = order { begun += 1 }
      return nil
    }
    daemon.run(for: .seconds(100))
    #expect(begun == 2)
    #expect(daemon.log.count("cannot be put away yet") > 2)
    daemon.calls.permit("mkdir")
    daemon.run(for: .seconds(400))
    #expect(begun == 2)
    #expect(daemon.counters.done == 1 && daemon.counters.failed == 1)
    daemon.close()
    #expect(
      try bench.problems(
        done: [FileName("a.jsonl"): "a"], failed: [FileName("bad.jsonl"): "poison"]) == [])
  }

  private static let second = SpoolBench.second("bad", "poison")

  @Test("a file in the failed folder with the same name does not change", arguments: [false, true])
  func failedNameExists(hasLinks: Bool) throws {
    try bench.drop("bad.jsonl", "older", in: bench.options.folders.failed)
    try bench.drop("bad.jsonl", "poison")
    let daemon = try BenchDaemon(bench, calls: FaultyCalls(on: hasLinks ? [] : .withoutLinks))
    daemon.run(for: .seconds(60))
    daemon.close()
    #expect(
      try bench.failed.filter { !$0.key.contains("error") }
        == ["bad.jsonl": "older", Self.second: "poison"])
    #expect(try bench.failed[Self.second + ".error.json"] != nil)
  }

  @Test("if no worker can be made, work waits, and goes on once one can") func workerCannotBeMade()
    throws
  {
    try bench.drop("a.jsonl", "a")
    let daemon = try BenchDaemon(bench)
    daemon.workerError = FileError(path: "emend", operation: "spawn", code: EMFILE)
    daemon.run(for: .seconds(100))
    #expect(try bench.outbox == [:])
    daemon.workerError = nil
    daemon.run(untilDecided: 1)
    daemon.close()
    #expect(try bench.problems(done: [FileName("a.jsonl"): "a"]) == [])
  }

  @Test("work goes on without a ledger, and repeated work changes nothing")
  func ledgerIsMissing() throws {
    bench.ledger = bench.root.appending("none/ledger").string
    for _ in 1...2 {
      try bench.drop("a.jsonl", "a")
      let daemon = try BenchDaemon(bench)
      daemon.run(untilDecided: 1)
      #expect(daemon.log.count("the ledger cannot be used") == 1)
      daemon.close()
    }
    #expect(try bench.problems(done: [FileName("a.jsonl"): "a"]) == [])
  }

  @Test("a ledger that is deleted between two runs causes no second output") func ledgerIsDeleted()
    throws
  {
    for _ in 1...2 {
      try bench.drop("a.jsonl", "a")
      let daemon = try BenchDaemon(bench)
      daemon.run(untilDecided: 1)
      #expect(daemon.counters.done == 1)
      daemon.close()
      bench.deleteLedger()
    }
    #expect(try bench.problems(done: [FileName("a.jsonl"): "a"]) == [])
  }
}
