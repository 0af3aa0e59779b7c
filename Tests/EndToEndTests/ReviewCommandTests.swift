import Foundation
import Testing

/// `emend review` in the terminal, and what it refuses. ReviewServerTests tests the page.
@Suite struct ReviewCommandTests {
  let emend: Emend

  init() throws {
    emend = try Emend()
    // Vectors of two groups, so that nothing needs the encoder; r2 and r3 have the other group's label.
    let lines = (0..<40).map { index in
      let label = index == 2 || index == 3 ? (index == 3 ? "a" : "b") : index % 2 == 0 ? "a" : "b"
      let side = index % 2 == 0 ? 1.0 : -1.0
      return
        "{\"id\": \"r\(index)\", \"text\": \"t\(index)\\u001B[31m\", \"vector\": [\(side), 0.\(index + 10)], \"label\": \"\(label)\"}"
    }
    try emend.write(lines.joined(separator: "\n") + "\n", to: "data.jsonl")
    let run = try emend.run(
      "run", "data.jsonl", "--outbox", "out", "--quiet", "--mode", "suggest", "--audit", "5")
    try #require(run.status == 0, "\(run)")
  }

  private func review(_ input: String, _ more: String...) throws -> Emend.Outcome {
    try emend.start(
      ["review", "out/data.jsonl", "--terminal", "--by", "Anna"] + more, input: Array(input.utf8)
    ).finish()
  }

  private var decisions: [[String: Any]] {
    get throws { try emend.objects("out/data.decisions.jsonl") }
  }

  @Test func answersAreKeptAndAppliedAndTheReviewGoesOn() throws {
    let first = try review("m why\na\nu\nx\nl c\nk\nq\n")
    #expect(first.status == 0, "\(first)")
    #expect(first.text.contains("No record has the label \"c\""), "\(first)")
    #expect(first.text.contains("\"x\" is no answer"), "\(first)")
    #expect(!first.text.contains("\u{1B}"), "a text of the dataset steers the terminal")
    #expect(first.text.contains("emend apply out/data.decisions.jsonl out/data.jsonl"), "\(first)")
    var written = try decisions
    #expect(written.map { $0["decision"] as? String } == ["change", "skip", "keep"])
    #expect(written[0]["note"] as? String == "why" && written[2]["note"] == nil)
    #expect(written.allSatisfy { $0["by"] as? String == "Anna" })
    // The next time it goes on behind what is decided.
    let second = try review("a\n" + String(repeating: "k\n", count: 40))
    #expect(second.status == 0 && second.text.contains("nothing is left"), "\(second)")
    written = try decisions
    let last = Dictionary(
      written.map { ($0["id"] as? String ?? "", $0["decision"] as? String) },
      uniquingKeysWith: { $1 })
    #expect(!last.values.contains("skip"))
    let third = try review("k\n")
    #expect(third.status == 0 && third.text.contains("nothing is left"), "\(third)")
    #expect(try decisions.count == written.count)
    let applied = try emend.run("apply", "out/data.decisions.jsonl", "out/data.jsonl")
    #expect(applied.status == 0, "\(applied)")
  }

  @Test func whatOneSkippedComesAgainAtTheEndAndTheNextTime() throws {
    // All suspects are skipped, and in the next round again: then the review ends, and nothing is decided.
    let count = try review("q\n").text.matches(of: /of (\d+)\]/).first.flatMap { Int($0.output.1) }
    let suspects = try #require(count)
    let skipped = try review(String(repeating: "s\n", count: 2 * suspects + 5))
    #expect(skipped.text.components(separatedBy: "again.").count == 2, "\(skipped)")
    #expect(skipped.text.contains("start again to see"), "\(skipped)")
    // The next time they are shown at once, and can be decided.
    let second = try review("k\ns\n" + String(repeating: "k\n", count: suspects))
    #expect(second.text.contains("What is left you skipped"), "\(second)")
    #expect(second.text.contains("nothing is left"), "\(second)")
  }

  @Test func anAuditIsBlindAndKeepsHowRecordsWereDrawn() throws {
    let audit = try emend.objects("out/data.audit.jsonl")
    let run = try review(
      String(repeating: "k\n", count: audit.count), "--audit", "out/data.audit.jsonl")
    #expect(run.status == 0, "\(run)")
    for word in ["perhaps", "likely", "near:", "probability"] {
      #expect(!run.text.contains(word), "\(word)")
    }
    let written = try decisions
    #expect(written.map { $0["id"] as? String } == audit.map { $0["id"] as? String })
    for (decision, entry) in zip(written, audit) {
      #expect(decision["sampled"] as? NSDictionary == entry["sampled"] as? NSDictionary)
    }
    let again = try emend.run(
      "run", "data.jsonl", "--outbox", "again", "--reviewed", "out/data.decisions.jsonl")
    #expect(again.status == 0, "\(again)")
  }

  @Test func aBudgetCountsWhatWasDecidedBefore() throws {
    #expect(try review("k\nk\nk\n", "--budget", "1").status == 0)
    #expect(try decisions.count == 1)
    let again = try review("k\n", "--budget", "1")
    #expect(again.text.contains("1 record of 1 decided; nothing is left"), "\(again)")
    #expect(try decisions.count == 1)
  }

  @Test func whatCannotBeReviewedIsSaidInASentence() throws {
    func message(_ arguments: String...) throws -> String {
      let run = try emend.start(["review"] + arguments).finish()
      #expect(run.status != 0, "\(arguments)")
      return run.errors
    }
    #expect(try message("data.jsonl", "--terminal").contains("data.report.json: there is none"))
    try emend.write(emend.text("out/data.jsonl") + "\n", to: "out/edited.jsonl")
    try emend.write(emend.text("out/data.report.json"), to: "out/edited.report.json")
    #expect(try message("out/edited.jsonl", "--terminal").contains("this is not the file that"))
    #expect(
      try message("out/data.jsonl", "--terminal", "--show", "replaced").contains(
        "the run replaced no label"))
    #expect(
      try message("out/data.jsonl", "--terminal", "--audit", "data.jsonl").contains("data.jsonl"))
    #expect(try message("out/data.jsonl", "--by", "Anna").contains("--by is for --terminal"))
    try emend.write("no decision\n", to: "out/data.decisions.jsonl")
    #expect(try message("out/data.jsonl", "--terminal").contains("data.decisions.jsonl"))
    #expect(try emend.text("out/data.decisions.jsonl") == "no decision\n")
  }
}
