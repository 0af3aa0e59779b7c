import Foundation
import TestSupport
import Testing

/// `emend status`, and the metrics.
@Suite("Spool commands") struct SpoolCommandTests {
  let emend: Emend
  let input = Samples.file(Samples.vectors(60))

  init() throws { emend = try Emend() }

  @Test func theTableWithAndWithoutADaemon() throws {
    let daemon = try emend.watchUntilReady()
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    try emend.drop(Array("nonsense\n".utf8), as: "bad.jsonl")
    try emend.until("it failed", of: daemon) { emend.exists("inbox/failed/bad.jsonl") }
    let living = try emend.run("status", "--inbox", "inbox")
    #expect(living.status == 0)
    #expect(living.text.contains("daemon   process \(daemon.identifier) on "))
    #expect(living.text.contains("health   good\n"))
    #expect(living.text.contains("done     1\n"))
    #expect(living.text.contains("failed   1: bad.jsonl (emend retry NAME)\n"))
    #expect(living.text.contains(#/\ndone +data\.jsonl +60 +0 .* out/data\.jsonl\n/#))
    #expect(living.text.contains(#/\nfailed +bad\.jsonl /#))
    try daemon.stop()
    try emend.drop(Samples.file(Samples.vectors(62)), as: "waits.jsonl")
    // A link out of the inbox, which is never taken and so does not wait.
    try FileManager.default.createSymbolicLink(
      atPath: emend.path("inbox/out.jsonl"), withDestinationPath: "/etc/hostname")
    let alone = try emend.run("status", "--inbox", "inbox", "--limit", "1")
    #expect(alone.status == 0)
    #expect(alone.text.contains("daemon   none\nhealth   no daemon serves this inbox\n"))
    #expect(alone.text.contains("inbox    1 waiting\n"))
    #expect(!alone.text.contains(#/\ndone +data/#))
    #expect(alone.text.split(separator: "\n").allSatisfy { !$0.hasSuffix(" ") })
  }

  @Test func foldersElsewhereAreCounted() throws {
    try emend.drop(input, as: "data.jsonl")
    try emend.drop(Array("nonsense\n".utf8), as: "bad.jsonl")
    let places = ["--done", "archive", "--failed", "broken"]
    let drained = try emend.drain(places[0], places[1], places[2], places[3])
    #expect(drained.status == 1, "\(drained)")
    let status = try emend.run(
      "status", "--inbox", "inbox", places[0], places[1], places[2], places[3])
    #expect(status.text.contains("done     1\n"), "\(status)")
    #expect(status.text.contains("failed   1: bad.jsonl"), "\(status)")
  }

