import Foundation
import Records
import Testing

/// `emend apply`.
@Suite struct ApplyTests {
  let emend: Emend

  init() throws {
    emend = try Emend()
    // Vectors of two groups, so that nothing needs the encoder; one line cannot be used.
    var lines: [String] = []
    for index in 0..<40 {
      let label = index == 3 ? "b" : (index % 2 == 0 ? "a" : "b")
      let side = index % 2 == 0 ? 1.0 : -1.0
      lines.append(
        "{\"id\": \"r\(index)\", \"text\": \"t\(index)\", \"vector\": [\(side), 0.\(index + 10)], \"label\": \"\(label)\"}"
      )
    }
    lines.insert("{\"id\": \"bad\"}", at: 5)
    try emend.write(lines.joined(separator: "\n") + "\n", to: "data.jsonl")
    let run = try emend.run("run", "data.jsonl", "--outbox", "out", "--quiet")
    try #require(run.status == 3, "\(run)")
  }

  private func digest(_ index: Int) -> String {
    Record(
      line: 0, id: "", content: .text("t\(index)"), labels: [], isMultiLabel: false, votes: [],
      vector: [index % 2 == 0 ? 1 : -1, Float("0.\(index + 10)") ?? 0]
    ).contentDigest
  }

  private func decide(_ decisions: [(Int, String, String?, by: String)]) -> String {
    decisions.map { index, verdict, label, by in
      "{\"id\": \"r\(index)\", \"content_sha256\": \"\(digest(index))\", \"decision\": \"\(verdict)\""
        + (label.map { ", \"label\": \"\($0)\"" } ?? "") + ", \"by\": \"\(by)\"}"
    }.joined(separator: "\n") + "\n"
  }

