import Foundation
import Testing

/// The daemon and its helper `emend-events`.
@Suite("Watch: events") struct WatchEventsTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws { emend = try Emend() }

  /// The process of the helper.
  private func helper(of daemon: Daemon) -> Int32? {
    daemon.workers.first { process in
      (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) == "emend-events\n"
    }
  }

  @Test func aHelperThatIsKilledIsStartedAgain() throws {
    let daemon = try emend.watchUntilReady()
    try emend.until("there is a helper", of: daemon) { helper(of: daemon) != nil }
    let first = try #require(helper(of: daemon))
    kill(first, SIGKILL)
    try emend.drop(input, as: "missed.jsonl")
    try emend.untilDone("missed.jsonl", of: daemon)
    try emend.until("there is another", of: daemon) {
      helper(of: daemon).map { $0 != first } ?? false
    }
    #expect(daemon.lines("events are not available", "Killed").count == 1, "\(daemon.log)")
    try emend.drop(Samples.file(Samples.vectors(62)), as: "next.jsonl")
    try emend.untilDone("next.jsonl", of: daemon)
    try daemon.stop()
  }

  @Test func theHelperEndsWithTheDaemon() throws {
    for signal in [SIGKILL, SIGTERM] {
      let daemon = try emend.watchUntilReady()
      try emend.until("there is a helper", of: daemon) { helper(of: daemon) != nil }
      let process = try #require(helper(of: daemon))
      daemon.send(signal)
      _ = try daemon.end()
      try emend.until("the helper has ended") { !Daemon.isAlive(process) }
    }
  }

  @Test func withoutTheHelperTheInboxIsLookedThrough() throws {
    let bin = emend.folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: URL(filePath: try Emend.program.get()), to: bin.appending(path: "emend"))
    let daemon = try emend.watchUntilReady(program: bin.appending(path: "emend").path)
    try emend.until("it is said", of: daemon) {
      !daemon.lines("warning", "events are not available", "bin/emend-events", "install").isEmpty
    }
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(daemon.lines("events are not available").count == 1)
  }

  @Test func programAndHelperSayTheirVersionsAndLicences() throws {
    let program = try emend.run("--version")
    let lines = program.text.split(separator: "\n")
    #expect(lines.first?.hasPrefix("emend 0.") == true)
    #expect(program.text.contains("Apache-2.0") && program.text.contains("GPL-2.0-only"))
    let helper = Process()
    helper.executableURL = URL(filePath: try Emend.program.get() + "-events")
    helper.arguments = ["--version"]
    let output = Pipe()
    helper.standardOutput = output
    try helper.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    helper.waitUntilExit()
    let version = try #require(lines.first).dropFirst("emend".count)
    #expect(text.hasPrefix("emend-events\(version)\n"))
    #expect(text.contains("MIT") && text.contains("GPL-2.0-only"))
  }

  /// The library's licence binds what is linked with it, and is at odds with that of Swift's runtime.
  @Test func theHelperAloneIsLinkedWithTheLibrary() throws {
    func libraries(_ program: String) throws -> String {
      let process = Process()
      process.executableURL = URL(filePath: program)
      // The dynamic linker lists the libraries in place of running the program.
      process.environment = ["LD_TRACE_LOADED_OBJECTS": "1"]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return text
    }
    let program = try Emend.program.get()
    let own = try libraries(program)
    #expect(own.contains("libsqlite3") && !own.contains("inotifytools"))
    let helper = try libraries(program + "-events")
    #expect(helper.contains("libinotifytools") && !helper.contains("swift"))
  }
}
