import AtomicFiles
import Foundation
import Spool
import SystemPackage
import Testing

/// What somebody who may write into the inbox, and even into the folders of claims, cannot do.
struct SpoolAttackTests {
  let bench: SpoolBench

  init() throws { bench = try SpoolBench() }

  /// Makes a FIFO.
  private func makeFIFO(_ path: FilePath) throws {
    try #require(path.withPlatformString { mkfifo($0, 0o666) } == 0)
  }

  // MARK: - Paths

  @Test(
    "a claimed file that becomes a FIFO or a link is neither read nor waited for",
    arguments: ["fifo", "link"])
  func claimedFileIsReplaced(kind: String) throws {
    try bench.drop("secret", "not in the inbox", in: bench.root)
    try bench.drop("a.jsonl", "a")
    try bench.drop("b.jsonl", "b")
    let daemon = try BenchDaemon(bench)
    let (root, other) = (bench.root, bench.root.file("x.jsonl"))
    daemon.interfere = { order, name in
      guard case .begin(let job) = order, name == FileName("a.jsonl"),
        (try? Files().stamp(other)) == .some(nil)
      else { return nil }
      let path = FilePath(bytes: job.path)
      rename(path.string, other.string)
      if kind == "fifo" {
        mkfifo(path.string, 0o666)
      } else {
        symlink(root.file("secret").string, path.string)
      }
      return nil
    }
    daemon.run(for: .seconds(30))
    daemon.close()
    #expect(try bench.results == ["b.jsonl": FakeWorker.outputOf("b")])
    #expect(try bench.done == ["b.jsonl": "b"])
    #expect(try !bench.failed.values.contains { $0.contains("not in") })
  }

