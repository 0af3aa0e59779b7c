import Foundation
import Testing

/// The effects of rules on a run.
@Suite("Rules") struct RulesTests {
  let emend: Emend

  init() throws { emend = try Emend() }

  @Test func aliasesAreOneLabelAndBytesStay() throws {
    var lines = Samples.classification()
    for index in stride(from: 0, to: 24, by: 6) {
      lines[index] = lines[index].replacing("play music", with: "PlayMusic")
    }
    try emend.write(Samples.file(lines), to: "calls.jsonl")
    try emend.write(
      "labels:\n  - name: play music\n    aliases: [PlayMusic]\n", to: "rules/default.yaml")
    let outcome = try emend.run("run", "calls.jsonl", "--outbox", "out")
    #expect(outcome.status == 0)
    let report = try emend.object("out/calls.report.json")
    #expect((report["labels"] as? [Any])?.count == 3)
    #expect(try emend.text("out/calls.jsonl").hasPrefix(lines[0].dropLast()))
    #expect(try emend.run("revert", "out/calls.jsonl").output == Samples.file(lines))
    let provenance = try #require(report["provenance"] as? [String: Any])
    #expect(provenance["rules"] as? String == "default.yaml")
  }

  @Test func descriptionsOpenTheLabelNameGate() throws {
    let codes = ["play music": "L1", "weather": "L2", "restaurant booking": "L3"]
    // Enough records for the ten disagreements that the label-name gate needs.
    let requests = ["", "please ", "could you ", "hi, ", "i need: "].flatMap { opening in
      Samples.requests.map { (text: opening + $0.text, label: $0.label) }
    }
    let lines = requests.enumerated().map { index, request in
      let label = index % 7 == 3 ? Samples.intents[(index + 1) % 3].label : request.label
      return "{\"text\": \(Samples.quoted(request.text)), \"label\": \"\(codes[label] ?? "")\"}"
    }
    try emend.write(Samples.file(lines), to: "calls.jsonl")
    try emend.write(
      """
      labels:
        - name: L1
          about: Someone wants to listen to music, a song, an album or a playlist.
          examples: [play a song, put on some music]
        - name: L2
          about: Someone asks about the weather, such as rain, snow, wind or temperature.
          examples: [will it rain today]
        - name: L3
          about: Someone wants to book a table in a restaurant.
          examples: [reserve a table for dinner]
      """, to: "described/default.yaml")
    let bare = try emend.run("run", "calls.jsonl", "--outbox", "bare", "--json")
    let described = try emend.run(
      "run", "calls.jsonl", "--outbox", "told", "--rules", "described", "--json")
    #expect(bare.text.contains("\"witness_open\":false"))
    #expect(described.text.contains("\"witness_open\":true"))
    let explanation = try emend.text("bare/calls.report.json")
    #expect(explanation.contains("Describe the labels in rules/"))
    let corrected = try emend.results("told/calls.jsonl").enumerated()
      .filter { $0.element["action"] as? String == "corrected" }
    #expect(!corrected.isEmpty)
    for (index, result) in corrected {
      #expect(result["label"] as? String == codes[requests[index].label])
    }
  }

