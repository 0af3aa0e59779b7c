import Spool
import Concurrency
import Foundation
import AtomicFiles
import SystemPackage
import TestSupport
import Testing

/// Random sequences, from seeds, of what may happen to a watched folder.
@Suite("Spool: walks") struct SpoolWalkTests {
  @Test("whatever happens, each content is done exactly once in the end", arguments: 0..<8)
  func walk(part: UInt64) throws {
    for seed in (part * 25)..<(part * 25 + (Tier.isAll ? 25 : 4)) {
      let problems = try Walk(seed: seed).problems()
      #expect(problems == [], "seed \(seed)")
    }
  }

  /// One sequence: drops, deaths, faults, stops and deleted ledgers, then a daemon without faults.
  private final class Walk {
    let bench: SpoolBench
    var generator: SplitMix64
    var daemon: BenchDaemon?
    var dropped: [String: Int] = [:]
    var contents: [String] = []

    init(seed: UInt64) throws {
      generator = SplitMix64(seed: seed)
      bench = try SpoolBench(seed: seed, hasLedger: seed % 4 == 0)
      bench.options.jobs = Int(seed % 3) + 1
      if seed % 2 == 1 {
        bench.options.smallFiles = SmallFileOptions()
        bench.options.smallFiles?.delay = .zero
      }
    }

    func problems() throws -> [String] {
      for _ in 0..<30 { try act() }
      daemon?.die()
      let successor = try BenchDaemon(bench)
      // Long enough for several scans: of files with the same name each scan gives only one back.
      successor.run(for: .seconds(2000))
      successor.close()
      return try problemsInTheFolders()
    }

    /// Lets one random thing happen.
    private func act() throws {
      switch Int.random(in: 0..<12, using: &generator) {
      case 0, 1, 2: try drop()
      case 3: try change()
      case 4:
        daemon?.die()
        daemon = nil
      case 5:
        daemon?.send(.stop)
        daemon?.run(for: .seconds(40))
        daemon?.close()
        daemon = nil
      case 6: if Bool.random(using: &generator) { bench.deleteLedger() }
      case 7:
        let span = Int.random(in: 1...400, using: &generator)
        daemon?.run(for: .seconds(span))
      default:
        try start()
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
          guard let next = daemon?.step() else { break }
          if Bool.random(using: &generator) { bench.now = max(bench.now, next) }
        }
        if daemon?.calls.isDead == true {
          daemon?.die()
          daemon = nil
        }
      }
    }

    private func start() throws {
      guard daemon == nil || daemon?.isFinished == true else { return }
      daemon?.die()
      daemon = nil
      let codes = [ENOSPC, EIO, EACCES, EMFILE, EINTR]
      let fault: FaultyCalls.Fault =
        Bool.random(using: &generator)
        ? .crash : .code(codes.randomElement(using: &generator) ?? EIO)
      let calls = FaultyCalls(
        failing: .random(in: 1...400, using: &generator), fault,
        on: FaultyCalls.FileSystem(rawValue: .random(in: 0..<8, using: &generator)))
      daemon = try? BenchDaemon(bench, calls: calls)
    }

    /// Drops new content under one of a few names, unless the name is waiting.
    private func drop() throws {
      let name = ["a.jsonl", "b.jsonl", "c c.json", "d.ndjson"].randomElement(using: &generator)
      guard let name, try bench.waiting[name] == nil else { return }
      contents.append("content \(contents.count)")
      try bench.drop(name, contents[contents.count - 1])
      if Bool.random(using: &generator) {
        daemon?.send(.hint(.movedIn(name: Array(name.utf8))))
      }
    }

    /// Changes a claimed file, as a writer that has not finished does.
    private func change() throws {
      let isWaiting = Bool.random(using: &generator)
      let claimed = try bench.claimed.filter { $0.contains(".") && !$0.hasSuffix("/") }
        .filter { !$0.contains("/.") }.sorted()
      guard !isWaiting, let path = claimed.randomElement(using: &generator) else { return }
      let folder = bench.options.folders.claimed.appending(path).removingLastComponent()
      let name = FileName(String(path.drop { $0 != "/" }.dropFirst()))
      guard let old = try bench.contents(folder)[name], let index = contents.firstIndex(of: old)
      else { return }
      // If at least its report is published, a change rightly causes a second output; skip it.
      let report = "report: \(FakeWorker.outputOf(old))"
      guard try !bench.outbox.values.contains(report) else { return }
      contents[index] = old + " and more"
      try bench.drop(name, contents[index], in: folder)
    }

    /// What is wrong with the folders; empty if nothing is.
    private func problemsInTheFolders() throws -> [String] {
      var found: [String] = []
      let done = try bench.done.values.sorted()
      if done != contents.sorted() { found.append("done: \(done) of \(contents.sorted())") }
      let results = try bench.results.values.sorted()
      if results != contents.map(FakeWorker.outputOf).sorted() {
        found.append("results: \(results)")
      }
      if try bench.outbox.count != 2 * results.count { found.append("outbox: \(try bench.outbox)") }
      for (what, left) in [
        ("inbox", Array(try bench.waiting.keys)), ("claimed", try bench.claimed),
        ("failed", Array(try bench.failed.keys)),
      ] where !left.isEmpty {
        found.append("\(what): \(left)")
      }
      return found
    }
  }
}
