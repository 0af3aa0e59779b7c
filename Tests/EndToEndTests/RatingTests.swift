import Foundation
import Testing
import UnrulyServer

/// The quality of texts, as a language model rates it.
@Suite("Ratings") struct RatingTests {
  private static let criteria = [
    "accuracy", "coherence", "language consistency", "semantic density", "knowledge novelty",
    "topic focus", "creativity", "professionalism", "style consistency", "grammatical diversity",
    "structural standardisation", "originality", "sensitivity", "overall",
  ]

  private static let file = """
    {"id": "a", "text": "A fine text on law.", "label": "x"}
    {"id": "b", "text": "gibberish", "label": "x"}
    {"id": "c", "text": "Another fine text.", "label": "y"}
    {"query": "who", "passages": [{"text": "Nobody."}]}

    """

  /// Rates every text 4, and refuses to rate the text "gibberish".
  private static func reply(to request: UnrulyServer.Request) -> UnrulyServer.Action {
    guard request.line.hasPrefix("POST") else { return .answer(#"{"data":[{"id":"small"}]}"#) }
    guard !request.body.contains("gibberish") else { return .reply("I would rather not.") }
    let lines = criteria.map { "\($0): 4" } + ["domain: law"]
    return .reply(lines.joined(separator: "\\n"))
  }

  @Test(
    "every text has ratings or a reason without; by default no rating is asked for",
    arguments: [true, false])
  func ratings(byFlag: Bool) throws {
    let emend = try Emend()
    let server = try UnrulyServer { _, request in Self.reply(to: request) }
    try emend.write(Self.file, to: "t.jsonl")
    let address = "server: {address: \"\(server.base)\", model: small}"
    try emend.write(
      "utility: {\(address)}\n" + (byFlag ? "" : "rate: true\n"), to: "rules/default.yaml")
    let outcome =
      byFlag
      ? try emend.run("run", "t.jsonl", "--outbox", "out", "--rate")
      : try emend.run("run", "t.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    let results = try emend.results("out/t.jsonl")
    let first = try #require(results[0]["rating"] as? [String: Any])
    #expect(first.count == 15 && first["domain"] as? String == "law")
    #expect(first["accuracy"] as? Int == 4 && first["language_consistency"] as? Int == 4)
    let second = try #require(results[1]["rating"] as? [String: Any])
    let reason = try #require(second["failure"] as? String)
    #expect(second.count == 1 && reason.contains("none of the 14 criteria is rated"))
    #expect(results[3]["rating"] == nil)
    let report = try emend.object("out/t.report.json")
    let facts = try #require(report["rating"] as? [String: Any])
    #expect(facts["rated"] as? Int == 2 && (facts["domains"] as? [String: Int]) == ["law": 2])
    #expect((facts["failures"] as? [String: Int]) == ["unreadable": 1])
    #expect((facts["means"] as? [String: Double])?["overall"] == 4)
    #expect(outcome.text.contains("2 texts rated by the language model; 1 has no rating"))
    #expect(try emend.run("revert", "out/t.jsonl").text == Self.file)

    try emend.write("utility: {\(address), scorer: judge}\n", to: "rules/default.yaml")
    let before = server.requests.count
    try emend.write(
      Self.file.split(separator: "\n").prefix(3).joined(separator: "\n"), to: "u.jsonl")
    #expect(try emend.run("run", "u.jsonl", "--outbox", "off").status == 0)
    #expect(server.requests.count == before)
    #expect(try emend.results("off/u.jsonl").allSatisfy { $0["rating"] == nil })
  }

  @Test("if the model is missing, the file fails before any work") func missingModel() throws {
    let emend = try Emend()
    try emend.write(Self.file, to: "t.jsonl")
    try emend.write("utility: {model: no-such-model}\n", to: "rules/default.yaml")
    let outcome = try emend.run("run", "t.jsonl", "--outbox", "out", "--rate")
    #expect(outcome.status == 1 && outcome.errors.contains("no-such-model"), "\(outcome)")
    #expect(emend.names(in: "out").isEmpty)
  }
}