  @Test func decisionsAreAppliedAndUndone() throws {
    try emend.write(
      decide([
        (4, "change", "b", by: "Anna"), (7, "keep", nil, by: "Anna"),
        (9, "neither", nil, by: "Ben"),
      ]),
      to: "d.jsonl")
    let run = try emend.run("apply", "d.jsonl", "out/data.jsonl")
    #expect(run.status == 0, "\(run)")
    #expect(run.text.hasPrefix("1 label changed, 1 kept, 1 without a label that fits\n"), "\(run)")
    #expect(
      emend.names(in: "out").filter { $0.hasPrefix("data.decided") } == [
        "data.decided.decisions.jsonl", "data.decided.jsonl", "data.decided.rejected.jsonl",
        "data.decided.report.json",
      ])
    let journal = try emend.objects("out/data.decided.decisions.jsonl")
    #expect(journal.map { $0["by"] as? String } == ["Anna", "Anna", "Ben"])
    #expect(
      journal[0]["given_in_dataset"] as? String == "a" && journal[0]["set_to"] as? String == "b")
    let objects = try emend.objects("out/data.decided.jsonl")
    #expect(objects[4]["label"] as? String == "b")
    let member = objects[4]["emend"] as? [String: Any]
    #expect(member?["original"] as? String == "a" && member?["action"] as? String == "corrected")
    let back = try emend.run("revert", "out/data.decided.jsonl")
    #expect(back.status == 0, "\(back)")
    #expect(try back.output == emend.read("data.jsonl"))
    // Decisions on decisions: the journal is a file of decisions, and a contrary one takes one back.
    try emend.write(decide([(4, "keep", nil, by: "Anna")]), to: "contrary.jsonl")
    let again = try emend.run(
      "apply", "out/data.decided.decisions.jsonl", "contrary.jsonl", "out/data.decided.jsonl")
    #expect(again.status == 0, "\(again)")
    #expect(try emend.objects("out/data.decided-2.jsonl")[4]["label"] as? String == "a")
    #expect(try emend.run("revert", "out/data.decided-2.jsonl").output == emend.read("data.jsonl"))
  }

  @Test(
    "An output is read as its run read the input, without the run's flags, and no flag can contradict it"
  )
  func fieldsOfTheRun() throws {
    let lines = (0..<40).map { index in
      "{\"nr\": \"r\(index)\", \"body\": \"t\(index)\", \"v\": [\(index % 2 == 0 ? 1 : -1), 0.\(index + 10)], "
        + "\"team\": \"\(index % 2 == 0 ? "a" : "b")\", \"source\": \"s\(index % 3)\"}"
    }
    try emend.write(lines.joined(separator: "\n") + "\n", to: "odd.jsonl")
    let run = try emend.run(
      "run", "odd.jsonl", "--outbox", "odd", "--text", "body", "--label", "team", "--id", "nr",
      "--vector", "v", "--quiet")
    try #require(run.status == 0, "\(run)")
    try emend.write(decide([(4, "change", "b", by: "Anna")]), to: "d.jsonl")
    for flag in [("--label", "source"), ("--text", "source")] {
      let wrong = try emend.run("apply", "d.jsonl", "odd/odd.jsonl", flag.0, flag.1)
      #expect(wrong.status == 1 && wrong.errors.contains("leave out \(flag.0)"), "\(wrong)")
    }
    let applied = try emend.run("apply", "d.jsonl", "odd/odd.jsonl")
    #expect(applied.status == 0, "\(applied)")
    #expect(try emend.objects("odd/odd.decided.jsonl")[4]["team"] as? String == "b")
    #expect(try emend.run("revert", "odd/odd.decided.jsonl").output == emend.read("odd.jsonl"))
    let difference = try emend.run("diff", "odd/odd.jsonl", "odd/odd.decided.jsonl", "--json")
    #expect(difference.status == 0, "\(difference)")
    let review = try emend.run(
      "review", "odd/odd.jsonl", "--terminal", "--show", "all", input: Array("q\n".utf8))
    #expect(review.text.contains("t4") || review.text.contains("t0"), "\(review)")
  }

  @Test func peopleWhoDisagreeAreShownAndNothingIsWritten() throws {
    try emend.write(
      decide([(4, "change", "b", by: "Anna"), (6, "keep", nil, by: "Anna")]), to: "a.jsonl")
    try emend.write(decide([(4, "keep", nil, by: "Ben")]), to: "b.jsonl")
    let run = try emend.run("apply", "a.jsonl", "b.jsonl", "out/data.jsonl")
    #expect(run.status == 1, "\(run)")
    #expect(run.errors.contains("r4: Anna says b; Ben says the given label"), "\(run)")
    #expect(!emend.names(in: "out").contains { $0.contains("decided") })
  }

  @Test func decisionsThatFitNothingAreNamed() throws {
    try emend.write(
      decide([(4, "change", "b", by: "")])
        + "{\"id\": \"r5\", \"text\": \"another text\", \"decision\": \"keep\"}\n"
        + "{\"id\": \"r99\", \"text\": \"t99\", \"decision\": \"keep\"}\n", to: "d.jsonl")
    let run = try emend.run("apply", "d.jsonl", "out/data.jsonl", "--json")
    #expect(run.status == 3, "\(run)")
    #expect(run.errors.contains("r5: not applied: the decision is about another text"), "\(run)")
    #expect(run.errors.contains("r99: not applied: no record has this id"), "\(run)")
    #expect(run.text.contains("\"changed\": 1, \"kept\": 0, \"neither\": 0, \"refused\": 2"))
    try emend.write(
      "{\"id\": \"r99\", \"text\": \"t99\", \"decision\": \"keep\"}\n", to: "none.jsonl")
    let none = try emend.run("apply", "none.jsonl", "out/data.jsonl")
    #expect(none.status == 1 && none.errors.contains("no decision fits a record"), "\(none)")
    let input = try emend.run("apply", "d.jsonl", "data.jsonl")
    #expect(input.status == 1, "\(input)")
  }

  /// The files beside the output are those of its run, or nothing is written.
  @Test func filesOfAnotherRunAreRefused() throws {
    try emend.write(decide([(4, "change", "b", by: "Anna")]), to: "d.jsonl")
    func expectRefusal(_ message: String) throws {
      let run = try emend.run("apply", "d.jsonl", "out/data.jsonl")
      #expect(run.status == 1 && run.errors.contains(message), "\(run)")
      #expect(!emend.names(in: "out").contains { $0.contains("decided") })
    }
    let (output, rejected) = (
      try emend.read("out/data.jsonl"), try emend.read("out/data.rejected.jsonl")
    )
    try emend.write(output + Array("\n".utf8), to: "out/data.jsonl")
    try expectRefusal("this is not the file that the run's report")
    try emend.write(output, to: "out/data.jsonl")
    try emend.write(rejected + Array("\n".utf8), to: "out/data.rejected.jsonl")
    try expectRefusal("these are not the rejected lines")
    try emend.write(rejected, to: "out/data.rejected.jsonl")
    let report = try emend.read("out/data.report.json")
    try emend.write("{", to: "out/data.report.json")
    try expectRefusal("this is no report of emend, or it is damaged")
    let revert = try emend.run("revert", "out/data.jsonl")
    #expect(revert.status == 1 && revert.output.isEmpty, "\(revert)")
    #expect(revert.errors.contains("or it is damaged; put the right one there"), "\(revert)")
    try emend.write(report, to: "out/data.report.json")
    #expect(try emend.run("apply", "d.jsonl", "out/data.jsonl").status == 0)
    let written = try emend.object("out/data.decided.report.json")["output"] as? [String: Any]
    #expect(written?["suffix"] as? String == ".jsonl")
    // A folder is no place for a page.
    let page = try emend.run("report", "out/data.jsonl", "--to", "out")
    #expect(page.status == 1 && page.errors.contains("name a file with --to"), "\(page)")
  }

  /// In columns, a record that was set aside stays in the output.
  @Test func decisionsAreAppliedToColumnsWithARejectedRow() throws {
    let texts = (0..<30).map { $0 == 7 ? "[]" : "\"t\($0)\"" }.joined(separator: ", ")
    let vectors = (0..<30).map { "[\($0 % 2 == 0 ? 1 : -1), 0.\($0 + 10)]" }.joined(separator: ", ")
    let labels = (0..<30).map { $0 % 2 == 0 ? "\"a\"" : "\"b\"" }.joined(separator: ", ")
    try emend.write(
      "{\"text\": [\(texts)], \"vector\": [\(vectors)], \"label\": [\(labels)]}\n", to: "c.json")
    let run = try emend.run("run", "c.json", "--outbox", "columns", "--quiet")
    #expect(run.status == 3, "\(run)")
    try emend.write(
      "{\"id\": \"5\", \"content_sha256\": \"\(digest(4))\", \"decision\": \"change\", \"label\": \"b\"}\n",
      to: "d.jsonl")
    let applied = try emend.run("apply", "d.jsonl", "columns/c.json")
    #expect(applied.status == 0, "\(applied)")
    #expect(try emend.run("revert", "columns/c.decided.json").output == emend.read("c.json"))
  }
}
