import Foundation
import Testing

/// `emend diff`: what changed between two outputs.
@Suite struct DiffTests {
  let emend: Emend

  init() throws {
    emend = try Emend()
    try emend.write(Samples.file(Samples.vectors(60)), to: "data.jsonl")
  }

  @Test func twoRunsOfOneFileSayTheSame() throws {
    for outbox in ["one", "two"] {
      #expect(try emend.run("run", "data.jsonl", "--outbox", outbox, "--quiet").status == 0)
    }
    let same = try emend.run("diff", "one/data.jsonl", "two/data.jsonl")
    #expect(same.status == 0 && same.text.contains("both say the same about all 60"), "\(same)")
  }

  /// Such passages have no member of their own, so their results are in the record's.
  @Test func passagesInListsByLabelAreCompared() throws {
    func line(_ credibility: Double) -> String {
      let rest = "\"relevance\": 0.5, \"utility\": 0.5, \"useful\": true"
      return
        #"{"query": "q", "pos": ["a"], "neg": ["b"], "emend": {"answer": null, "scorer": "extractive", "#
        + #""soft_label": {"pos[0]": 1.0}, "passages": [{"id": "pos[0]", "#
        + "\(rest), \"credibility\": \(credibility), \"flagged\": \(credibility < 0.5), \"label\": 1}, "
        + "{\"id\": \"neg[0]\", \(rest), \"credibility\": 0.9, \"flagged\": false, \"label\": 0}]}}\n"
    }
    try emend.write(line(0.9), to: "one.jsonl")
    try emend.write(line(0.1), to: "two.jsonl")
    let run = try emend.run("diff", "one.jsonl", "two.jsonl")
    #expect(run.status == 0 && run.text.contains("two.jsonl: 2 judged, 1 flagged"), "\(run)")
  }

  @Test func changedLabelsAndLinesAreNamed() throws {
    #expect(try emend.run("run", "data.jsonl", "--outbox", "one", "--quiet").status == 0)
    var lines = try emend.text("data.jsonl").split(separator: "\n").map(String.init)
    let first = try #require(
      JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
    let given = try #require(first["label"] as? String)
    lines[0] = lines[0].replacing("\"label\": \"\(given)\"", with: "\"label\": \"<b>odd</b>\"")
    lines.removeLast()
    try emend.write(lines.joined(separator: "\n") + "\n", to: "data.jsonl")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "two", "--quiet").status == 0)
    let run = try emend.run(
      "diff", "one/data.jsonl", "two/data.jsonl", "--json", "--html", "page.html")
    #expect(run.status == 0, "\(run)")
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(run.output)) as? [String: Any])
    let counts = try #require(object["counts"] as? [String: Int])
    #expect(counts["given"] == 1 && counts["removed"] == 1 && counts["added"] == nil, "\(counts)")
    let page = try emend.text("page.html")
    #expect(page.contains("&lt;b&gt;odd&lt;/b&gt;") && !page.contains("<b>odd"))
    // Nothing is overwritten, and an input without results is no output.
    for (arguments, message) in [
      (
        ["one/data.jsonl", "two/data.jsonl", "--html", "page.html"], "there is such a file already"
      ),
      (["data.jsonl", "two/data.jsonl"], "no record has a result"),
    ] {
      let refused = try emend.start(["diff"] + arguments).finish()
      #expect(refused.status == 1 && refused.errors.contains(message), "\(refused)")
    }
  }
}