  @Test("a FIFO in the inbox is not opened: its writer notices nothing")
  func waitingWriter() throws {
    try makeFIFO(bench.inbox.file("a.jsonl"))
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(30))
    // Opening it for writing without waiting fails as long as nobody reads.
    #expect(open(bench.inbox.file("a.jsonl").string, O_WRONLY | O_NONBLOCK) < 0 && errno == ENXIO)
    #expect(daemon.log.count("neither a file nor a link") == 1)
    daemon.close()
  }

  @Test(
    "a link out of the inbox, to the claims or to what is done gives its maker nothing",
    arguments: [
      "../secret", "sub/../../secret", "/proc/self/environ", "away/secret", "done/old.jsonl",
      "claimed/other/theirs.jsonl", "inner/old.jsonl", ".emend/ledger",
    ])
  func linkOut(target: String) throws {
    try bench.drop("secret", "not in the inbox", in: bench.root)
    try bench.drop("old.jsonl", "not in the inbox", in: bench.options.folders.done)
    try bench.drop(
      "theirs.jsonl", "not in the inbox", in: bench.options.folders.claimed.file("other"))
    try bench.drop("ledger", "not in the inbox", in: bench.inbox.file(".emend"))
    try Files().makeFolder(bench.inbox.file("sub"))
    try bench.link("away", to: bench.root.string)
    try bench.link("inner", to: "done")
    try bench.link("a.jsonl", to: target)
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(30))
    daemon.close()
    #expect(try bench.results.filter { $0.key != "theirs.jsonl" } == [:])
    #expect(daemon.log.count("link out of the inbox") == 1)
  }

  @Test("a link whose target changes after the check leads nowhere")
  func linkIsTurned() throws {
    try bench.drop("secret", "not in the inbox", in: bench.root)
    try bench.drop("inside", "a", in: bench.inbox.file("sub"))
    try bench.link("a.jsonl", to: "sub/inside")
    let daemon = try BenchDaemon(bench)
    let sub = bench.inbox.file("sub")
    let root = bench.root
    daemon.interfere = { order, _ in
      if case .begin = order {
        try? FileManager.default.removeItem(atPath: sub.string)
        symlink(root.string, sub.string)
        rename(root.file("secret").string, root.file("inside").string)
      }
      return nil
    }
    daemon.run(untilDecided: 1)
    #expect(daemon.counters.failed == 1)
    daemon.close()
    #expect(try bench.results == [:])
    #expect(try bench.failed["a.jsonl.error.json"]?.contains("link out of the inbox") == true)
  }

  @Test("of two daemons one takes each link")
  func linksOfTwoDaemons() throws {
    for number in 1...20 {
      try bench.drop(".pool\(number)", "\(number)")
      try bench.link("\(number).jsonl", to: ".pool\(number)")
    }
    let daemons = [try BenchDaemon(bench), try BenchDaemon(bench)]
    for _ in 1...200 {
      for daemon in daemons { daemon.step() }
      bench.now += .milliseconds(50)
    }
    #expect(daemons[0].counters.seen + daemons[1].counters.seen == 20)
    #expect(daemons[0].counters.done + daemons[1].counters.done == 20)
    for daemon in daemons { daemon.close() }
  }

  @Test("a link to a file larger than the memory is refused without being read")
  func hugeTarget() throws {
    let target = bench.inbox.file(".big")
    try bench.drop(".big", "")
    try #require(truncate(target.string, 100 << 30) == 0)
    try bench.link("a.jsonl", to: ".big")
    let stamp = try #require(try Files().stamp(bench.inbox.file("a.jsonl")))
    let job = Job(
      path: bench.inbox.file("a.jsonl").bytes, name: FileName("a.jsonl"), stamp: stamp,
      inbox: bench.inbox.bytes)
    #expect(throws: ClaimedFileError.tooLarge(bytes: 100 << 30, limit: 1 << 30)) {
      try ClaimedFile(job, limit: 1 << 30)
    }
  }

  @Test(
    "whatever lies in the place of .owner, nothing waits", arguments: ["fifo", "sparse", "folder"])
  func ownerIsNoFile(kind: String) throws {
    let folder = bench.options.folders.claimed.file("zz")
    try Files().makeFolder(folder)
    let owner = folder.file(".owner")
    switch kind {
    case "fifo": try makeFIFO(owner)
    case "folder": try Files().makeFolder(owner)
    default:
      try bench.drop(".owner", "", in: folder)
      try #require(truncate(owner.string, 200 << 30) == 0)
    }
    try bench.drop("theirs.jsonl", "a", in: folder)
    let daemon = try BenchDaemon(bench)
    daemon.run(untilDecided: 1)
    #expect(try bench.done == ["theirs.jsonl": "a"])
    _ = try SpoolOverview(
      folders: bench.options.folders, state: bench.ledger, metrics: bench.root.file("m"), limit: 5)
    daemon.close()
  }

  @Test("a change that keeps size and time of change is noticed")
  func timeIsForged() throws {
    try bench.drop("a.jsonl", "aaaa")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(9), until: { $0.counters.working == 1 })
    daemon.areWorkersBusy = true
    let path = try #require(try bench.claimedPath("a.jsonl"))
    let before = try #require(try Files().stamp(path))
    let handle = try #require(FileHandle(forWritingAtPath: path.string))
    try handle.write(contentsOf: Array("bbbb".utf8))
    try handle.close()
    let seconds = Int(before.modified / 1_000_000_000)
    let times = [
      timespec(tv_sec: 0, tv_nsec: 0),
      timespec(tv_sec: seconds, tv_nsec: Int(before.modified % 1_000_000_000)),
    ]
    try #require(utimensat(AT_FDCWD, path.string, times, 0) == 0)
    let after = try #require(try Files().stamp(path))
    #expect(after.modified == before.modified && after.size == before.size)
    #expect(!after.isUnchanged(since: before))
    daemon.areWorkersBusy = false
    daemon.run(untilDecided: 1)
    daemon.close()
    #expect(try bench.done == ["a.jsonl": "bbbb"])
    #expect(try bench.results == ["a.jsonl": FakeWorker.outputOf("bbbb")])
  }

  @Test(
    "a name that is a path leads out of no folder",
    arguments: ["../in/x.jsonl", "/etc/passwd", ".."])
  func nameIsPath(name: String) throws {
    try bench.drop("x.jsonl", "x")
    let failures = FailedFiles(folders: bench.options.folders)
    #expect(try failures.retry(FileName(name)) == .unknown)
    #expect(!FileName(name).isEntry)
  }

  // MARK: - Names

  @Test("many files of one name cost a few calls each in the archive")
  func manyOfOneName() throws {
    let calls = FaultyCalls()
    let archive = Archive(files: Files(calls: calls))
    var costs: [Int] = []
    for number in 1...60 {
      try bench.drop("a.jsonl", "content \(number)")
      let digest = FakeWorker.digest(Array("content \(number)".utf8))
      let before = calls.count
      let place = try archive.put(
        Archive.Item(
          path: bench.inbox.file("a.jsonl"), name: FileName("a.jsonl"), digest: digest),
        in: bench.options.folders.done)
      #expect(place != nil)
      costs.append(calls.count - before)
    }
    #expect(try bench.done.count == 60)
    #expect(costs.max()! < 30)
  }

  // MARK: - Faults and budgets

  @Test("a crash condemns no file: the file and all work wait until another file succeeds")
  func crashIsNoVerdict() throws {
    try bench.drop("c.jsonl", "crash")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(600))
    #expect(daemon.counters.workerDeaths > 3)
    #expect(daemon.counters.failed == 0)
    #expect(daemon.counters.obstructed == 1)
    #expect(try daemon.spool.isPaused)
    // Others are repaired all the same, and the fault is still shown.
    for number in 1...5 { try bench.drop("good\(number).jsonl", "\(number)") }
    daemon.run(for: .seconds(900))
    #expect(daemon.counters.done == 5)
    #expect(daemon.counters.obstructed == 1)
    // The fault is mended.
    daemon.interfere = { order, name in
      guard case .proceed = order, name == FileName("c.jsonl") else { return nil }
      return .report(.repaired)
    }
    daemon.run(for: .seconds(900))
    #expect(daemon.counters.done == 6)
    #expect(daemon.counters.obstructed == 0)
    daemon.close()
  }

  @Test("a file that takes too much memory is tried again alone before it is given up")
  func memoryAlone() throws {
    bench.options.jobs = 3
    try bench.drop("k.jsonl", "kill")
    try bench.drop("a.jsonl", "a")
    try bench.drop("b.jsonl", "b")
    let daemon = try BenchDaemon(bench)
    var together: [Int] = []
    daemon.interfere = { order, name in
      if case .proceed = order, name == FileName("k.jsonl") {
        together.append(daemon.workers.values.count { $0.file != nil && $0.hasOrders })
      }
      return nil
    }
    daemon.run(untilDecided: 3)
    #expect(daemon.counters.quarantined == 1)
    #expect(daemon.counters.done == 2)
    #expect(together.count == 2)
    #expect(together.last == 0)
    daemon.close()
  }

  @Test("a file that is to be tried alone is tried, however many others come")
  func aloneInSpiteOfOthers() throws {
    bench.options.jobs = 2
    try bench.drop("k.jsonl", "kill")
    let daemon = try BenchDaemon(bench)
    for number in 1...40 {
      let name = "\(number).jsonl"
      try bench.drop(name, "\(number)")
      daemon.send(.hint(.movedIn(name: Array(name.utf8))))
      for _ in 1...2 { daemon.step() }
      bench.now += .milliseconds(200)
    }
    #expect(daemon.counters.quarantined == 1)
    daemon.close()
  }

  @Test("work without progress is ended; the file is tried once more and then given up")
  func stuckWork() throws {
    bench.options.stallLimit = .seconds(60)
    try bench.drop("s.jsonl", "s")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(59))
    #expect(daemon.counters.working == 1)
    daemon.run(for: .seconds(2))
    #expect(daemon.log.count("the work was ended") == 1)
    daemon.run(for: .seconds(90))
    #expect(daemon.counters.quarantined == 1)
    #expect(try bench.failed["s.jsonl.error.json"]?.contains("no-progress") == true)
    // Work that reports progress goes on.
    try bench.drop("t.jsonl", "t")
    daemon.send(.hint(.written(name: Array("t.jsonl".utf8))))
    daemon.run(for: .seconds(5))
    for _ in 1...10 {
      let number = try #require(daemon.workers.keys.max())
      daemon.send(.worker(number, .report(.progress)))
      daemon.run(for: .seconds(30))
    }
    daemon.areWorkersBusy = false
    daemon.run(for: .seconds(30))
    #expect(try bench.done == ["t.jsonl": "t"])
    daemon.close()
  }

  @Test("a server that hangs or fails delays only the files that need it, and these together")
  func serverFails() throws {
    for number in 1...8 { try bench.drop("s\(number).jsonl", "server \(number)") }
    let daemon = try BenchDaemon(bench)
    var asked = 0
    var isUp = false
    daemon.interfere = { order, name in
      guard case .proceed = order, name.description.hasPrefix("s"), !isUp else { return nil }
      // The first order to proceed is for reading on; the worker then asks for the server.
      guard daemon.workers.values.contains(where: { $0.file == name && $0.hasServer }) else {
        return nil
      }
      asked += 1
      return .report(
        .failed(
          WorkFailure(
            kind: .resource,
            failureReason: FailureReason(code: "server-unreachable", message: "no", remedy: ""))))
    }
    daemon.run(for: .seconds(20))
    #expect(asked < 6)
    #expect(daemon.counters.obstructed == 8)
    #expect(try !daemon.spool.isPaused)
    try bench.drop("a.jsonl", "a")
    daemon.send(.hint(.written(name: Array("a.jsonl".utf8))))
    daemon.run(for: .seconds(5))
    #expect(try bench.done == ["a.jsonl": "a"])
    let before = asked
    daemon.run(for: .seconds(600))
    // One probe for all, not one for each.
    #expect(asked - before < 8)
    isUp = true
    daemon.run(for: .seconds(700))
    #expect(daemon.counters.done == 9)
    #expect(daemon.counters.obstructed == 0)
    daemon.close()
  }

  @Test("a worker that waits for a server takes no place of a file that needs none")
  func hangingServer() throws {
    try bench.drop("s.jsonl", "server")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(9), until: { $0.workers.values.contains { $0.hasServer } })
    // The server hangs: the worker follows no further order.
    daemon.interfere = { order, name in
      guard name == FileName("s.jsonl"), case .proceed = order else { return nil }
      return .report(.progress)
    }
    try bench.drop("a.jsonl", "a")
    daemon.send(.hint(.written(name: Array("a.jsonl".utf8))))
    daemon.run(for: .seconds(10))
    #expect(try bench.done == ["a.jsonl": "a"])
    #expect(daemon.counters.working == 1)
    daemon.close()
  }

  @Test(
    "files with the content of one that waits for a server take no place either", arguments: [1, 2])
  func twinsOfAHangingFile(jobs: Int) throws {
    bench.options.jobs = jobs
    for number in 1...5 { try bench.drop("s\(number).jsonl", "server") }
    let daemon = try BenchDaemon(bench)
    var isUp = false
    daemon.interfere = { order, name in
      // The server hangs: the worker that has asked for it follows no further order.
      guard !isUp, case .proceed = order,
        daemon.workers.values.contains(where: { $0.file == name && $0.hasServer })
      else { return nil }
      return .report(.progress)
    }
    daemon.run(for: .seconds(20))
    for number in 1...3 {
      try bench.drop("a\(number).jsonl", "a\(number)")
      daemon.send(.hint(.written(name: Array("a\(number).jsonl".utf8))))
    }
    daemon.run(for: .seconds(20))
    #expect(daemon.counters.done == 3)
    #expect(daemon.workers.count <= jobs + 1)
    // The server answers: the others are skipped.
    isUp = true
    let waiting = try #require(daemon.workers.first { $0.value.hasServer })
    daemon.send(.worker(waiting.key, .report(.repaired)))
    daemon.run(for: .seconds(60))
    #expect(daemon.counters.done == 4 && daemon.counters.skipped == 4)
    daemon.close()
  }

  @Test(
    "how far the work on a file has come stands in the metrics, and emend status reads it there")
  func progressIsShown() throws {
    let name = FileName("a \"quoted\\\",stage=\" name.jsonl")
    try bench.drop(String(decoding: name.bytes, as: UTF8.self), "a")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(20))
    let number = try #require(daemon.workers.keys.max())
    daemon.send(
      .worker(number, .report(.reached(WorkProgress(stage: "searching", percent: 41)))))
    daemon.run(for: .seconds(5))
    #expect(daemon.counters.progress == [name: WorkProgress(stage: "searching", percent: 41)])
    let metrics = bench.root.file("emend.prom")
    try Files().replace(
      metrics, with: Array(daemon.counters.prometheusText(heartbeat: 1, isPaused: false).utf8),
      isDurable: false)
    let overview = try SpoolOverview(
      folders: bench.options.folders, state: bench.ledger, metrics: metrics, limit: 5)
    #expect(overview.progress.count == 1)
    let run = try #require(overview.recent.first { $0.state == .working })
    #expect(overview.progress(of: run) == WorkProgress(stage: "searching", percent: 41))
    daemon.areWorkersBusy = false
    daemon.run(for: .seconds(30))
    #expect(daemon.counters.progress.isEmpty && daemon.counters.done == 1)
    // Metrics that were written before the end say nothing of a file that is done.
    let late = try SpoolOverview(
      folders: bench.options.folders, state: bench.ledger, metrics: metrics, limit: 5)
    #expect(late.progress.count == 1)
    #expect(late.recent.contains { $0.state == .done })
    #expect(late.recent.allSatisfy { late.progress(of: $0) == nil })
    daemon.close()
  }

  @Test("a file that is tried again has no progress of the work that was ended")
  func progressEndsWithTheWork() throws {
    bench.options.stallLimit = .seconds(60)
    try bench.drop("s.jsonl", "s")
    let daemon = try BenchDaemon(bench)
    daemon.areWorkersBusy = true
    daemon.run(for: .seconds(20))
    let number = try #require(daemon.workers.keys.max())
    daemon.send(.worker(number, .report(.reached(WorkProgress(stage: "scoring", percent: 141)))))
    daemon.run(for: .seconds(5))
    #expect(daemon.counters.progress.values.map(\.percent) == [100])
    daemon.run(for: .seconds(90)) { $0.log.count("the work was ended") == 1 }
    daemon.run(for: .seconds(5))
    #expect(daemon.counters.working == 1 && daemon.counters.progress.isEmpty)
    daemon.close()
  }

  @Test("a file that is long in work stays in the overview, however many others are done")
  func longWorkIsShown() throws {
    bench.options.jobs = 2
    let names = ["0.jsonl", "last.jsonl"]
    let daemon = try BenchDaemon(bench)
    daemon.interfere = { order, name in
      guard case .proceed = order, names.contains(name.description) else { return nil }
      return .report(.progress)
    }
    for name in ["0.jsonl"] + (1...30).map({ "a\($0).jsonl" }) + ["last.jsonl"] {
      try bench.drop(name, name)
      daemon.send(.hint(.movedIn(name: Array(name.utf8))))
      daemon.run(for: .seconds(1))
    }
    #expect(daemon.counters.done == 30 && daemon.counters.working == 2)
    let overview = try SpoolOverview(
      folders: bench.options.folders, state: bench.ledger, metrics: bench.root.file("m"), limit: 5)
    #expect(
      overview.recent.map { FileName(bytes: $0.name).description }
        == ["last.jsonl", "0.jsonl", "a30.jsonl", "a29.jsonl", "a28.jsonl"])
    #expect(overview.recent.map(\.state) == [.working, .working, .done, .done, .done])
    daemon.close()
  }

  // MARK: - Placeholders

  @Test("an empty file waits for its content, and is named meanwhile")
  func placeholder() throws {
    try bench.drop("a.jsonl", "")
    let daemon = try BenchDaemon(bench)
    daemon.run(for: .seconds(40))
    #expect(daemon.counters.failed == 0)
    #expect(daemon.log.count("waits for content") == 1)
    try bench.drop("x.txt", "x")
    let overview = try SpoolOverview(
      folders: bench.options.folders, state: bench.ledger, metrics: bench.root.file("m"), limit: 5)
    #expect(overview.empty == [FileName("a.jsonl")])
    #expect(overview.ignored.map(\.name) == [FileName("x.txt")])
    try bench.drop("a.jsonl", "a")
    daemon.send(.hint(.written(name: Array("a.jsonl".utf8))))
    daemon.run(for: .seconds(20))
    #expect(try bench.done == ["a.jsonl": "a"])
    daemon.close()
  }
}
