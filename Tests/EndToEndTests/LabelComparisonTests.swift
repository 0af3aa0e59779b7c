import Foundation
import Testing
import UnrulyServer

/// Labels that a language model at a server compares.
@Suite("Comparison of labels") struct LabelComparisonTests {
  /// Lines with text and vector; every sixth has the wrong label.
  private static let file: [UInt8] = {
    var dice = Samples.Dice(state: 7)
    return Samples.file(
      (0..<240).map { index in
        let kind = index % 2
        let label = index % 6 == 5 ? 1 - kind : kind
        return "{\"text\": \"number \(index) is of kind \(kind)\", \"label\": \"c\(label)\", "
          + "\"vector\": \(Samples.vector(kind, of: 2, dimension: 8, &dice))}"
      })
  }()

  /// Replies with the letter of the right label.
  private static func reply(to request: UnrulyServer.Request) -> UnrulyServer.Action {
    guard request.line.hasPrefix("POST") else { return .answer(#"{"data":[{"id":"small"}]}"#) }
    let kind = request.body.contains("kind 0") ? 0 : 1
    return .reply(request.body.contains("<label A>\\n| c\(kind)\\n") ? "A" : "B")
  }

  @Test("a model that is right replaces labels; a second run asks nothing again")
  func replaces() throws {
    let emend = try Emend()
    let server = try UnrulyServer { _, request in Self.reply(to: request) }
    try emend.write(Self.file, to: "t.jsonl")
    try emend.write(
      "compare_labels: 160\nutility: {server: {address: \"\(server.base)\", model: small}}\n",
      to: "rules/default.yaml")
    let check = try emend.run("check", "t.jsonl")
    #expect(check.text.contains("asks the language model at most 160 questions about labels"))
    let outcome = try emend.run("run", "t.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    let asked = server.requests.count { $0.line.hasPrefix("POST") }
    #expect(asked > 60 && asked <= 160)
    let results = try emend.results("out/t.jsonl")
    let corrected = results.indices.filter { results[$0]["action"] as? String == "corrected" }
    #expect(corrected.count >= 20 && corrected.allSatisfy { $0 % 6 == 5 })
    #expect(
      results[corrected[0]]["reason"] as? String
        == "the evidence and the language model agree")
    let facts = try #require(
      try emend.object("out/t.report.json")["comparison"] as? [String: Any])
    #expect(facts["open"] as? Bool == true && facts["questions"] as? Int == asked)
    #expect(facts["accuracy"] as? Double == 1)
    #expect(outcome.text.contains("The language model is independent evidence"))
    #expect(try emend.run("revert", "out/t.jsonl").output == Self.file)

    #expect(try emend.run("run", "t.jsonl", "--outbox", "again", "--threads", "1").status == 0)
    #expect(server.requests.count { $0.line.hasPrefix("POST") } == asked)
    #expect(try emend.read("again/t.jsonl") == emend.read("out/t.jsonl"))
    // The flag overrides the rules.
    #expect(
      try emend.run("run", "t.jsonl", "--outbox", "off", "--compare-labels", "0").status == 0)
    #expect(try emend.object("off/t.report.json")["comparison"] == nil)
  }

  @Test("a number of questions that cannot be is refused in one sentence")
  func wrongNumber() throws {
    let emend = try Emend()
    try emend.write(Self.file, to: "t.jsonl")
    let outcome = try emend.run("run", "t.jsonl", "--compare-labels", "20")
    #expect(outcome.status == 64)
    #expect(
      outcome.errors.contains(
        "--compare-labels is a number of questions from 80 to 2000, or 0 to ask none."))
  }
}
