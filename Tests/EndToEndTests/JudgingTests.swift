import Foundation
import Synchronization
import TestSupport
import Testing
import UnrulyServer

/// Passages that a language model judges: one behind a server of the tests' own, and one in the
/// process.
@Suite("Judging") struct JudgingTests {
  private static let file = """
    {"id": "hut", "query": "Who built the hut?", "passages": [{"id": "a", "text": "Ann Lee built the hut; gold.", "label": 0}, {"id": "b", "text": "The hut stands by the lake.", "label": 0}, {"id": "c", "text": "Soup is eaten with a spoon.", "label": 0}]}
    {"id": "lake", "query": "How deep is the lake?", "answers": ["Forty metres"], "passages": [{"id": "a", "text": "The lake is forty metres deep; gold."}, {"id": "b", "text": "How deep the lake is, nobody measured."}]}

    """

  private func rules(_ server: UnrulyServer, _ more: String = "") -> String {
    "utility: {server: {address: \"\(server.base)\", model: small\(more)}}\n"
  }

  @Test("a server's selection and answer are in the output, and each question is asked once")
  func serverJudges() throws {
    let emend = try Emend()
    let server = try UnrulyServer { _, request in ScriptedReplies.reply(to: request) }
    try emend.write(Self.file, to: "q.jsonl")
    try emend.write(rules(server), to: "rules/default.yaml")
    let outcome = try emend.run("run", "q.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    let lines = try emend.objects("out/q.jsonl")
    let own = try emend.results("out/q.jsonl")
    #expect(own.map { $0["scorer"] as? String } == ["judge", "judge"])
    #expect(own.map { $0["answer"] as? String } == ["It was Ann Lee.", "Forty metres"])
    #expect(own.map { $0["answer_source"] as? String } == ["generated", "given"])
    let passages = try lines.map { line in
      try #require(line["passages"] as? [[String: Any]]).map {
        try #require($0["emend"] as? [String: Any])
      }
    }
    #expect(passages[0].map { $0["useful"] as? Bool } == [true, false, false])
    let judged = passages[0].map { ($0["signals"] as? [String: Double])?["judge"] }
    // The texts decide about the third passage, so the judge does not see it.
    #expect(judged == [1, 0.5, nil])
    #expect(!server.requests.contains { $0.body.contains("spoon") })
    let utility = try passages[0].map { try #require($0["utility"] as? Double) }
    try emend.write("utility: {scorer: extractive}\n", to: "texts/default.yaml")
    #expect(try emend.run("run", "q.jsonl", "--outbox", "alone", "--rules", "texts").status == 0)
    let alone = try #require(
      emend.objects("alone/q.jsonl").first?["passages"] as? [[String: Any]]
    ).map { try #require(($0["emend"] as? [String: Any])?["utility"] as? Double) }
    #expect(utility[0] > alone[0] && utility[1] < alone[1] && utility[2] == alone[2])
    let report = try emend.object("out/q.report.json")
    let retrieval = try #require(report["retrieval"] as? [String: Any])
    let judging = try #require(retrieval["judging"] as? [String: Any])
    #expect(retrieval["scorer"] as? String == "judge" && judging["calls"] as? Int == 5)
    #expect(
      judging["without_judgement"] as? Int == 0 && judging["selection"] as? String == "selection")
    #expect((judging["prompts"] as? [String: String])?["answer"] == "2")
    // The labels say that nothing is useful, and the judge chose one of the two passages that it saw.
    let agreement = try #require(judging["agreement"] as? [String: Any])
    #expect(agreement["passages"] as? Int == 2 && agreement["share"] as? Double == 0.5)
    #expect(outcome.text.contains("agrees with 50 % of 2 given labels"), "\(outcome)")
    let tokens = try #require(judging["tokens"] as? [String: Any])
    #expect(tokens["prompts"] as? Int ?? 0 > 100 && tokens["are_estimated"] as? Bool == true)
    let logOdds = try #require(judging["log_odds"] as? [String: Double])
    #expect(logOdds["selected"] ?? 0 > logOdds["related"] ?? 0)
    #expect(logOdds["related"] ?? 0 > logOdds["rejected"] ?? 0)

    let before = server.requests.count
    #expect(before == 6)  // One request for the list of models, and five questions.
    #expect(outcome.text.contains("sent to the server in this run: 5 requests with texts"))
    let notes = try #require(report["notes"] as? [String])
    #expect(
      notes.contains {
        $0.hasPrefix("texts were sent to ")
          && $0.hasSuffix("an earlier one whose replies were kept")
      }, "\(notes)")
    let again = try emend.run("run", "q.jsonl", "--outbox", "again")
    #expect(again.status == 0)
    #expect(
      again.text.contains("sent to the server in this run: no request with texts"), "\(again)")
    #expect(server.requests.count == before + 1)
    let line = try emend.run("run", "q.jsonl", "--outbox", "json", "--json").text
    #expect(line.contains("\"requests_with_texts\":0"), "\(line)")
    #expect(try emend.read("again/q.jsonl") == emend.read("out/q.jsonl"))
    #expect(try emend.read("again/q.report.json") == emend.read("out/q.report.json"))
    #expect(try emend.run("revert", "out/q.jsonl").text == Self.file)
  }

  @Test(
    "where the texts decide everything, nothing is sent, and the report does not say that it was")
  func nothingIsSent() throws {
    let emend = try Emend()
    let server = try UnrulyServer { _, request in ScriptedReplies.reply(to: request) }
    // Passages without a text are not asked about.
    let passages = ["", " "].map { "{\"text\": \"\($0)\"}" }
    try emend.write(
      "{\"query\": \"Who built the hut?\", \"passages\": [\(passages.joined(separator: ", "))]}\n",
      to: "q.jsonl")
    try emend.write(rules(server), to: "rules/default.yaml")
    let outcome = try emend.run("run", "q.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(server.requests.count == 1, "only the list of models was asked for")
    #expect(outcome.text.contains("in this run: no request with texts"), "\(outcome)")
    #expect(try !emend.text("out/q.report.json").contains("texts were sent"))
  }

  @Test(
    "if the server fails, the scores from texts are published, and the output states the failure")
  func failuresAreVisible() throws {
    let emend = try Emend()
    let server = try UnrulyServer { _, request in
      request.body.contains("deep")
        ? .answer(status: "400 Bad Request", #"{"error":{"message":"no such grammar"}}"#)
        : ScriptedReplies.reply(to: request)
    }
    try emend.write(Self.file, to: "q.jsonl")
    try emend.write(rules(server), to: "rules/default.yaml")
    let outcome = try emend.run("run", "q.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    let own = try emend.results("out/q.jsonl")
    #expect(own.map { $0["scorer"] as? String } == ["judge", "extractive"])
    #expect((own[1]["reason"] as? String)?.contains("no such grammar") == true)
    #expect(outcome.text.contains("1 query has no judgement"), "\(outcome)")
    #expect(outcome.errors.contains("rejected"), "\(outcome)")
    let report = try emend.object("out/q.report.json")
    let judging = try #require(
      (report["retrieval"] as? [String: Any])?["judging"] as? [String: Any])
    #expect(judging["without_judgement"] as? Int == 1)
    #expect((judging["failures"] as? [String: Int])?["rejected"] == 2)

    // Failures are not cached: a server that works again is asked again.
    let mended = try UnrulyServer { _, request in ScriptedReplies.reply(to: request) }
    try emend.write(rules(mended), to: "rules/default.yaml")
    #expect(try emend.run("run", "q.jsonl", "--outbox", "mended").status == 0)
    #expect(try emend.results("mended/q.jsonl").allSatisfy { $0["scorer"] as? String == "judge" })
  }

  @Test("a server that may not be asked, or has another model, fails the file before any work")
  func serverCannotBeUsed() throws {
    let emend = try Emend()
    try emend.write(Self.file, to: "q.jsonl")
    let server = try UnrulyServer { _, request in ScriptedReplies.reply(to: request) }
    try emend.write(
      rules(server).replacingOccurrences(of: "model: small", with: "model: large"),
      to: "rules/default.yaml")
    let other = try emend.run("run", "q.jsonl", "--outbox", "out")
    #expect(other.status == 1 && other.errors.contains("not the model large"), "\(other)")
    try emend.write(
      "utility: {server: {address: \"http://192.0.2.1/v1\", model: small}}\n",
      to: "rules/default.yaml")
    let remote = try emend.run("run", "q.jsonl", "--outbox", "out")
    #expect(remote.status == 1 && remote.errors.contains("texts would leave it"), "\(remote)")
    #expect(emend.names(in: "out").isEmpty)
  }

  @Test("in the watched folder a file waits while the server does not answer, and is then judged")
  func waitsForAServer() throws {
    let emend = try Emend()
    let isDown = Mutex(true)
    let server = try UnrulyServer { _, request in
      isDown.withLock { $0 } ? .send("") : ScriptedReplies.reply(to: request)
    }
    try emend.write(rules(server), to: "rules/default.yaml")
    let daemon = try emend.watchUntilReady("--rules", "rules")
    try emend.drop(Array(Self.file.utf8), as: "q.jsonl")
    try emend.until("the file waits", of: daemon) {
      emend.metrics()["emend_retries_total"] ?? 0 >= 1
    }
    #expect(emend.names(in: "out").isEmpty && emend.names(in: "inbox/failed").isEmpty)
    isDown.withLock { $0 = false }
    try emend.untilDone("q.jsonl", of: daemon)
    try daemon.stop()
    #expect(try emend.results("out/q.jsonl").allSatisfy { $0["scorer"] as? String == "judge" })
    #expect(emend.names(in: "inbox/failed").isEmpty)
  }

  @Test("the user's own prompts are used, and their errors have file and line")
  func ownPrompts() throws {
    let emend = try Emend()
    let server = try UnrulyServer { _, request in ScriptedReplies.reply(to: request) }
    try emend.write(Self.file, to: "q.jsonl")
    try emend.write(
      "utility: {prompts: {answer: mine/answer.txt}, server: {address: \"\(server.base)\", model: small}}\n",
      to: "rules/default.yaml")
    try emend.write("version: 2\n--- user\n{passages}\n{querry}\n", to: "rules/mine/answer.txt")
    let wrong = try emend.run("check", "q.jsonl")
    #expect(wrong.status == 1 && wrong.errors.contains("rules/mine/answer.txt:4"), "\(wrong)")
    #expect(wrong.errors.contains("{querry} means nothing here"))

    try emend.write(
      "version: mine\n--- user\n{passages}\n{query}\nWhat now?\n", to: "rules/mine/answer.txt")
    #expect(try emend.run("run", "q.jsonl", "--outbox", "out").status == 0)
    #expect(server.requests.contains { $0.body.contains("What now?") })
    let report = try emend.object("out/q.report.json")
    let judging = try #require(
      (report["retrieval"] as? [String: Any])?["judging"] as? [String: Any])
    let version = try #require((judging["prompts"] as? [String: String])?["answer"])
    #expect(version.hasPrefix("mine ") && version.count == "mine ".count + 64)
  }

  @Test("a model in the process judges; the same bytes on any threads, cached or not", .full)
  func localModelJudges() throws {
    let emend = try Emend()
    // The model in the process writes slowly, so the test has one query only.
    let line = try #require(Self.file.split(separator: "\n").last)
    try emend.write("\(line)\n", to: "q.jsonl")
    try emend.write("utility: {scorer: judge}\n", to: "rules/default.yaml")
    let outcome = try emend.run("run", "q.jsonl", "--outbox", "out", "--threads", "2")
    #expect(outcome.status == 0, "\(outcome)")
    let report = try emend.object("out/q.report.json")
    let retrieval = try #require(report["retrieval"] as? [String: Any])
    #expect(retrieval["scorer"] as? String == "judge")
    let calls = try #require((retrieval["judging"] as? [String: Any])?["calls"] as? Int)
    #expect(calls >= 1)
    #expect(
      try emend.run("run", "q.jsonl", "--outbox", "anew", "--no-cache", "--threads", "1").status
        == 0)
    #expect(try emend.run("run", "q.jsonl", "--outbox", "again").status == 0)
    for folder in ["anew", "again"] {
      #expect(try emend.read("\(folder)/q.jsonl") == emend.read("out/q.jsonl"))
      #expect(try emend.read("\(folder)/q.report.json") == emend.read("out/q.report.json"))
    }
  }
}

/// The replies of a model that selects as relevant each passage with "hut" or "lake", and as useful
/// each with "gold".
private enum ScriptedReplies {
  private struct Body: Decodable {
    struct Message: Decodable {
      let role: String
      let content: String
    }
    let messages: [Message]
  }

  static func reply(to request: UnrulyServer.Request) -> UnrulyServer.Action {
    guard request.line.hasPrefix("POST") else { return .answer(#"{"data":[{"id":"small"}]}"#) }
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(request.body.utf8)),
      let user = body.messages.last?.content
    else { return .answer(status: "400 Bad Request", "{}") }
    let passages = user.components(separatedBy: "<passage ").dropFirst()
      .map { $0.components(separatedBy: "</passage")[0] }
    func selection(_ isSelected: (String) -> Bool) -> UnrulyServer.Action {
      let numbers = passages.enumerated().filter { isSelected($1) }.map { "[\($0.offset + 1)]" }
      return .reply("My selection:[\(numbers.joined(separator: ","))]")
    }
    if user.contains("give information about what the question asks") {
      return selection { $0.contains("hut") || $0.contains("lake") }
    }
    if user.contains("state the right answer") { return selection { $0.contains("gold") } }
    return .reply("It was Ann Lee.")
  }
}
