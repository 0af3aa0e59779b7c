import Foundation
import Testing

/// `emend run --audit` and `--reviewed`.
@Suite struct ReviewedTests {
  let emend: Emend

  init() throws {
    emend = try Emend()
    // Two groups of vectors; every tenth label is wrong.
    let lines = (0..<300).map { index in
      let side = index % 2 == 0
      let label = (index % 10 == 0) != side ? "a" : "b"
      return
        "{\"id\": \"r\(index)\", \"text\": \"=t\(index)\", \"vector\": [\(side ? 1 : -1), 0.\(index + 100)], "
        + "\"label\": \"\(label)\"}"
    }
    try emend.write(lines.joined(separator: "\n") + "\n", to: "data.jsonl")
  }

  /// The label that a person gives to a record.
  private func right(_ id: String) -> String {
    (Int(id.dropFirst()) ?? 0) % 2 == 0 ? "a" : "b"
  }

  @Test func anAuditIsFilledInAndMeasured() throws {
    let run = try emend.run(
      "run", "data.jsonl", "--outbox", "out", "--audit", "40", "--audit-seed", "7", "--quiet")
    #expect(run.status == 0, "\(run)")
    let plain = try emend.run("run", "data.jsonl", "--outbox", "plain", "--quiet")
    #expect(try plain.status == 0 && emend.read("plain/data.jsonl") == emend.read("out/data.jsonl"))
    // The report states the seed of the draw, and none where none was drawn.
    func seed(_ folder: String) throws -> Int? {
      let provenance = try emend.object("\(folder)/data.report.json")["provenance"]
      return try #require(provenance as? [String: Any])["seed"] as? Int
    }
    #expect(try seed("out") == 7 && seed("plain") == nil)
    #expect(try emend.text("out/data.report.html").contains("<dt>Seed of the audit</dt><dd>7</dd>"))
    #expect(try !emend.text("plain/data.report.html").contains("Seed"))
    let audit = try emend.objects("out/data.audit.jsonl")
    #expect(audit.count == 80)
    #expect(try emend.text("out/data.audit.csv").contains(",'=t"))
    // A person fills in the table: the right label alone.
    var rows = try emend.text("out/data.audit.csv").split(separator: "\r\n").map(String.init)
    let head = rows[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let place = try #require(head.firstIndex(of: "label"))
    for index in rows.indices.dropFirst() {
      var cells = rows[index].split(separator: ",", omittingEmptySubsequences: false).map(
        String.init)
      cells[place] = right(cells[0].replacing("\u{FEFF}", with: ""))
      rows[index] = cells.joined(separator: ",")
    }
    try emend.write(rows.joined(separator: "\r\n") + "\r\n", to: "filled.csv")
    let reviewed = try emend.run(
      "run", "data.jsonl", "--outbox", "reviewed", "--reviewed", "filled.csv")
    #expect(reviewed.status == 0, "\(reviewed)")
    let report = try emend.object("reviewed/data.report.json")
    let rate = try #require(report["error_rate"] as? [String: Any])
    let (low, high) = (try #require(rate["low"] as? Double), try #require(rate["high"] as? Double))
    #expect(low <= 0.1 && 0.1 <= high && high - low < 0.2, "\(rate)")
    #expect((rate["basis"] as? String)?.contains("measured") == true)
    #expect((report["provenance"] as? [String: Any])?["decisions_digest"] as? String != nil)
    let objects = try emend.objects("reviewed/data.jsonl")
    let decided = Set(audit.compactMap { $0["id"] as? String })
    for object in objects {
      let id = try #require(object["id"] as? String)
      guard decided.contains(id) else { continue }
      #expect(object["label"] as? String == right(id))
    }
    let counts = try #require(report["counts"] as? [String: Int])
    let actions = try emend.results("reviewed/data.jsonl").map { $0["action"] as? String ?? "" }
    #expect(counts["protected"] == actions.count { $0 == "protected" })
    #expect(counts["corrected"] == actions.count { $0 == "corrected" })
    #expect(try emend.run("revert", "reviewed/data.jsonl").output == emend.read("data.jsonl"))
    // The same decisions, written into the output of the first run.
    let applied = try emend.run("apply", "filled.csv", "out/data.jsonl")
    #expect(applied.status == 0, "\(applied)")
    #expect(try emend.run("revert", "out/data.decided.jsonl").output == emend.read("data.jsonl"))
  }

  /// Decisions in the folder that rules name hold without being named, in the watched folder too, and for another
  /// version of the dataset.
  @Test func decisionsOfRulesHoldForEveryFile() throws {
    let content = try emend.run(
      "run", "data.jsonl", "--outbox", "first", "--audit", "150", "--quiet")
    #expect(content.status == 0, "\(content)")
    let audit = try emend.objects("first/data.audit.jsonl")
    func line(_ id: String, _ label: String, _ by: String) throws -> String {
      let digest = try #require(
        audit.first { $0["id"] as? String == id }?["content_sha256"] as? String)
      return
        "{\"id\": \"\(id)\", \"content_sha256\": \"\(digest)\", \"decision\": \"change\", \"label\": \"\(label)\", "
        + "\"by\": \"\(by)\"}\n"
    }
    try emend.write("match: '*'\ndecisions: decided\n", to: "rules/all.yaml")
    let ids = audit.compactMap { $0["id"] as? String }.sorted()
    let wrong = try #require(ids.first { right($0) != "b" })
    try emend.write(try line(wrong, "b", "Anna"), to: "rules/decided/anna.jsonl")
    try emend.write(
      try line(ids[ids.count - 1], "a", "Anna") + line(ids[ids.count - 1], "b", "Ben"),
      to: "rules/decided/both.jsonl")
    let run = try emend.run("run", "data.jsonl", "--outbox", "alone", "--rules", "rules")
    #expect(run.status == 0, "\(run)")
    let objects = try emend.objects("alone/data.jsonl")
    #expect(objects.first { $0["id"] as? String == wrong }?["label"] as? String == "b")
    #expect(try emend.text("alone/data.report.json").contains("since people decided differently"))
    // The watched folder gives the same bytes.
    try emend.drop(try emend.read("data.jsonl"), as: "data.jsonl")
    let outcome = try emend.drain("--rules", "rules")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try emend.read("out/data.jsonl") == emend.read("alone/data.jsonl"))
    // A damaged file of decisions is a problem of the rules, and named with its line.
    try emend.write("\n{\"id\": 1}x\n", to: "rules/decided/bad.jsonl")
    for command in ["run", "check"] {
      let refused = try emend.run(command, "data.jsonl", "--rules", "rules")
      #expect(refused.status == 1 && refused.errors.contains("decided/bad.jsonl:2"), "\(refused)")
    }
    // Nothing waits for the writer of a FIFO.
    try FileManager.default.removeItem(atPath: emend.path("rules/decided/bad.jsonl"))
    try emend.tool("mkfifo", "rules/decided/pipe.jsonl")
    let waiting = try emend.run("check", "data.jsonl", "--rules", "rules")
    #expect(waiting.status == 1 && waiting.errors.contains("decided/pipe.jsonl"), "\(waiting)")
  }

  @Test func unclearReviewsAreRefused() throws {
    try emend.write(
      "{\"id\": \"r1\", \"text\": \"=t1\", \"decision\": \"perhaps\"}\n", to: "bad.jsonl")
    try emend.write("{\"id\": \"r1\", \"text\": \"=t1\", \"decision\": \"\"}\n", to: "empty.jsonl")
    for (arguments, status, message) in [
      (["--reviewed", "bad.jsonl"], 1, "bad.jsonl:1: \"perhaps\" is no decision"),
      (["--reviewed", "empty.jsonl"], 1, "no record was decided"),
      (["--reviewed", "missing.jsonl"], 1, "missing.jsonl"),
      (["--audit", "0"], 64, "--audit must be at least 1"),
      (["--target-precision", "90"], 64, "share from 0.5"),
    ] {
      let run = try emend.start(["run", "data.jsonl", "--outbox", "out"] + arguments).finish()
      #expect(run.status == status && run.errors.contains(message), "\(run)")
      #expect(emend.names(in: "out").isEmpty)
    }
  }
}
