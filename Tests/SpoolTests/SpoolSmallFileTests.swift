import AtomicFiles
import Foundation
import Spool
import SystemPackage
import Testing

/// Small files do not wait behind large ones, and nothing else becomes weaker by that.
@Suite("Spool: small files") struct SpoolSmallFileTests {
  let bench: SpoolBench

  init() throws {
    bench = try SpoolBench()
    bench.options.smallFiles = SmallFileOptions()
    bench.options.smallFiles?.largestSize = 20
  }

  static let large = String(repeating: "large ", count: 10)

  /// Lets the work on files take long, until they are taken from the set. Of a server's answers the same.
  final class LongWork {
    var names: Set<String> = []
  }

  /// A daemon whose work on the files in a set takes until `finish`.
  func daemon(longWork names: String...) throws -> (daemon: BenchDaemon, work: LongWork) {
    let daemon = try BenchDaemon(bench)
    let work = LongWork()
    work.names = Set(names)
    daemon.interfere = { order, name in
      guard case .proceed = order, work.names.contains(name.description) else { return nil }
      return .report(.progress)
    }
    return (daemon, work)
  }

  /// Ends long work well.
  func finish(_ name: String, _ daemon: BenchDaemon) throws {
    daemon.send(.worker(try #require(daemon.worker(with: name)), .report(.repaired)))
  }

  func drop(_ name: String, _ content: String, _ daemon: BenchDaemon) throws {
    try bench.drop(name, content)
    daemon.send(.hint(.movedIn(name: Array(name.utf8))))
  }

  func expectEnd(_ daemon: BenchDaemon, done: [String: String]) throws {
    daemon.close()
    let done = Dictionary(uniqueKeysWithValues: done.map { (FileName($0.key), $0.value) })
    #expect(try bench.problems(done: done) == [])
  }

  // MARK: - What is begun, and when

  @Test("a small file is begun at once while large ones hold all places", arguments: [1, 3])
  func besideLarge(jobs: Int) throws {
    bench.options.jobs = jobs
    let (daemon, _) = try daemon(longWork: "1.jsonl", "2.jsonl", "3.jsonl")
    var done: [String: String] = [:]
    for number in 1...jobs {
      done["\(number).jsonl"] = Self.large + "\(number)"
      try drop("\(number).jsonl", Self.large + "\(number)", daemon)
    }
    // Another large one waits, and came before the small ones.
    done["other.jsonl"] = Self.large
    try drop("other.jsonl", Self.large, daemon)
    daemon.run(for: .seconds(5))
    #expect(daemon.counters.working == jobs)
    for name in ["a", "b"] {
      done["\(name).jsonl"] = name
      try drop("\(name).jsonl", name, daemon)
      daemon.run(for: .zero)
      #expect(try bench.done["\(name).jsonl"] == name)
      #expect(daemon.isWithSmallFiles("\(name).jsonl"))
    }
    #expect(daemon.counters.working == jobs)
    #expect(daemon.kinds.values.count { $0 == .forSmallFiles } == 1)
    for number in 1...jobs { try finish("\(number).jsonl", daemon) }
    daemon.run(untilDecided: jobs + 3)
    #expect(!daemon.isWithSmallFiles("other.jsonl"))
    try expectEnd(daemon, done: done)
  }

  @Test("behind a small file the next one waits a second, and the third until one of both is done")
  func behindSmall() throws {
    let (daemon, _) = try daemon(longWork: "a.jsonl", "b.jsonl")
    for name in ["a", "b", "c"] { try drop("\(name).jsonl", name, daemon) }
    daemon.run(for: .milliseconds(990))
    #expect(daemon.counters.working == 1 && daemon.worker(with: "b.jsonl") == nil)
    daemon.run(for: .milliseconds(20))
    #expect(daemon.isWithSmallFiles("b.jsonl"))
    daemon.run(for: .seconds(100))
    #expect(daemon.worker(with: "c.jsonl") == nil)
    try finish("b.jsonl", daemon)
    daemon.run(for: .zero)
    #expect(try bench.done == ["b.jsonl": "b", "c.jsonl": "c"])
    try finish("a.jsonl", daemon)
    daemon.run(untilDecided: 3)
    try expectEnd(daemon, done: ["a.jsonl": "a", "b.jsonl": "b", "c.jsonl": "c"])
  }

  @Test("neither a large file nor a link, whose target may be large, is begun beside others")
  func largeWaits() throws {
    try bench.drop(".pool", Self.large)
    let (daemon, _) = try daemon(longWork: "1.jsonl")
    try drop("1.jsonl", Self.large + "1", daemon)
    daemon.run(for: .seconds(2))
    try bench.link("link.jsonl", to: ".pool")
    daemon.send(.hint(.appeared(name: Array("link.jsonl".utf8))))
    try drop("2.jsonl", Self.large + "2", daemon)
    // Its name was in the queue of small files before it grew.
    try drop("grown.jsonl", "g", daemon)
    try bench.drop("grown.jsonl", Self.large + "g")
    daemon.run(for: .seconds(200))
    #expect(daemon.counters.working == 1)
    #expect(daemon.kinds.count == 1)
    #expect(daemon.steps < 100, "\(daemon.steps) steps: it spins")
    try finish("1.jsonl", daemon)
    daemon.run(untilDecided: 4)
    #expect(daemon.kinds.values.allSatisfy { $0 == .ordinary })
    daemon.close()
  }

  // MARK: - What takes more than it may

  /// What may happen to a small file that takes too much.
  enum Excess: CaseIterable { case report, ownLimit, kernel, stall }

  @Test(
    "what takes more than a small file may is left to an ordinary worker, and nothing is counted against it",
    arguments: Excess.allCases)
  func takesTooMuch(excess: Excess) throws {
    bench.options.stallLimit = .seconds(60)
    let (daemon, work) = try daemon(longWork: "1.jsonl")
    var ordinaryDeaths = 0
    let interfere = daemon.interfere
    daemon.interfere = { order, name in
      guard case .proceed = order, name == FileName("a.jsonl") else {
        return interfere(order, name)
      }
      if !daemon.isWithSmallFiles("a.jsonl") {
        // One death more would be the second, if the first had been counted.
        ordinaryDeaths += 1
        return ordinaryDeaths == 1 ? .ended(.signalled(SIGKILL)) : nil
      }
      return switch excess {
      case .report: .report(.tooLarge)
      case .ownLimit: .ended(.exited(WorkerEnd.memoryStatus))
      case .kernel: .ended(.signalled(SIGKILL))
      case .stall: .report(.progress)
      }
    }
    try drop("1.jsonl", Self.large, daemon)
    daemon.run(for: .seconds(2))
    try drop("a.jsonl", "a", daemon)
    for _ in 1...8 {
      daemon.run(for: .seconds(10))
      daemon.send(.worker(try #require(daemon.worker(with: "1.jsonl")), .report(.progress)))
    }
    #expect(ordinaryDeaths == 0 && daemon.counters.working == 1)
    #expect(daemon.log.count("waits for another worker") == 1)
    #expect(daemon.counters.obstructed == 0)
    // The next one is done meanwhile.
    try drop("b.jsonl", "b", daemon)
    daemon.run(for: .zero)
    #expect(try bench.done == ["b.jsonl": "b"])
    work.names = []
    try finish("1.jsonl", daemon)
    daemon.run(untilDecided: 3)
    #expect(ordinaryDeaths == 2)
    #expect(daemon.counters.quarantined == 0 && daemon.counters.failed == 0)
    try expectEnd(daemon, done: ["1.jsonl": Self.large, "a.jsonl": "a", "b.jsonl": "b"])
  }

  @Test(
    "a crash beside large files makes work wait as any other, and the file is tried by an ordinary worker"
  )
  func crash() throws {
    let (daemon, _) = try daemon(longWork: "1.jsonl")
    try drop("1.jsonl", Self.large, daemon)
    daemon.run(for: .seconds(2))
    try drop("c.jsonl", "crash", daemon)
    daemon.run(for: .zero)
    #expect(daemon.counters.workerDeaths == 1 && daemon.counters.obstructed == 1)
    #expect(try daemon.spool.isPaused)
    // After the pause a small file is the probe: the large one may take an hour more.
    try drop("a.jsonl", "a", daemon)
    daemon.run(for: .seconds(1))
    #expect(try bench.done == [:])
    daemon.run(for: .seconds(10))
    #expect(try bench.done == ["a.jsonl": "a"])
    #expect(try !daemon.spool.isPaused)
    #expect(daemon.counters.workerDeaths == 1 && daemon.counters.obstructed == 1)
    try finish("1.jsonl", daemon)
    daemon.run(for: .seconds(600))
    #expect(daemon.counters.workerDeaths > 1)
    #expect(daemon.counters.failed == 0)
    daemon.close()
  }

  @Test("a file that is tried alone has no small file beside it, nor an idle worker for them")
  func alone() throws {
    let (daemon, _) = try daemon(longWork: "1.jsonl", "k.jsonl")
    try drop("1.jsonl", Self.large, daemon)
    daemon.run(for: .seconds(2))
    try drop("a.jsonl", "a", daemon)
    daemon.run(for: .zero)
    #expect(daemon.workers.count == 2)
    try drop("k.jsonl", Self.large + "k", daemon)
    try finish("1.jsonl", daemon)
    daemon.run(for: .seconds(1))
    daemon.workers[try #require(daemon.worker(with: "k.jsonl"))]?.kill()
    daemon.run(for: .seconds(1))
    #expect(daemon.workers.count == 1 && daemon.counters.working == 1)
    try drop("b.jsonl", "b", daemon)
    daemon.run(for: .seconds(300))
    #expect(daemon.workers.count == 1)
    #expect(try bench.done["b.jsonl"] == nil)
    try finish("k.jsonl", daemon)
    daemon.run(untilDecided: 4)
    #expect(daemon.counters.quarantined == 0)
    daemon.close()
  }

  @Test("a file that is to be tried alone is not put off by small ones, however many come")
  func aloneInSpiteOfSmallFiles() throws {
    bench.options.jobs = 2
    let (daemon, _) = try daemon(longWork: "1.jsonl", "k.jsonl")
    try drop("1.jsonl", Self.large, daemon)
    try drop("k.jsonl", Self.large + "k", daemon)
    daemon.run(for: .seconds(1))
    daemon.workers[try #require(daemon.worker(with: "k.jsonl"))]?.kill()
    var begun: Int?
    for number in 1...40 {
      try drop("s\(number).jsonl", "\(number)", daemon)
      // Small files are done while the other large one is in work.
      if number == 20 {
        #expect(daemon.counters.done >= 17)
        try finish("1.jsonl", daemon)
      }
      for _ in 1...3 { daemon.step() }
      bench.now += .milliseconds(200)
      if begun == nil, daemon.worker(with: "k.jsonl") != nil { begun = number }
    }
    #expect(try (20...22).contains(#require(begun)))
    try finish("k.jsonl", daemon)
    daemon.run(untilDecided: 42)
    #expect(daemon.counters.failed == 0)
    daemon.close()
  }

  // MARK: - Servers, copies, failures, stops

  @Test("a small file with the content of one in work keeps no other small file waiting")
  func twin() throws {
    let (daemon, work) = try daemon(longWork: "a.jsonl")
    try drop("a.jsonl", "same", daemon)
    daemon.run(for: .seconds(2))
    try drop("b.jsonl", "same", daemon)
    try drop("c.jsonl", "c", daemon)
    daemon.run(for: .seconds(100))
    #expect(try bench.done == ["c.jsonl": "c"])
    #expect(daemon.steps < 100, "\(daemon.steps) steps: it spins")
    work.names = []
    try finish("a.jsonl", daemon)
    daemon.run(untilDecided: 3)
    #expect(daemon.counters.done == 2 && daemon.counters.skipped == 1)
    try expectEnd(daemon, done: ["a.jsonl": "same", "b.jsonl": "same", "c.jsonl": "c"])
  }

  @Test(
    "small files that wait for a server that hangs delay no other small file, and take one process")
  func hangingServer() throws {
    bench.options.jobs = 2
    let (daemon, work) = try daemon(longWork: "1.jsonl", "2.jsonl")
    let interfere = daemon.interfere
    daemon.interfere = { order, name in
      guard case .proceed = order, !work.names.isEmpty,
        daemon.workers.values.contains(where: { $0.file == name && $0.hasServer })
      else { return interfere(order, name) }
      return .report(.progress)
    }
    for number in 1...2 { try drop("\(number).jsonl", Self.large + "\(number)", daemon) }
    daemon.run(for: .seconds(2))
    for number in 1...3 { try drop("s\(number).jsonl", "server \(number)", daemon) }
    daemon.run(for: .seconds(1))
    for number in 1...3 { try drop("a\(number).jsonl", "\(number)", daemon) }
    daemon.run(for: .seconds(1))
    #expect(daemon.counters.done == 3)
    #expect(daemon.workers.count == 4)
    #expect(daemon.counters.working == 3)
    #expect(daemon.steps < 100, "\(daemon.steps) steps: it spins")
    // The server answers.
    work.names = []
    let waiting = try #require(daemon.workers.first { $0.value.hasServer }?.key)
    daemon.send(.worker(waiting, .report(.repaired)))
    for number in 1...2 { try finish("\(number).jsonl", daemon) }
    daemon.run(untilDecided: 8)
    #expect(daemon.counters.done == 8)
    daemon.close()
  }

  /// Lets files that have asked for a language model take long, too.
  func letModelsTakeLong(_ daemon: BenchDaemon, _ work: LongWork) {
    let interfere = daemon.interfere
    daemon.interfere = { order, name in
      guard case .proceed = order, work.names.contains("models"),
        daemon.workers.values.contains(where: { $0.file == name && $0.hasServer })
      else { return interfere(order, name) }
      return .report(.progress)
    }
  }

  @Test(
    "a small file that asks a language model for minutes delays no other small file, and one asks at a time"
  )
  func languageModel() throws {
    let (daemon, work) = try daemon(longWork: "1.jsonl", "models")
    letModelsTakeLong(daemon, work)
    try drop("1.jsonl", Self.large, daemon)
    daemon.run(for: .seconds(2))
    for name in ["m1", "m2", "z"] {
      try drop("\(name).jsonl", name.hasPrefix("m") ? "model \(name)" : name, daemon)
    }
    daemon.run(for: .seconds(1))
    #expect(try bench.done == ["z.jsonl": "z"])
    #expect(daemon.isWithSmallFiles("m1.jsonl") && daemon.counters.working == 2)
    #expect(daemon.workers.count == 3)
    #expect(daemon.steps < 100, "\(daemon.steps) steps: it spins")
    // The next one that asks gets the ordinary place, and holds it.
    try finish("1.jsonl", daemon)
    daemon.run(for: .seconds(1))
    #expect(daemon.worker(with: "m2.jsonl") != nil && !daemon.isWithSmallFiles("m2.jsonl"))
    try drop("2.jsonl", Self.large + "2", daemon)
    daemon.run(for: .seconds(30))
    #expect(daemon.worker(with: "2.jsonl") == nil && daemon.counters.working == 2)
    work.names = []
    for name in ["m1", "m2"] { try finish("\(name).jsonl", daemon) }
    daemon.run(untilDecided: 5)
    try expectEnd(
      daemon,
      done: [
        "1.jsonl": Self.large, "2.jsonl": Self.large + "2", "z.jsonl": "z", "m1.jsonl": "model m1",
        "m2.jsonl": "model m2",
      ])
  }

  @Test("a file that is to be tried alone waits for a small one that asks a language model")
  func aloneAfterLanguageModel() throws {
    let (daemon, work) = try daemon(longWork: "1.jsonl", "models")
    letModelsTakeLong(daemon, work)
    try drop("1.jsonl", Self.large, daemon)
    daemon.run(for: .seconds(2))
    try drop("m.jsonl", "model", daemon)
    daemon.run(for: .seconds(1))
    daemon.workers[try #require(daemon.worker(with: "1.jsonl"))]?.kill()
    daemon.run(for: .seconds(100))
    #expect(daemon.counters.working == 1 && daemon.worker(with: "1.jsonl") == nil)
    try finish("m.jsonl", daemon)
    daemon.run(for: .seconds(1))
    #expect(daemon.worker(with: "1.jsonl") != nil && daemon.workers.count == 1)
    try finish("1.jsonl", daemon)
    daemon.run(untilDecided: 2)
    #expect(daemon.counters.quarantined == 0)
    daemon.close()
  }

  @Test(
    "if no worker for small files can be made, they wait for the ordinary ones, and nothing is paused"
  )
  func noWorker() throws {
    bench.options.endsWhenDrained = true
    let (daemon, _) = try daemon(longWork: "1.jsonl")
    try bench.drop("1.jsonl", Self.large)
    daemon.run(for: .seconds(2))
    daemon.workerError = FileError(path: "emend", operation: "spawn", code: EAGAIN)
    for name in ["a", "b", "c"] { try drop("\(name).jsonl", name, daemon) }
    daemon.run(for: .seconds(300))
    #expect(try !daemon.spool.isPaused)
    #expect((1...3).contains(daemon.log.count("no worker for small files can be made")))
    #expect(daemon.steps < 100, "\(daemon.steps) steps: it spins")
    try finish("1.jsonl", daemon)
    daemon.run(for: .seconds(60))
    #expect(daemon.isFinished)
    #expect(try daemon.spool.exitStatus == 0)
    try expectEnd(
      daemon, done: ["1.jsonl": Self.large, "a.jsonl": "a", "b.jsonl": "b", "c.jsonl": "c"])
  }

  @Test("a stop finishes both files in work; the second one gives both back", arguments: [1, 2])
  func stop(count: Int) throws {
    let (daemon, _) = try daemon(longWork: "1.jsonl", "a.jsonl")
    try drop("1.jsonl", Self.large, daemon)
    daemon.run(for: .seconds(2))
    for name in ["a", "b"] { try drop("\(name).jsonl", name, daemon) }
    daemon.run(for: .seconds(2))
    daemon.send(.stop)
    daemon.run(for: .seconds(1))
    #expect(!daemon.isFinished && daemon.counters.working == 2)
    if count == 1 {
      try finish("1.jsonl", daemon)
      try finish("a.jsonl", daemon)
    } else {
      daemon.send(.stop)
    }
    daemon.run(for: .seconds(1))
    #expect(daemon.isFinished)
    daemon.close()
    #expect(try bench.waiting.count == (count == 1 ? 1 : 3))
    #expect(try bench.done.count == (count == 1 ? 2 : 0))
    #expect(try bench.claimed == [])
  }
}
