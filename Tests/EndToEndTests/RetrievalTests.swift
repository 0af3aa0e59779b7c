import Foundation
import TestSupport
import Testing

/// Queries with passages, repaired by the real program.
@Suite("Queries with passages", .serialized) struct RetrievalTests {
  private static let texts = "match: \"*\"\nutility: {scorer: extractive}\n"

  private func sample() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: Emend.package.appending(path: "samples/questions.jsonl")))
  }

  private func passages(_ line: [String: Any]) throws -> [[String: Any]] {
    try #require(line["passages"] as? [[String: Any]]).map {
      try #require($0["emend"] as? [String: Any])
    }
  }

  private func lines(_ emend: Emend, _ name: String) throws -> [[String: Any]] {
    try emend.text(name).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test("the sample's useful passages are found, and undoing gives its bytes")
  func sampleIsScored() throws {
    let emend = try Emend()
    let input = try sample()
    try emend.write(input, to: "questions.jsonl")
    try emend.write(Self.texts, to: "rules/default.yaml")
    let outcome = try emend.run("run", "questions.jsonl", "--outbox", "out", "--threads", "1")
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.text.contains("84  passages of 20 queries"))
    var labelled = 0
    var found = 0
    for line in try lines(emend, "out/questions.jsonl") {
      let results = try passages(line)
      let own = try #require(line["emend"] as? [String: Any])
      #expect(own["scorer"] as? String == "extractive")
      let shares = try #require(own["soft_label"] as? [String: Double])
      #expect(abs(shares.values.reduce(0, +) - 1) < 1e-9)
      for result in results {
        for name in ["relevance", "utility"] {
          #expect((0...1).contains(try #require(result[name] as? Double)))
        }
      }
      let given = try #require(line["passages"] as? [[String: Any]])
      guard let positive = given.firstIndex(where: { $0["label"] as? Int == 1 }) else { continue }
      labelled += 1
      let utility = results.compactMap { $0["utility"] as? Double }
      if utility[positive] == utility.max() { found += 1 }
    }
    // Labels of three queries are wrong on purpose; picking at random finds about a quarter.
    #expect(labelled == 18 && found >= 12, "\(found) of \(labelled)")
    let suspects = try lines(emend, "out/questions.jsonl").flatMap { line in
      try zip(try #require(line["passages"] as? [[String: Any]]), passages(line)).filter {
        $1["flagged"] as? Bool == true
      }.map { passage, _ in "\(line["id"] ?? "") \(passage["id"] ?? "")" }
    }
    #expect(
      suspects == [
        "q03 kettle-limescale", "q03 kettle-warranty", "q09 trail-length", "q09 trail-bus",
        "q16 bike-pressure", "q16 bike-brakes",
      ])

    #expect(
      try emend.run("run", "questions.jsonl", "--outbox", "two", "--threads", "2").status == 0)
    #expect(try emend.read("two/questions.jsonl") == emend.read("out/questions.jsonl"))
    #expect(try emend.read("two/questions.report.json") == emend.read("out/questions.report.json"))
    #expect(try emend.run("revert", "out/questions.jsonl").output == input)
  }

  @Test("training files are written on request, and a share out of range is an error")
  func exports() throws {
    let emend = try Emend()
    try emend.write(sample(), to: "questions.jsonl")
    try emend.write(Self.texts, to: "rules/default.yaml")
    let outcome = try emend.run(
      "run", "questions.jsonl", "--outbox", "out", "--export", "triplets", "--export", "qrels",
      "--export", "multi-positive", "--curriculum", "0.2")
    #expect(outcome.status == 0, "\(outcome)")
    let names = emend.names(in: "out")
    for suffix in [
      "triplets.jsonl", "multi-positive.jsonl", "qrels", "run", "corpus.jsonl", "queries.jsonl",
      "curriculum-1.jsonl", "curriculum-2.jsonl",
    ] {
      #expect(names.contains("questions.\(suffix)"), "\(names)")
      #expect(try !emend.read("out/questions.\(suffix)").isEmpty)
    }
    #expect(
      try emend.run("run", "questions.jsonl", "--outbox", "x", "--curriculum", "2").status == 64)
  }

  @Test("unusual queries are scored or have a reason, beside records of other kinds")
  func unusualQueries() throws {
    let emend = try Emend()
    let many = (0..<1000).map { "{\"text\": \"Passage \($0) of the hut.\"}" }.joined(separator: ",")
    let input = """
      {"query": "none", "passages": []}
      {"query": "one", "passages": [{"text": "Only one."}]}
      {"query": "empty", "passages": [{"text": ""}, {"text": " "}]}
      {"text": "a plain record", "label": "a"}
      {"query": "who built the hut", "passages": [\(many)]}
      {"text": "another plain record", "label": "b"}

      """
    try emend.write(input, to: "odd.jsonl")
    try emend.write(Self.texts, to: "rules/default.yaml")
    let outcome = try emend.run("run", "odd.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    let lines = try lines(emend, "out/odd.jsonl")
    func reason(_ index: Int) -> String? {
      (lines[index]["emend"] as? [String: Any])?["reason"] as? String
    }
    #expect(lines.count == 6 && reason(0) == "there are no passages")
    #expect(try passages(lines[1]).count == 1 && reason(1) == nil)
    #expect(reason(2) == "no passage has a text")
    #expect((lines[3]["emend"] as? [String: Any])?["action"] != nil)
    #expect(try passages(lines[4]).count == 1000)
    #expect(try emend.run("revert", "out/odd.jsonl").text == input)
  }

  @Test(
    "only the passage that is too long is marked as truncated, with answers or without",
    arguments: ["", ", \"answers\": [\"a\", \"b\"]"])
  func cutPassages(_ answers: String) throws {
    let emend = try Emend()
    let long = String(repeating: "The hut stands on a hill. ", count: 200)
    try emend.write(
      "{\"query\": \"where is the hut\", \"passages\": [{\"text\": \"Short.\"}, "
        + "{\"text\": \"\(long)\"}, {\"text\": \"Short too.\"}]\(answers)}\n", to: "long.jsonl")
    try emend.write(Self.texts, to: "rules/default.yaml")
    #expect(try emend.run("run", "long.jsonl", "--outbox", "out").status == 0)
    let results = try passages(lines(emend, "out/long.jsonl")[0])
    #expect(results.map { $0["truncated"] as? Bool ?? false } == [false, true, false])
  }

  @Test(
    "a language model scores the texts that it can, with the same bytes cached or not, on any threads"
  )
  func languageModel() throws {
    let emend = try Emend()
    try emend.write(
      """
      {"query": "When was the hut built?", "passages": [{"text": "The hut was built in summer."}, {"text": ""}, {"text": "The hut was built of wood."}]}
      {"query": "When was it built?", "passages": [{"text": "The house was finished in the thirties."}, {"text": "Some say that it is from 1931."}, {"text": "The house is large."}], "answers": ["1931", "in the thirties"]}
      {"query": "когда была построена хижина", "passages": [{"text": "Когда хижина была построена летом, шёл дождь."}, {"text": "Когда хижина была построена зимой, шёл снег."}, {"text": "Собаки лают."}]}
      {"query": "How deep is the lake?", "passages": [{"text": "The lake is forty metres deep."}, {"text": "Soup is eaten with a spoon."}]}

      """, to: "mixed.jsonl")
    try emend.write("utility: {scorer: likelihood}\n", to: "rules/default.yaml")
    #expect(try emend.run("run", "mixed.jsonl", "--outbox", "out").status == 0)
    let lines = try lines(emend, "out/mixed.jsonl")
    let own = try lines.map { try #require($0["emend"] as? [String: Any]) }
    #expect(
      own.map { $0["scorer"] as? String } == [
        "likelihood", "likelihood", "extractive", "extractive",
      ])
    #expect(own[0]["reason"] == nil && own[1]["reason"] == nil)
    #expect((own[2]["reason"] as? String)?.contains("language") == true)
    func signals(_ line: Int, _ passage: Int) throws -> [String: Double] {
      try #require(passages(lines[line])[passage]["signals"] as? [String: Double])
    }
    // Each is the only query of its kind, so its two passages are 1/√2 deviations above and below their mean.
    func isPair(_ first: Double?, _ second: Double?) -> Bool {
      first.map { first in second == -first && abs(abs(first) - 0.7071) < 0.0001 } ?? false
    }
    #expect(try isPair(signals(0, 0)["likelihood"], signals(0, 2)["likelihood"]))
    #expect(try signals(0, 1)["likelihood"] == nil && signals(1, 0)["likelihood"] == nil)
    #expect(try isPair(signals(1, 0)["answer_gain"], signals(1, 1)["answer_gain"]))
    #expect(try signals(2, 0)["likelihood"] == nil)
    // The texts decide the last query, so the model does not read it.
    #expect(own[3]["reason"] == nil)
    #expect(try signals(3, 0)["likelihood"] == nil)
    let report = try emend.object("out/mixed.report.json")
    let cascade = try #require(
      (report["retrieval"] as? [String: Any])?["cascade"] as? [String: Any])
    #expect(cascade["queries_spared"] as? Int == 1 && cascade["asked"] as? Int == 6)

    // A model starts slowly, and each of these runs starts it anew.
    guard Tier.isAll else { return }
    #expect(
      try emend.run("run", "mixed.jsonl", "--outbox", "anew", "--no-cache", "--threads", "1").status
        == 0)
    #expect(try emend.run("run", "mixed.jsonl", "--outbox", "again").status == 0)
    for folder in ["anew", "again"] {
      #expect(try emend.read("\(folder)/mixed.jsonl") == emend.read("out/mixed.jsonl"))
    }
  }

  @Test("--scorer overrides the rules, and a scorer that does not exist is a wrong call")
  func scorerFlag() throws {
    let emend = try Emend()
    try emend.write(
      #"{"query": "Where is the hut?", "passages": [{"text": "By the lake."}]}"# + "\n",
      to: "q.jsonl")
    // The rules ask for a model that is not there.
    try emend.write("utility: {scorer: judge, model: no-such-model}\n", to: "rules/default.yaml")
    #expect(try emend.run("run", "q.jsonl", "--outbox", "out").status == 1)
    let outcome = try emend.run("run", "q.jsonl", "--outbox", "out", "--scorer", "extractive")
    #expect(outcome.status == 0 && outcome.text.contains("Scored by extractive"), "\(outcome)")
    let wrong = try emend.run("run", "q.jsonl", "--outbox", "out", "--scorer", "guess")
    #expect(wrong.status == 64 && wrong.errors.contains("guess"), "\(wrong)")
  }

  @Test("a damaged file of a language model is an error with file and remedy")
  func damagedModel() throws {
    let emend = try Emend()
    // The texts leave it undecided, so the model is opened.
    try emend.write(
      #"{"query": "When was the hut built?", "passages": [{"text": "The hut was built in summer."}, {"text": "The hut was built of wood."}, {"text": "Soup is hot."}, {"text": "Dogs bark."}, {"text": "Trains run."}]}"#
        + "\n", to: "questions.jsonl")
    let files = FileManager.default
    let source = try Emend.home.get().appending(path: "models/SmolLM2-135M-Instruct")
    for name in try files.contentsOfDirectory(atPath: source.path) where name != "vocabulary.bin" {
      try emend.write("", to: "broken/\(name)")
      try files.removeItem(atPath: emend.path("broken/\(name)"))
      try files.createSymbolicLink(
        atPath: emend.path("broken/\(name)"),
        withDestinationPath: source.appending(path: name).resolvingSymlinksInPath().path)
    }
    var bytes = [UInt8](try Data(contentsOf: source.appending(path: "vocabulary.bin")))
    bytes[bytes.count / 2] ^= 1
    try emend.write(bytes, to: "broken/vocabulary.bin")
    try emend.write(
      "utility: {scorer: likelihood, model: \(emend.path("broken"))}\n", to: "rules/default.yaml")
    // A model's path counts only in rules that the command line names.
    let outcome = try emend.run("run", "questions.jsonl", "--outbox", "out", "--rules", "rules")
    #expect(outcome.status == 1 && outcome.errors.contains("vocabulary.bin"), "\(outcome)")
    #expect(outcome.errors.contains("not the file that was imported"), "\(outcome)")
    #expect(emend.names(in: "out").isEmpty)
  }

  @Test("a language model that rules name and that is missing is an error with its name")
  func missingModel()
    throws
  {
    let emend = try Emend()
    try emend.write(sample(), to: "questions.jsonl")
    try emend.write("utility: {model: no-such-model}\n", to: "rules/default.yaml")
    let outcome = try emend.run("run", "questions.jsonl", "--outbox", "out")
    #expect(outcome.status == 1 && outcome.errors.contains("no-such-model"), "\(outcome)")
    #expect(emend.names(in: "out").isEmpty)
  }

  @Test("names of members can be given on the command line") func ownNames() throws {
    let emend = try Emend()
    let line = """
      {"ask": "Where is the hut?", "docs": [{"key": "a", "body": "The hut stands by the lake.", "grade": 1}, {"key": "b", "body": "Soup is hot.", "grade": 0}], "replies": ["by the lake"]}
      """
    try emend.write(line + "\n", to: "q.jsonl")
    try emend.write(Self.texts, to: "rules/default.yaml")
    let names = [
      "--query", "ask", "--passages", "docs", "--answers", "replies", "--passage-text", "body",
      "--passage-id", "key", "--passage-label", "grade",
    ]
    let outcome = try emend.start(["run", "q.jsonl", "--outbox", "out"] + names).finish()
    #expect(outcome.status == 0, "\(outcome)")
    let written = try #require(try lines(emend, "out/q.jsonl").first)
    let own = try #require(written["emend"] as? [String: Any])
    #expect(own["answer"] as? String == "by the lake")
    #expect(Set(try #require(own["soft_label"] as? [String: Double]).keys) == ["a", "b"])
    let docs = try #require(written["docs"] as? [[String: Any]])
    let results = try docs.map { try #require($0["emend"] as? [String: Any]) }
    #expect(results.map { $0["label"] as? Int } == [1, 0])
    #expect(try emend.start(["check", "q.jsonl"] + names).finish().status == 0)
  }

  @Test(
    "the report names the labels with which utility was calibrated",
    arguments: [(24, "refitted"), (10, "shipped")])
  func calibration(queries: Int, source: String) throws {
    let emend = try Emend()
    let lines = (0..<queries).map { number in
      """
      {"query": "How tall is tower \(number)?", "passages": [{"text": "Tower \(number) is \(20 + number) metres tall.", "label": 1}, {"text": "Bread \(number) is baked at dawn.", "label": 0}, {"text": "Tower \(number) stands by a river.", "label": \(number % 7 == 0 ? 1 : 0)}]}
      """
    }
    try emend.write(lines.joined(separator: "\n") + "\n", to: "q.jsonl")
    try emend.write(Self.texts, to: "rules/default.yaml")
    let outcome = try emend.run("run", "q.jsonl", "--outbox", "out")
    #expect(outcome.status == 0, "\(outcome)")
    let report = try emend.object("out/q.report.json")
    let found = try #require(
      (report["retrieval"] as? [String: Any])?["calibration"] as? [String: Any])
    #expect(found["source"] as? String == source)
    let counted = source == "refitted" ? queries : 0
    #expect(found["labelled_queries"] as? Int == counted)
    #expect(found["refitted_queries"] as? Int == counted)
  }
}
