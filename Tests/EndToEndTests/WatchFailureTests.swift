import Foundation
import Rules
import Testing

/// Files that cannot be repaired, workers that die, and failures that pass.
@Suite("Watch: failures") struct WatchFailureTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws { emend = try Emend() }

  /// The reason that lies beside a failed file.
  func reason(_ name: String) throws -> [String: Any] {
    try emend.object("inbox/failed/\(name).error.json")
  }

  // MARK: - Files that cannot be repaired

  @Test func unusableFilesDelayNoOther() throws {
    try emend.write(input, to: "packed.jsonl")
    try emend.tool("gzip", "-q", "packed.jsonl")
    let unusable: [String: [UInt8]] = [
      "empty.jsonl": [], "nonsense.jsonl": Array("{}\nnonsense\n".utf8),
      "zeros.jsonl": Array(repeating: 0, count: 5000),
      "cut.jsonl.gz": Array(try emend.read("packed.jsonl.gz").dropLast(40)),
      "no.jsonl.gz": Array("this is not gzip".utf8), "no.jsonl.zst": Array("nor zstd".utf8),
    ]
    let daemon = try emend.watchUntilReady()
    for (name, bytes) in unusable { try emend.drop(bytes, as: name) }
    try emend.drop(input, as: "good.jsonl")
    try emend.untilDone("good.jsonl", of: daemon)
    try emend.until("all the others failed", of: daemon) {
      emend.names(in: "inbox/failed").count == 2 * unusable.count
    }
    try daemon.stop()
    for (name, bytes) in unusable {
      #expect(try emend.read("inbox/failed/\(name)") == bytes)
      let reason = try reason(name)
      #expect(reason["file"] as? String == name)
      let code = name == "nonsense.jsonl" ? "no-usable-line" : "input"
      #expect(reason["code"] as? String == code, "\(name)")
      #expect((reason["digest"] as? String)?.count == 64)
      #expect((reason["message"] as? String)?.isEmpty == false)
      #expect((reason["remedy"] as? String)?.isEmpty == false)
      #expect(daemon.lines("failed", "file=\(name)").count == 1)
    }
    let nonsense = try reason("nonsense.jsonl")
    #expect(nonsense["line"] as? Int == 1)
    let message = try #require(nonsense["message"] as? String)
    #expect(message.contains("no line can be used"))
    #expect(
      try !message.contains(#require(nonsense["remedy"] as? String)),
      "the message must not repeat the remedy")
    #expect(emend.names(in: "out") == ["good.jsonl", "good.report.html", "good.report.json"])
    #expect(emend.metrics()["emend_files_failed_total"] == Double(unusable.count))
  }

  @Test func theReasonNamesTheLine() throws {
    try emend.write("on_bad_line: fail\n", to: "rules/default.yaml")
    try emend.drop(Samples.file(Samples.vectors(20) + ["nonsense"]), as: "data.jsonl")
    #expect(try emend.drain("--rules", "rules").status == 1)
    #expect(try reason("data.jsonl")["line"] as? Int == 21)
    #expect(emend.names(in: "out").isEmpty)
  }

  @Test("the remedy for a refused file names members of rules, since there are no flags for a file")
  func remediesNameRules() throws {
    let lines = (0..<20).map { "{\"txt\": \"a text of number \($0)\", \"label\": \"x\"}" }
    try emend.drop(Samples.file(lines), as: "data.jsonl")
    #expect(try emend.drain().status == 1)
    let remedy = try #require(try reason("data.jsonl")["remedy"] as? String)
    #expect(remedy.contains("fields: {text: txt} in rules"), "\(remedy)")
    #expect(!remedy.contains("--"), "\(remedy)")
  }

  @Test("every flag of run that rules can say is named by its member in the watched folder")
  func flagsHaveMembers() throws {
    func flags(_ command: String) throws -> Set<String> {
      let help = try emend.run(command, "--help").text
      let names = help.matches(of: #/--[a-z][a-z-]*/#).map { String($0.output) }
      return Set(names)
    }
    let (run, watch) = (try flags("run"), try flags("watch"))
    let known = Set(RulesWording.forms.keys)
    #expect(known.isSubset(of: run), "\(known.subtracting(run))")
    #expect(known.isDisjoint(with: watch))
    let members = RulesWording.ruleNames
    let sayable = run.subtracting(watch).filter {
      members.contains(String($0.dropFirst(2)).replacing("-", with: "_"))
    }
    #expect(known.isSuperset(of: sayable), "\(sayable.subtracting(known))")
  }

  /// The same content fails again without another try, and is tried again after `emend retry`.
  @Test func retryAfterTheCauseIsRemoved() throws {
    let bad = Samples.file(["nonsense"] + Samples.vectors(60))
    try emend.write("on_bad_line: fail\n", to: "rules/default.yaml")
    let daemon = try emend.watchUntilReady("--rules", "rules")
    try emend.drop(bad, as: "data.jsonl")
    try emend.until("it failed", of: daemon) { emend.exists("inbox/failed/data.jsonl") }
    try emend.drop(bad, as: "again.jsonl")
    try emend.until("it failed", of: daemon) { emend.exists("inbox/failed/again.jsonl") }
    #expect(daemon.lines("the same content failed before", "same-as=data.jsonl").count == 1)
    try emend.write("on_bad_line: reject\n", to: "rules/default.yaml")
    let retry = try emend.run("retry", "data.jsonl", "--inbox", "inbox")
    #expect(retry.status == 0, "\(retry)")
    #expect(retry.errors == "data.jsonl: back in the inbox\n")
    try emend.untilDone("data.jsonl", of: daemon)
    #expect(emend.names(in: "inbox/failed") == ["again.jsonl", "again.jsonl.error.json"])
    #expect(try emend.run("retry", "--all", "--inbox", "inbox").status == 0)
    try emend.untilDone("again.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.names(in: "inbox/failed").isEmpty)
    // It was worked on again, although a file with the same content was done meanwhile.
    #expect(
      emend.names(in: "out") == [
        "again.jsonl", "again.rejected.jsonl", "again.report.html", "again.report.json",
        "data.jsonl",
        "data.rejected.jsonl", "data.report.html", "data.report.json",
      ])
  }

  /// `emend retry` makes the daemon try a content again that has not changed.
  @Test func retryTriesTheSameContent() throws {
    let daemon = try emend.watchUntilReady()
    try emend.drop(Array("nonsense\n".utf8), as: "data.jsonl")
    try emend.until("it failed", of: daemon) { emend.exists("inbox/failed/data.jsonl") }
    #expect(try emend.run("retry", "data.jsonl", "--inbox", "inbox").status == 0)
    try emend.until("it failed anew", of: daemon) {
      emend.exists("inbox/failed/data.jsonl")
        && daemon.lines("failed", "code=no-usable-line").count == 2
    }
    try daemon.stop()
    #expect(daemon.lines("failed before").isEmpty)
    #expect(emend.names(in: "inbox/failed") == ["data.jsonl", "data.jsonl.error.json"])
  }

  @Test func retryOfAMissingFileOrAnExistingName() throws {
    #expect(try emend.drain().status == 0)
    let unknown = try emend.run("retry", "none.jsonl", "--inbox", "inbox")
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("none.jsonl: no such file in inbox/failed"))
    try emend.drop(Array("nonsense\n".utf8), as: "data.jsonl")
    #expect(try emend.drain().status == 1)
    try emend.drop(input, as: "data.jsonl")
    let taken = try emend.run("retry", "data.jsonl", "--inbox", "inbox")
    #expect(taken.status == 1)
    #expect(taken.errors.contains("the inbox holds another file of that name"))
    #expect(emend.names(in: "inbox/failed") == ["data.jsonl", "data.jsonl.error.json"])
    #expect(try emend.read("inbox/data.jsonl") == input)
  }

  @Test func forgetLetsContentBeRepairedAgain() throws {
    try emend.drop(input, as: "data.jsonl")
    #expect(try emend.drain().status == 0)
    try emend.tool("mv", "out", "taken-away")
    try emend.drop(input, as: "data.jsonl")
    #expect(try emend.drain().status == 0)
    #expect(emend.names(in: "out").isEmpty)
    let forget = try emend.run("forget", "data.jsonl", "--inbox", "inbox")
    #expect(forget.status == 0)
    #expect(forget.errors == "data.jsonl: forgotten\n")
    try emend.drop(input, as: "data.jsonl")
    #expect(try emend.drain().status == 0)
    #expect(try emend.contents(of: "out") == emend.contents(of: "taken-away"))
    let unknown = try emend.run("forget", "none.jsonl", "--inbox", "inbox")
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("none.jsonl: the ledger has no outcome"))
    let all = try emend.run("forget", "--all", "--inbox", "inbox")
    #expect(all.status == 0)
    #expect(all.errors == "1 outcome forgotten\n", "\(all)")
  }

  // MARK: - Workers that die

  /// Kills a worker in the middle of its work.
  ///
  /// - Parameter dead: a worker that was killed before.
  private func killWorker(of daemon: Daemon, besides dead: Int32? = nil) throws -> Int32 {
    var found: Int32?
    try emend.until("a worker is there", of: daemon) {
      found = daemon.busyWorkers.first { $0 != dead }
      return found != nil
    }
    let worker = try #require(found)
    kill(worker, SIGKILL)
    return worker
  }

  @Test func workerThatDiesOnce() throws {
    let lines = Samples.file(Samples.texts(300))
    let daemon = try emend.watchUntilReady("--no-cache")
    try emend.drop(lines, as: "data.jsonl")
    _ = try killWorker(of: daemon)
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(
      daemon.lines("the work was ended; the file is tried once more, alone", "signal 9").count == 1)
    #expect(try emend.contents(of: "out") == emend.reference(lines, named: "data.jsonl"))
    #expect(emend.metrics()["emend_worker_deaths_total"] == 1)
    #expect(emend.metrics()["emend_files_failed_total"] == 0)
  }

  @Test func fileWhoseWorkersDieIsQuarantined() throws {
    let lines = Samples.file(Samples.texts(300))
    let daemon = try emend.watchUntilReady("--no-cache")
    try emend.drop(lines, as: "data.jsonl")
    let first = try killWorker(of: daemon)
    try emend.drop(input, as: "other.jsonl")
    _ = try killWorker(of: daemon, besides: first)
    try emend.until("it is put aside", of: daemon) { emend.exists("inbox/failed/data.jsonl") }
    try emend.untilDone("other.jsonl", of: daemon)
    #expect(daemon.isRunning)
    let reason = try reason("data.jsonl")
    #expect(reason["code"] as? String == "worker-killed")
    #expect((reason["message"] as? String)?.contains("was ended 2 times") == true)
    #expect((reason["remedy"] as? String)?.contains("emend retry data.jsonl") == true)
    #expect(emend.names(in: "out") == ["other.jsonl", "other.report.html", "other.report.json"])
    #expect(try emend.read("inbox/failed/data.jsonl") == lines)
    // After `emend retry` it is tried like any other file.
    #expect(try emend.run("retry", "data.jsonl", "--inbox", "inbox").status == 0)
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.metrics()["emend_files_quarantined_total"] == 1)
    #expect(emend.metrics()["emend_worker_deaths_total"] == 2)
  }

  @Test func workersEndWithTheirDaemon() throws {
    for index in 0..<2 {
      try emend.drop(Samples.file(Samples.texts(600, seed: index)), as: "\(index).jsonl")
    }
    let daemon = try emend.watch("--no-cache", "--jobs", "2")
    // Stopped, they cannot end by themselves because their work is done.
    let workers = try emend.suspendWorkers(of: daemon, count: 2)
    try daemon.kill()
    try emend.until("no worker is left") { !workers.contains(where: Daemon.isAlive) }
  }

  // MARK: - Failures that pass

  /// Makes a folder `home` for `EMEND_HOME` with the libraries only.
  ///
  /// - Returns: the folder that has the models too.
  private func makeHomeWithoutModels() throws -> URL {
    let prepared = Emend.package.appending(path: ".emend")
    try FileManager.default.createDirectory(
      atPath: emend.path("home"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: emend.folder.appending(path: "home/openvino"),
      withDestinationURL: prepared.appending(path: "openvino"))
    return prepared
  }

  /// A drain waits for a few seconds in all, and not again for every file.
  @Test func drainDoesNotWaitForEver() throws {
    _ = try makeHomeWithoutModels()
    let names = (0..<6).map { "\($0).jsonl" }
    for (index, name) in names.enumerated() {
      try emend.drop(Samples.file(Samples.texts(20, seed: index)), as: name)
    }
    try emend.drop(input, as: "vectors.jsonl")
    let outcome = try emend.watch("--once", home: emend.path("home")).end()
    #expect(outcome.status == 1, "\(outcome)")
    #expect(emend.names(in: "inbox/done") == ["vectors.jsonl"])
    #expect(emend.names(in: "inbox").filter { $0.hasSuffix(".jsonl") } == names)
    #expect(emend.names(in: "inbox/failed").isEmpty)
    #expect(emend.claimed.isEmpty)
  }

  @Test func filesWaitForAMissingModel() throws {
    let prepared = try makeHomeWithoutModels()
    let lines = Samples.file(Samples.classification(wrong: [5]))
    let daemon = try emend.watchUntilReady(home: emend.path("home"))
    try emend.drop(lines, as: "texts.jsonl")
    try emend.until("it waits", of: daemon) {
      !daemon.lines("all work is paused until this failure passes", "model-").isEmpty
    }
    try emend.drop(input, as: "vectors.jsonl")
    // This file needs no model, so it is done although work is paused.
    try emend.untilDone("vectors.jsonl", of: daemon)
    #expect(!emend.exists("out/texts.jsonl"))
    try FileManager.default.createSymbolicLink(
      at: emend.folder.appending(path: "home/models"),
      withDestinationURL: prepared.appending(path: "models"))
    try emend.untilDone("texts.jsonl", of: daemon)
    try daemon.stop()
    let reference = try emend.reference(lines, named: "texts.jsonl")
    #expect(try emend.read("out/texts.jsonl") == reference["texts.jsonl"])
    #expect(try emend.read("out/texts.report.json") == reference["texts.report.json"])
    #expect(emend.metrics()["emend_work_paused"] == 0)
  }

  @Test func filesWaitForAnOutboxThatCannotBeMade() throws {
    let daemon = try emend.watchUntilReady()
    try FileManager.default.removeItem(atPath: emend.path("out"))
    try emend.write("in the way", to: "out")
    try emend.drop(input, as: "data.jsonl")
    try emend.until("it waits", of: daemon) {
      !daemon.lines("tried again later", "file=data.jsonl", "remedy=").isEmpty
    }
    #expect(daemon.lines("all work is paused until this failure passes").count == 1)
    #expect(try emend.text("out") == "in the way")
    try FileManager.default.removeItem(atPath: emend.path("out"))
    try emend.untilDone("data.jsonl", of: daemon)
    try daemon.stop()
    #expect(try emend.contents(of: "out") == emend.reference(input, named: "data.jsonl"))
  }

  /// `emend status --check` and the metrics tell monitors that work is paused.
  @Test func filesWaitForBrokenRules() throws {
    try emend.write("mode: suggest\n", to: "rules/default.yaml")
    let daemon = try emend.watchUntilReady("--rules", "rules")
    #expect(try emend.run("status", "--inbox", "inbox", "--check").status == 0)
    try emend.write("mode: automatic\n", to: "rules/default.yaml")
    try emend.drop(input, as: "data.jsonl")
    try emend.until("it waits, and says why", of: daemon) {
      !daemon.lines("tried again later", "rules/default.yaml:1:7: mode cannot be automatic").isEmpty
    }
    #expect(daemon.lines("all work is paused until this failure passes").count == 1)
    try emend.until("monitors know", of: daemon) { emend.metrics()["emend_work_paused"] == 1 }
    let check = try emend.run("status", "--inbox", "inbox", "--check")
    #expect(check.status == 1, "\(check)")
    #expect(check.text.contains("work waits: "))
    let recent = try #require(try emend.status()["recent"] as? [[String: Any]])
    #expect(recent.first?["state"] as? String == "waiting")
    let reason = try #require(recent.first?["trouble"] as? [String: Any])
    #expect(reason["code"] as? String == "rules")
    #expect((reason["message"] as? String)?.contains("default.yaml:1:7") == true)
    #expect(recent.first?["nextAttempt"] is String)
    try emend.write("mode: all\n", to: "rules/default.yaml")
    try emend.untilDone("data.jsonl", of: daemon)
    try emend.until("monitors know", of: daemon) { emend.metrics()["emend_work_paused"] == 0 }
    #expect(try emend.run("status", "--inbox", "inbox", "--check").status == 0)
    try daemon.stop()
    #expect(
      try emend.results("out/data.jsonl").contains { $0["action"] as? String == "corrected" })
  }
}
