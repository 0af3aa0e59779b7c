import Foundation
import Testing

/// When a daemon takes a file, and what becomes of it.
@Suite("Watch: files") struct WatchTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws { emend = try Emend() }

  @Test func aFileThatIsMovedIn() throws {
    let daemon = try emend.watchUntilReady()
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(try emend.read("inbox/done/data.jsonl") == input)
    #expect(try emend.contents(of: "out") == emend.reference(input, named: "data.jsonl"))
    #expect(emend.claimed.isEmpty)
  }

  @Test func aFileThatWasThereBefore() throws {
    try emend.write(input, to: "inbox/data.jsonl")
    let daemon = try emend.watch()
    try emend.untilDone("data.jsonl", of: daemon)
    #expect(emend.names(in: "out") == ["data.jsonl", "data.report.html", "data.report.json"])
    try daemon.stop()
  }

  /// The writer pauses for several settling times; other files are done meanwhile.
  @Test(arguments: [[], ["--poll", "0.05"]]) func aFileThatIsWrittenSlowly(flags: [String]) throws {
    let daemon = try emend.watch(flags)
    try emend.until("the daemon is ready") { emend.exists("inbox/.emend/emend.prom") }
    try emend.write([], to: "inbox/slow.jsonl")
    let writer = try FileHandle(
      forWritingTo: emend.folder.appending(path: "inbox/slow.jsonl"))
    try writer.write(contentsOf: input.prefix(1000))
    for index in 0..<3 {
      let name = try emend.drop(Samples.file(Samples.vectors(70 + index)), as: "\(index).jsonl")
      try emend.untilDone(name, of: daemon)
      // No byte is written for several settling times.
      Thread.sleep(forTimeInterval: 0.25)
      #expect(emend.exists("inbox/slow.jsonl"))
    }
    #expect(daemon.lines("slow.jsonl").isEmpty)
    try writer.write(contentsOf: input.dropFirst(1000))
    try writer.close()
    try emend.untilDone("slow.jsonl", of: daemon)
    try daemon.stop()
    #expect(try emend.read("inbox/done/slow.jsonl") == input)
    let reference = try emend.reference(input, named: "slow.jsonl")
    #expect(try emend.read("out/slow.jsonl") == reference["slow.jsonl"])
  }

  /// The process that has the large file is stopped meanwhile, so that the order of events is certain.
  @Test func smallFilesBesideALargeOne() throws {
    let large = Samples.file(Samples.vectors(60, dimension: 300))
    let unpacked = Samples.file(Samples.vectors(62, dimension: 200))
    try emend.write(unpacked, to: "packed.jsonl")
    try emend.tool("gzip", "-q", "packed.jsonl")
    let packed = try emend.read("packed.jsonl.gz")
    let limit = 64 << 10
    #expect(large.count > limit && unpacked.count > limit && packed.count < limit)
    let daemon = try emend.watchUntilReady()
    try emend.drop(large, as: "large.jsonl")
    let workers = try emend.suspendWorkers(of: daemon)
    try emend.drop(packed, as: "packed.jsonl.gz")
    try emend.drop(input, as: "small.jsonl")
    try emend.untilDone("small.jsonl", of: daemon)
    #expect(daemon.lines("packed.jsonl.gz", "waits for another worker").count == 1)
    #expect(emend.names(in: "inbox/done") == ["small.jsonl"])
    let recent = try #require(try emend.status()["recent"] as? [[String: Any]])
    #expect(recent.first?["name"] as? String == "large.jsonl")
    #expect(recent.first?["state"] as? String == "working")
    for worker in workers { kill(worker, SIGCONT) }
    try emend.untilDone("large.jsonl", "packed.jsonl.gz", of: daemon)
    try daemon.stop()
    var expected: [String: [UInt8]] = [:]
    for (name, bytes) in [
      ("large.jsonl", large), ("small.jsonl", input), ("packed.jsonl.gz", packed),
    ] {
      expected.merge(try emend.reference(bytes, named: name)) { first, _ in first }
    }
    #expect(try emend.contents(of: "out") == expected)
  }

  @Test func aHardLink() throws {
    let daemon = try emend.watchUntilReady()
    try emend.write(input, to: "mine.jsonl")
    try #require(link(emend.path("mine.jsonl"), emend.path("inbox/data.jsonl")) == 0)
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(try emend.read("mine.jsonl") == input)
    #expect(emend.exists("out/data.jsonl"))
  }

  @Test func aLinkInsideTheInboxIsFollowedOneOutOfItIsNot() throws {
    try emend.write(input, to: "inbox/.hidden/mine.jsonl")
    try emend.write(Samples.file(Samples.vectors(62)), to: "outside.jsonl")
    let daemon = try emend.watchUntilReady()
    for (name, target) in [
      ("inside.jsonl", ".hidden/mine.jsonl"), ("outside.jsonl", "../outside.jsonl"),
      ("nothing.jsonl", "nowhere"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: emend.path("inbox/\(name)"), withDestinationPath: target)
    }
    try emend.untilDone("inside.jsonl", of: daemon)
    try emend.until("the others are logged", of: daemon) { daemon.lines("ignored").count == 2 }
    try daemon.stop()
    #expect(try emend.read("inbox/done/inside.jsonl") == input)
    #expect(emend.names(in: "out") == ["inside.jsonl", "inside.report.html", "inside.report.json"])
    #expect(emend.names(in: "inbox").contains("nothing.jsonl"))
    #expect(emend.names(in: "inbox").contains("outside.jsonl"))
  }

  @Test func theSameContentIsDoneOnce() throws {
    let daemon = try emend.watchUntilReady()
    try emend.drop(input, as: "first.jsonl")
    try emend.untilDone("first.jsonl", of: daemon)
    try emend.drop(input, as: "second.jsonl")
    try emend.untilDone("second.jsonl", of: daemon)
    // The same content under the first name again; the done folder has it already.
    try emend.drop(input, as: "first.jsonl")
    try emend.until("it is skipped", of: daemon) { daemon.lines("skipped").count == 2 }
    try daemon.stop()
    #expect(emend.names(in: "inbox/done") == ["first.jsonl", "second.jsonl"])
    #expect(emend.names(in: "out") == ["first.jsonl", "first.report.html", "first.report.json"])
    #expect(daemon.lines("skipped", "file=second.jsonl", "same-as=first.jsonl").count == 1)
    #expect(emend.metrics()["emend_files_skipped_total"] == 2)
    #expect(emend.metrics()["emend_files_done_total"] == 1)
  }

  /// Files with the same content are dropped together, so that they are in work at the same time.
  @Test func sameContentAtOnceIsDoneOnce() throws {
    for name in ["a", "b", "c", "d"] { try emend.drop(input, as: "\(name).jsonl") }
    let outcome = try emend.drain("--jobs", "4")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(emend.names(in: "out").count == 3)
    #expect(emend.names(in: "inbox/done") == ["a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl"])
  }

  @Test func theSameNameWithNewContent() throws {
    let other = Samples.file(Samples.vectors(62))
    let daemon = try emend.watchUntilReady()
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try emend.drop(other, as: "data.jsonl")
    try emend.until("the second is done", of: daemon) { emend.names(in: "inbox/done").count == 2 }
    try daemon.stop()
    #expect(
      emend.names(in: "out")
        == [
          "data-2.jsonl", "data-2.report.html", "data-2.report.json", "data.jsonl",
          "data.report.html", "data.report.json",
        ])
    #expect(try emend.run("revert", "out/data.jsonl").output == input)
    #expect(try emend.run("revert", "out/data-2.jsonl").output == other)
    let second = try #require(emend.names(in: "inbox/done").first { $0 != "data.jsonl" })
    #expect(try emend.read("inbox/done/\(second)") == other)
  }

  @Test func otherEntriesAreNotTaken() throws {
    let others = [
      "README.md", ".hidden.jsonl", ".data.jsonl.swp", "a.jsonl.tmp", "a.jsonl.part",
      "a.jsonl.crdownload", "a.jsonl~", "notes.txt", "table.xlsx", ".jsonl",
    ]
    for name in others { try emend.write(input, to: "inbox/\(name)") }
    try emend.write(input, to: "inbox/folder.jsonl/inner.jsonl")
    let daemon = try emend.watchUntilReady("--poll", "0.05")
    try emend.drop(Samples.file(Samples.vectors(62)), as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    let rescans = emend.metrics()["emend_rescans_total"] ?? 0
    try emend.until("it has looked again", of: daemon) {
      (emend.metrics()["emend_rescans_total"] ?? 0) > rescans + 3
    }
    try daemon.stop()
    #expect(Set(others).isSubset(of: emend.names(in: "inbox")))
    for name in others { #expect(try emend.read("inbox/\(name)") == input) }
    #expect(try emend.read("inbox/folder.jsonl/inner.jsonl") == input)
    let ignored = daemon.lines("ignored").compactMap { $0.firstMatch(of: #/file=(\S+)/#)?.1 }
    #expect(ignored.sorted() == ["folder.jsonl", "notes.txt", "table.xlsx"])
    #expect(daemon.lines("notes.txt", "ends in none of .jsonl").count == 1)
    #expect(emend.names(in: "out") == ["data.jsonl", "data.report.html", "data.report.json"])
  }

  @Test(arguments: [[], ["--poll", "0.05"]]) func aMarkerSaysThatAFileIsWhole(flags: [String])
    throws
  {
    let daemon = try emend.watch(flags + ["--marker"])
    try emend.until("the daemon is ready") { emend.exists("inbox/.emend/emend.prom") }
    try emend.drop(input, as: "data.jsonl")
    let other = try emend.drop(Samples.file(Samples.vectors(62)), as: "other.jsonl")
    try emend.write("", to: "inbox/\(other).done")
    try emend.untilDone(other, of: daemon)
    #expect(emend.exists("inbox/data.jsonl"))
    try emend.write("", to: "inbox/data.jsonl.done")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.names(in: "inbox") == [".emend", "claimed", "done", "failed"])
    #expect(emend.names(in: "inbox/done") == ["data.jsonl", "other.jsonl"])
  }

  @Test func aDrainWithMarkersLeavesTheOthers() throws {
    try emend.write(input, to: "inbox/data.jsonl")
    try emend.write(Samples.file(Samples.vectors(62)), to: "inbox/other.jsonl")
    try emend.write("", to: "inbox/other.jsonl.done")
    #expect(try emend.drain("--marker").status == 0)
    #expect(emend.names(in: "inbox/done") == ["other.jsonl"])
    #expect(emend.exists("inbox/data.jsonl"))
  }

  @Test func aPolledInbox() throws {
    let daemon = try emend.watchUntilReady("--poll", "0.05")
    for index in 0..<3 {
      let name = try emend.drop(Samples.file(Samples.vectors(60 + index)), as: "\(index).jsonl")
      try emend.untilDone(name, of: daemon)
    }
    try emend.write(Samples.file(Samples.vectors(70)), to: "inbox/written.jsonl")
    try emend.untilDone("written.jsonl", of: daemon)
    try daemon.stop()
  }

  @Test(arguments: [0.0, 4_102_444_800]) func timesPastAndFutureDoNotMatter(time: Double) throws {
    let daemon = try emend.watchUntilReady()
    let staged = try emend.write(input, to: "staged.jsonl")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: time)], ofItemAtPath: emend.path(staged))
    try emend.tool("cp", "-p", staged, "inbox/data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
  }

  // MARK: - After a crash

  @Test func unfinishedFilesOfADeadProcessAreRemoved() throws {
    for folder in ["out", "inbox", "inbox/.emend"] {
      try emend.write("half", to: "\(folder)/.emend-99999-1.tmp")
    }
    try emend.write("mine", to: "out/.emend-mine")
    let locked = try emend.write("busy", to: "out/.emend-99999-2.tmp")
    let descriptor = open(emend.path(locked), O_RDWR)
    try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
    defer { close(descriptor) }
    let daemon = try emend.watchUntilReady()
    try daemon.stop()
    #expect(emend.names(in: "out") == [".emend-99999-2.tmp", ".emend-mine"])
    for folder in ["inbox", "inbox/.emend"] {
      #expect(emend.names(in: folder).allSatisfy { !$0.hasSuffix(".tmp") }, "\(folder)")
    }
    #expect(daemon.lines("removed half-written files", "count=1").count == 2)
  }

  /// The daemon is killed in the middle of the work, twice; in the end there is one whole output.
  @Test func aDaemonThatIsKilledLosesNothing() throws {
    let lines = Samples.file(Samples.texts(300))
    try emend.drop(lines, as: "data.jsonl")
    for _ in 0..<2 {
      let daemon = try emend.watch("--no-cache")
      try emend.suspendWorkers(of: daemon)
      #expect(emend.claimed.contains { $0.hasSuffix("/data.jsonl") })
      let workers = daemon.workers
      try daemon.kill()
      try emend.until("no worker is left") { !workers.contains(where: Daemon.isAlive) }
      #expect(emend.names(in: "out").isEmpty)
      #expect(try emend.run("status", "--inbox", "inbox").text.contains(" died; its 1 file"))
    }
    let daemon = try emend.watch("--no-cache")
    try emend.untilDone("data.jsonl", of: daemon)
    #expect(daemon.lines("taken over from a daemon that died", "data.jsonl").count == 1)
    try daemon.stop()
    #expect(emend.metrics()["emend_files_reclaimed_total"] == 1)
    #expect(try emend.contents(of: "out") == emend.reference(lines, named: "data.jsonl"))
    #expect(try emend.read("inbox/done/data.jsonl") == lines)
    #expect(emend.claimed.isEmpty)
  }
}