  @Test func jsonHasItsMembers() throws {
    let daemon = try emend.watchUntilReady()
    try emend.drop(input, as: "data.jsonl")
    try emend.untilDone("data.jsonl", of: daemon)
    let status = try emend.status()
    #expect(
      Set(status.keys) == [
        "healthy", "daemons", "queued", "empty", "ignored", "done", "failed", "counts", "recent",
      ])
    #expect(status["healthy"] as? Bool == true)
    #expect(status["done"] as? Int == 1)
    #expect((status["counts"] as? [String: Int]) == ["done": 1])
    let daemons = try #require(status["daemons"] as? [[String: Any]])
    #expect(daemons.count == 1)
    #expect(daemons.first?["alive"] as? Bool == true)
    #expect(daemons.first?["process"] as? Int32 == daemon.identifier)
    #expect(daemons.first?["claimed"] as? [String] == [])
    let file = try #require((status["recent"] as? [[String: Any]])?.first)
    #expect(file["name"] as? String == "data.jsonl")
    #expect(file["state"] as? String == "done")
    #expect(file["size"] as? Int == input.count)
    #expect(file["records"] as? Int == 60)
    #expect(file["attempts"] as? Int == 1)
    #expect((file["digest"] as? String)?.count == 64)
    #expect((file["outputs"] as? [String])?.last == "out/data.jsonl")
    let seconds = try #require(file["seconds"] as? [String: Double])
    #expect(Set(seconds.keys) == ["read", "repair", "publish"])
    for member in ["seen", "claimed", "finished"] {
      #expect((file[member] as? String)?.hasSuffix("Z") == true)
    }
    try daemon.stop()
    let later = try emend.status()
    #expect(later["healthy"] as? Bool == false)
    #expect(later["complaint"] as? String == "no daemon serves this inbox")
  }

  @Test func checkTellsWhetherADaemonWorks() throws {
    let daemon = try emend.watchUntilReady()
    let good = try emend.run("status", "--inbox", "inbox", "--check")
    #expect(good.status == 0)
    #expect(good.text == "a daemon is running and working\n")
    try daemon.kill()
    let dead = try emend.run("status", "--inbox", "inbox", "--check")
    #expect(dead.status == 1)
    #expect(dead.text == "no daemon serves this inbox\n")
    let json = try emend.run("status", "--inbox", "inbox", "--check", "--json")
    #expect(json.status == 1)
    #expect(json.text.contains("\"healthy\" : false"))
  }

  /// Messages and the paths of outputs contain names too.
  @Test func hostileNamesStayInTheirRows() throws {
    try emend.drop(input, as: "two\nlines\u{1B}[31m.jsonl")
    try emend.drop(Samples.file(Samples.vectors(62)), as: "turned\u{202E}lnosj.jsonl")
    try emend.drop(Array("nonsense\n".utf8), as: "bad\nname.jsonl")
    #expect(try emend.drain().status == 1)
    let outcome = try emend.run("status", "--inbox", "inbox")
    #expect(outcome.status == 0)
    #expect(
      !outcome.text.unicodeScalars.contains {
        $0 != "\n" && $0.value < 0x20 || $0.value == 0x202E
      }, "\(outcome)")
    let rows = outcome.text.split(separator: "\n")
    let head = try #require(rows.firstIndex { $0.hasPrefix("STATE ") })
    #expect(rows.count - head - 1 == 3, "\(outcome)")
  }

  /// Monitors show a single line, even if there are several problems.
  @Test func checkPrintsOneLine() throws {
    try emend.write("mode: suggest\n", to: "rules/default.yaml")
    let daemon = try emend.watchUntilReady("--rules", "rules")
    try emend.write("mode: automatic\nlables: []\n", to: "rules/default.yaml")
    try emend.drop(input, as: "data.jsonl")
    try emend.until("it waits", of: daemon) { emend.metrics()["emend_work_paused"] == 1 }
    let check = try emend.run("status", "--inbox", "inbox", "--check")
    #expect(check.status == 1)
    #expect(check.text.split(separator: "\n").count == 1, "\(check)")
    #expect(check.text.contains("default.yaml:2:1"))
  }

  @Test func missingInbox() throws {
    let outcome = try emend.run("status", "--inbox", "nowhere")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("nowhere: "))
    #expect(emend.names(in: "").isEmpty)
  }

  /// The command makes no file, and needs no ledger.
  @Test func statusWithoutALedger() throws {
    try emend.drop(input, as: "data.jsonl")
    try emend.tool("rm", "-r", "staging")
    let outcome = try emend.run("status", "--inbox", "inbox")
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("inbox    1 waiting"))
    #expect(emend.names(in: "inbox") == ["data.jsonl"])
  }

  @Test func statusInAReadOnlyFolder() throws {
    try emend.drop(input, as: "data.jsonl")
    #expect(try emend.drain().status == 0)
    let state = emend.path("inbox/.emend")
    let before = try emend.contents(of: "inbox/.emend")
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: state)
    defer {
      try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: state)
    }
    let outcome = try emend.run("status", "--inbox", "inbox")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.text.contains("data.jsonl"))
    #expect(try emend.contents(of: "inbox/.emend") == before)
  }

  // MARK: - Metrics

  @Test func metricsAreWholeAndRight() throws {
    try emend.drop(input, as: "data.jsonl")
    try emend.drop(Samples.file(Samples.vectors(62) + ["{}"]), as: "rejects.jsonl")
    try emend.drop(Array("nonsense\n".utf8), as: "bad.jsonl")
    let daemon = try emend.watch("--metrics", "metrics/emend.prom")
    try emend.untilDone("data.jsonl", "rejects.jsonl", of: daemon)
    try emend.until("it failed", of: daemon) { emend.exists("inbox/failed/bad.jsonl") }
    try emend.drop(input, as: "same.jsonl")
    try emend.untilDone("same.jsonl", of: daemon)
    try daemon.stop()
    #expect(emend.names(in: "metrics") == [".emend.prom.lock", "emend.prom"])
    let text = try emend.text("metrics/emend.prom")
    let metrics = emend.metrics("metrics/emend.prom")
    for name in metrics.keys.map({ $0.prefix { $0 != "{" } }) {
      #expect(text.contains("# HELP \(name) "))
      let isCounter = name.hasSuffix("_total")
      #expect(text.contains("# TYPE \(name) \(isCounter ? "counter" : "gauge")\n"))
    }
    let expected: [String: Double] = [
      "files_seen_total": 4, "files_done_total": 2, "files_failed_total": 1,
      "files_skipped_total": 1, "files_quarantined_total": 0, "files_abandoned_total": 0,
      "files_released_total": 0, "files_reclaimed_total": 0, "retries_total": 0,
      "worker_deaths_total": 0, "overflows_total": 0, "records_total": 122,
      "records_rejected_total": 1, "queue_files": 0, "working_files": 0, "waiting_files": 0,
      "oldest_file_age_seconds": 0, "work_paused": 0,
    ]
    for (name, value) in expected { #expect(metrics["emend_\(name)"] == value, "\(name)") }
    #expect(try #require(metrics["emend_rescans_total"]) >= 1)
    #expect(try #require(metrics["emend_ledger_bytes"]) > 0)
    #expect(try #require(metrics["emend_stage_seconds_total{stage=\"repair\"}"]) > 0)
    let heartbeat = try #require(metrics["emend_heartbeat_timestamp_seconds"])
    let age = Date().timeIntervalSince1970 - heartbeat
    #expect(abs(age) < Tier.waitLimit / .seconds(1))
  }
}
