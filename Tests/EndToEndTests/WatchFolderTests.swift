import Foundation
import Testing

/// Folders that are removed, come back or lie elsewhere; and the log.
@Suite("Watch: folders and log") struct WatchFolderTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws { emend = try Emend() }

  private func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: emend.path(name))
  }

  @Test(arguments: [[], ["--poll", "0.05"]]) func anInboxThatComesBack(flags: [String]) throws {
    let daemon = try emend.watch(flags + ["--state", "state"])
    try emend.drop(input, as: "first.jsonl")
    try emend.untilDone("first.jsonl", of: daemon)
    try remove("inbox")
    // The daemon may have made it again by now.
    try emend.drop(Samples.file(Samples.vectors(62)), as: "second.jsonl")
    try emend.untilDone("second.jsonl", of: daemon)
    try emend.write(Samples.file(Samples.vectors(64)), to: "inbox/third.jsonl")
    try emend.untilDone("third.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.names(in: "out").count == 9)
    #expect(emend.claimed.isEmpty)
  }

  /// The inbox is renamed and renamed back, with its content.
  @Test func anInboxThatIsMovedAwayAndBack() throws {
    let daemon = try emend.watchUntilReady()
    try emend.tool("mv", "inbox", "elsewhere")
    // If the move comes before the watch is in place, a scan only makes the inbox again.
    try emend.until("it was seen", of: daemon) {
      !daemon.lines("the inbox is gone").isEmpty || emend.exists("inbox/claimed")
    }
    try emend.write(input, to: "elsewhere/data.jsonl")
    // Removes the inbox that the daemon may have made meanwhile.
    try? FileManager.default.removeItem(atPath: emend.path("inbox"))
    try #require(rename(emend.path("elsewhere"), emend.path("inbox")) == 0)
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.names(in: "out") == ["data.jsonl", "data.report.html", "data.report.json"])
  }

  @Test(arguments: ["inbox/done", "inbox/claimed", "inbox/.emend", "out"])
  func aFolderOfItsOwnThatIsRemoved(folder: String) throws {
    let daemon = try emend.watchUntilReady()
    try emend.drop(input, as: "first.jsonl")
    try emend.untilDone("first.jsonl", of: daemon)
    try emend.until("it is at rest", of: daemon) {
      !emend.claimed.contains { $0.hasSuffix(".jsonl") }
    }
    try remove(folder)
    try emend.drop(Samples.file(Samples.vectors(62)), as: "second.jsonl")
    try emend.untilDone("second.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.exists("out/second.jsonl"))
    #expect(emend.claimed.isEmpty)
    #expect(!daemon.log.contains(" error "), "\(daemon.log)")
  }

  @Test func failedFolderIsMadeAgain() throws {
    let daemon = try emend.watchUntilReady()
    try remove("inbox/failed")
    try emend.drop(Array("nonsense\n".utf8), as: "bad.jsonl")
    try emend.until("it failed", of: daemon) { emend.exists("inbox/failed/bad.jsonl") }
    try daemon.stop()
  }

  /// While something else lies in the place of the done folder, the file waits; it is not repaired
  /// twice.
  @Test func doneFolderThatCannotBeMade() throws {
    let daemon = try emend.watchUntilReady()
    try remove("inbox/done")
    try emend.write("in the way", to: "inbox/done")
    try emend.drop(input, as: "data.jsonl")
    try emend.until("it waits", of: daemon) { !daemon.lines("cannot be put away yet").isEmpty }
    #expect(emend.exists("out/data.jsonl"))
    try remove("inbox/done")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.names(in: "out") == ["data.jsonl", "data.report.html", "data.report.json"])
    #expect(emend.metrics()["emend_files_done_total"] == 1)
  }

  @Test func foldersOnAnotherFileSystem() throws {
    // On Linux this is always a file system of its own.
    let other = "/dev/shm/emend-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: other) }
    try emend.drop(input, as: "data.jsonl")
    let unusable = Array("nonsense\n".utf8)
    try emend.drop(unusable, as: "bad.jsonl")
    let outcome = try emend.drain(
      "--outbox", "\(other)/out", "--done", "\(other)/done", "--failed", "\(other)/failed",
      "--state", "\(other)/state")
    #expect(outcome.status == 1, "\(outcome)")
    func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(filePath: "\(other)/\(name)")))
    }
    func names(_ folder: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "\(other)/\(folder)").sorted()
    }
    #expect(try bytes("done/data.jsonl") == input)
    #expect(try bytes("failed/bad.jsonl") == unusable)
    #expect(try names("done") == ["data.jsonl"])
    #expect(try names("failed") == ["bad.jsonl", "bad.jsonl.error.json"])
    let reference = try emend.reference(input, named: "data.jsonl")
    for name in try names("out") { #expect(try bytes("out/\(name)") == reference[name]) }
    #expect(try names("out") == reference.keys.sorted())
    #expect(emend.names(in: "inbox") == ["claimed"])
    #expect(emend.claimed.isEmpty)
    // The failed file goes back to the inbox.
    let retry = try emend.run(
      "retry", "--all", "--inbox", "inbox", "--failed", "\(other)/failed", "--state",
      "\(other)/state")
    #expect(retry.status == 0, "\(retry)")
    #expect(try emend.read("inbox/bad.jsonl") == unusable)
    #expect(try names("failed").isEmpty)
  }

  @Test func theStateFolderOfAService() throws {
    let daemon = try emend.watch(variables: ["STATE_DIRECTORY": "\(emend.path("state")):/elsewhere"]
    )
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.names(in: "state").contains("ledger.sqlite"))
    #expect(emend.names(in: "state").contains("emend.prom"))
    #expect(emend.names(in: "inbox") == ["claimed", "done", "failed"])
  }

  // MARK: - Log

  @Test func logHasOneLineForEachFile() throws {
    for index in 0..<3 {
      try emend.drop(Samples.file(Samples.vectors(60 + index)), as: "\(index).jsonl")
    }
    let outcome = try emend.drain()
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 3, "\(outcome)")
    for line in lines {
      #expect(
        line.wholeMatch(
          of:
            #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  done file=\d\.jsonl output=out/\d\.jsonl records=6\d rejected=0 seconds=\d+\.\d{3}/#
        ) != nil, "\(line)")
    }
    #expect(outcome.output.isEmpty)
  }

  @Test func hostileNamesDoNotBreakLines() throws {
    let names = [
      "two\nlines.jsonl", "bell\u{7}.jsonl", "\u{1B}[31mred.jsonl", "turned\u{202E}lnosj.jsonl",
      "quo\"te back\\slash.jsonl", "fake file=other.jsonl",
    ]
    for (index, name) in names.enumerated() {
      try emend.drop(Samples.file(Samples.vectors(60 + index)), as: name)
    }
    try emend.drop(Array("nonsense\n".utf8), as: "bad\nname.jsonl")
    try emend.write("", to: "inbox/un\nknown.txt")
    let text = try emend.drain()
    #expect(text.status == 1)
    #expect(text.errors.split(separator: "\n").count == names.count + 2, "\(text)")
    #expect(
      !text.errors.unicodeScalars.contains {
        $0 != "\n" && ($0.value < 0x20 || $0.value == 0x7F || $0.value == 0x202E)
      })
  }

  @Test func jsonLinesParse() throws {
    try emend.drop(input, as: "good\n\"one\".jsonl")
    try emend.drop(Array("nonsense\n".utf8), as: "bad.jsonl")
    try emend.write("", to: "inbox/notes.txt")
    let daemon = try emend.watch("--log-format", "json", "--log-level", "debug")
    try emend.untilDone("good\n\"one\".jsonl", of: daemon)
    try emend.until("the other failed", of: daemon) { emend.exists("inbox/failed/bad.jsonl") }
    let outcome = try daemon.stop()
    let lines = try outcome.errors.split(separator: "\n").map {
      try #require(
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
    }
    for line in lines {
      #expect(line["time"] is String && line["level"] is String && line["message"] is String)
    }
    #expect(
      lines.contains {
        $0["message"] as? String == "done" && $0["file"] as? String == "good\\n\"one\".jsonl"
      })
    #expect(
      lines.contains { $0["level"] as? String == "error" && $0["file"] as? String == "bad.jsonl" })
    #expect(lines.contains { $0["level"] as? String == "debug" })
  }

  @Test func levelWarningHasNoLinesForGoodFiles() throws {
    try emend.drop(input, as: "data.jsonl")
    let outcome = try emend.drain("--log-level", "warning")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    try emend.drop(Array("nonsense\n".utf8), as: "bad.jsonl")
    #expect(try emend.drain("--log-level", "error").errors.contains("file=bad.jsonl"))
  }
}
