import Foundation
import TestSupport
import Testing

/// Signals, and the messages to the service manager.
@Suite("Watch: signals") struct WatchSignalTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws { emend = try Emend() }

  @Test func workInHandIsFinished() throws {
    let lines = Samples.file(Samples.texts(300))
    try emend.drop(lines, as: "data.jsonl")
    let limit = "\(Tier.waitLimit.components.seconds)"
    let daemon = try emend.watch("--no-cache", "--patience", limit)
    let workers = try emend.suspendWorkers(of: daemon)
    // Dropped too late to be begun before the signal.
    try emend.drop(input, as: "other.jsonl")
    daemon.send(SIGTERM)
    try emend.until("it was heard", of: daemon) { !daemon.lines("work in hand").isEmpty }
    for worker in workers { kill(worker, SIGCONT) }
    let outcome = try daemon.end()
    #expect(outcome.status == 0, "\(outcome)")
    #expect(emend.names(in: "inbox/done") == ["data.jsonl"])
    #expect(emend.exists("inbox/other.jsonl"))
    #expect(try emend.contents(of: "out") == emend.reference(lines, named: "data.jsonl"))
    #expect(emend.claimed.isEmpty)
  }

  @Test func secondSignalEndsAtOnce() throws {
    let lines = Samples.file(Samples.texts(300))
    try emend.drop(lines, as: "data.jsonl")
    let limit = "\(Tier.waitLimit.components.seconds)"
    let daemon = try emend.watch("--no-cache", "--patience", limit)
    try emend.suspendWorkers(of: daemon)
    let workers = daemon.workers
    daemon.send(SIGTERM)
    try emend.until("it was heard", of: daemon) { !daemon.lines("work in hand").isEmpty }
    daemon.send(SIGTERM)
    let outcome = try daemon.end()
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try emend.read("inbox/data.jsonl") == lines)
    #expect(emend.names(in: "out").isEmpty)
    #expect(emend.names(in: "inbox/done").isEmpty)
    #expect(emend.claimed.isEmpty)
    #expect(!workers.contains(where: Daemon.isAlive))
  }

  @Test func workEndsAfterTheTimeout() throws {
    try emend.drop(Samples.file(Samples.texts(300)), as: "data.jsonl")
    let daemon = try emend.watch("--no-cache", "--patience", "0.1")
    try emend.suspendWorkers(of: daemon)
    daemon.send(SIGTERM)
    #expect(try daemon.end().status == 0)
    #expect(emend.exists("inbox/data.jsonl"))
    #expect(emend.names(in: "out").isEmpty)
    #expect(emend.claimed.isEmpty)
    // The daemon itself killed the worker, so it does not count as a death.
    #expect(emend.metrics()["emend_worker_deaths_total"] == 0)
  }

  @Test func anInterruptionIs130() throws {
    let daemon = try emend.watchUntilReady()
    daemon.send(SIGINT)
    #expect(try daemon.end().status == 130)
    #expect(emend.claimed.isEmpty)
  }

  /// The changed file of rules has the same size and time of change as before.
  @Test func rulesAreReadAgain() throws {
    func write(_ rules: String) throws {
      try emend.write(rules, to: "rules/default.yaml")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)],
        ofItemAtPath: emend.path("rules/default.yaml"))
    }
    try write("mode: suggest\n")
    let daemon = try emend.watchUntilReady("--rules", "rules")
    try emend.drop(input, as: "first.jsonl")
    try emend.untilDone("first.jsonl", of: daemon)
    try write("mode: all    \n")
    daemon.send(SIGHUP)
    try emend.until("it was heard", of: daemon) { !daemon.lines("rules are read again").isEmpty }
    try emend.drop(Samples.file(Samples.vectors(62)), as: "second.jsonl")
    try emend.untilDone("second.jsonl", of: daemon)
    // With other rules the same content is other work.
    try emend.drop(input, as: "third.jsonl")
    try emend.untilDone("third.jsonl", of: daemon)
    try daemon.stop()
    #expect(try corrected("first") == 0)
    #expect(try corrected("second") == 6)
    #expect(try corrected("third") == 6)
  }

  @Test("a file of rules that --rules names is read again for the next file, without a signal")
  func namedFileOfRulesIsReadAgain() throws {
    try emend.write("mode: suggest\n", to: "mine.yaml")
    let daemon = try emend.watchUntilReady("--rules", "mine.yaml")
    try emend.drop(input, as: "first.jsonl")
    try emend.untilDone("first.jsonl", of: daemon)
    try emend.write("mode: all\n", to: "mine.yaml")
    try emend.drop(Samples.file(Samples.vectors(62)), as: "second.jsonl")
    try emend.untilDone("second.jsonl", of: daemon)
    try daemon.stop()
    #expect(try corrected("first") == 0)
    #expect(try corrected("second") == 6)
  }

  /// How many labels were replaced in a result.
  private func corrected(_ name: String) throws -> Int {
    try emend.results("out/\(name).jsonl").count { $0["action"] as? String == "corrected" }
  }

  // MARK: - The service manager

  @Test func managerGetsAllMessages() throws {
    let manager = try Manager(at: emend.path("notify"))
    var messages: [String] = []
    func hears(_ what: String, _ daemon: Daemon, _ condition: ([String]) -> Bool) throws {
      try emend.until("the manager hears \(what)", of: daemon) {
        messages += manager.received()
        return condition(messages)
      }
    }
    let daemon = try emend.watch(
      "--settle", "0",
      variables: ["NOTIFY_SOCKET": emend.path("notify"), "WATCHDOG_USEC": "400000"])
    try hears("that it is ready", daemon) { $0.contains { $0.hasPrefix("READY=1\nSTATUS=0 done") } }
    #expect(messages.first?.hasPrefix("READY=1") == true, "\(messages)")
    try emend.drop(input, as: "data.jsonl")
    try hears("of the file", daemon) { $0.contains { $0.hasPrefix("STATUS=1 done, 0 failed") } }
    // Also without work, a watchdog message comes after half of the time that the manager allows.
    let begin = ContinuousClock.now
    messages += manager.received()
    let signs = messages.count { $0 == "WATCHDOG=1" }
    try hears("signs of life", daemon) { $0.count { $0 == "WATCHDOG=1" } >= signs + 5 }
    // Five take a second; after one that was late the next may come early.
    #expect(ContinuousClock.now - begin > .milliseconds(400))
    daemon.send(SIGHUP)
    try hears("of the reload", daemon) { messages in
      guard
        let reload = messages.firstIndex(where: { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") })
      else { return false }
      return messages[reload...].contains { $0.hasPrefix("READY=1") }
    }
    let reload = try #require(messages.first { $0.hasPrefix("RELOADING=1") })
    let time = try #require(Int64(reload.split(separator: "=").last ?? ""))
    #expect(time > 0)
    try daemon.stop()
    messages += manager.received()
    let stopping = try #require(messages.firstIndex { $0.hasPrefix("STOPPING=1") })
    #expect(messages[stopping...].contains { $0.hasPrefix("EXTEND_TIMEOUT_USEC=") })
    #expect(messages[..<stopping].allSatisfy { !$0.hasPrefix("EXTEND") })
    #expect(messages[stopping...].allSatisfy { !$0.hasPrefix("READY=1") })
  }

  @Test func noWatchdogMessagesWithoutAWatchdog() throws {
    let manager = try Manager(at: emend.path("notify"))
    let daemon = try emend.watch(variables: ["NOTIFY_SOCKET": emend.path("notify")])
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    let messages = manager.received()
    #expect(messages.contains { $0.hasPrefix("READY=1") })
    #expect(!messages.contains { $0.contains("WATCHDOG") })
  }

  /// The work goes on if the manager's socket does not exist.
  @Test func managerThatDoesNotListen() throws {
    let daemon = try emend.watch(
      variables: ["NOTIFY_SOCKET": "/nonexistent/notify", "WATCHDOG_USEC": "100000"])
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
  }
}