  @Test func fieldsByRulesAndByFlagsHaveTheSameEffect() throws {
    let lines = Samples.requests.enumerated().map { index, request in
      "{\"key\": \(index), \"body\": \(Samples.quoted(request.text)), "
        + "\"team\": \(Samples.quoted(request.label)), \"text\": 5}"
    }
    try emend.write(Samples.file(lines), to: "calls.jsonl")
    try emend.write("fields: {text: body, label: team, id: key}\n", to: "mapped/calls.yaml")
    #expect(
      try emend.run("run", "calls.jsonl", "--outbox", "a", "--rules", "mapped").status == 0)
    let flags = try emend.run(
      "run", "calls.jsonl", "--outbox", "b", "--text", "body", "--label", "team", "--id", "key")
    #expect(flags.status == 0)
    #expect(try emend.read("a/calls.jsonl") == emend.read("b/calls.jsonl"))
    let plain = try emend.run("run", "calls.jsonl", "--outbox", "c", "--quiet")
    #expect(plain.status == 1)
    #expect(!emend.exists("c/calls.jsonl"))
    #expect(plain.errors.contains("no line can be used; the first: the text is a number"))
    #expect(plain.errors.contains("name another field"))
  }

  @Test func aLabelInAnotherFieldIsReplacedThereAndPutBack() throws {
    let lines = Samples.vectors(60).map { $0.replacing("\"label\"", with: "\"team\"") }
    try emend.write(Samples.file(lines), to: "data.jsonl")
    let outcome = try emend.run(
      "run", "data.jsonl", "--outbox", "out", "--label", "team", "--mode", "all")
    #expect(outcome.status == 0)
    #expect(try emend.objects("out/data.jsonl")[9]["team"] as? String == "c1")
    // `emend revert` needs neither flags nor rules.
    #expect(try emend.run("revert", "out/data.jsonl").output == Samples.file(lines))
  }

  @Test func onBadLineFailNamesEveryLineAndWritesNothing() throws {
    let lines = ["nonsense"] + Samples.vectors(60) + ["{\"label\": \"c0\"}"]
    try emend.write(Samples.file(lines), to: "data.jsonl")
    try emend.write("on_bad_line: fail\n", to: "rules/default.yaml")
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("data.jsonl:1: byte 0: "))
    #expect(outcome.errors.contains("\ndata.jsonl:62: byte "))
    #expect(emend.names(in: "out").isEmpty)
    #expect(try emend.run("check", "data.jsonl").status == 1)
  }

  @Test func everyErrorIsListedWithItsPlace() throws {
    try emend.write(Samples.file(Samples.vectors(20)), to: "data.jsonl")
    try emend.write(
      "mode: automatic\nthresholds:\n  flag: 3\nlables: []\n", to: "rules/a.yaml")
    try emend.write("trusted: {field: gold}\n", to: "rules/default.yaml")
    for command in ["run", "check"] {
      let outcome = try emend.run(command, "data.jsonl")
      #expect(outcome.status == 1)
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 4)
      for (line, place) in zip(
        lines,
        [
          "emend: error: rules/a.yaml:1:7: mode cannot be automatic. Did you mean auto?",
          "rules/a.yaml:3:9: flag is not a number from 0 to 1",
          "rules/a.yaml:4:1: the file has no key lables. Did you mean labels?",
          "rules/default.yaml:1:10: trusted needs both field and values",
        ])
      {
        #expect(line.hasPrefix(place), "\(line)")
      }
    }
    #expect(emend.names(in: "") == ["data.jsonl", "rules"])
  }

  @Test func aFolderOfRulesThatIsNotThere() throws {
    try emend.write(Samples.file(Samples.vectors(20)), to: "data.jsonl")
    let outcome = try emend.run("run", "data.jsonl", "--rules", "nowhere")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("nowhere: neither a folder of rules nor a file of rules"))
  }

  @Test func matchingRulesAreUsed() throws {
    try emend.write(Samples.file(Samples.vectors(60)), to: "news-1.jsonl")
    try emend.write(Samples.file(Samples.vectors(60)), to: "other.jsonl")
    try emend.write("mode: all\n", to: "rules/news.yaml")
    try emend.write("mode: suggest\n", to: "rules/default.yaml")
    let outcome = try emend.run("run", "news-1.jsonl", "other.jsonl", "--outbox", "out", "--json")
    #expect(outcome.status == 0)
    func count(_ action: String, in name: String) throws -> Int {
      try emend.results("out/\(name).jsonl").count { $0["action"] as? String == action }
    }
    #expect(try count("corrected", in: "news-1") == 6)
    #expect(try count("corrected", in: "other") == 0)
    #expect(try count("review", in: "other") == 6)
    // A flag overrides the rules.
    #expect(
      try emend.run("run", "other.jsonl", "--outbox", "flag", "--mode", "all").status == 0)
    #expect(
      try emend.results("flag/other.jsonl").contains { $0["action"] as? String == "corrected" })
  }

  @Test func aThresholdFlagsFewer() throws {
    try emend.write(Samples.file(Samples.vectors(60)), to: "data.jsonl")
    try emend.write("thresholds: {flag: 0.0}\n", to: "rules/default.yaml")
    #expect(try emend.run("run", "data.jsonl", "--outbox", "out").status == 0)
    #expect(try emend.results("out/data.jsonl").allSatisfy { $0["flagged"] as? Bool == false })
  }

  @Test func theShippedRulesAreValidAndChangeNothing() throws {
    try emend.write(Samples.file(Samples.vectors(60)), to: "data.jsonl")
    let shipped = Emend.package.appending(path: "rules").path
    #expect(
      try emend.run("run", "data.jsonl", "--outbox", "a", "--rules", shipped).status == 0)
    #expect(try emend.run("run", "data.jsonl", "--outbox", "b").status == 0)
    #expect(try emend.read("a/data.jsonl") == emend.read("b/data.jsonl"))
  }
}
