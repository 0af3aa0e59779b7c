import Foundation
import Testing

/// Every kind of record: repaired, and reverted.
@Suite("Kinds of record") struct KindTests {
  /// Repairs `lines`, checks that undoing gives them back, and returns the results.
  func results(
    _ lines: [String], in emend: Emend, kind: String, _ flags: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [[String: Any]] {
    let input = Samples.file(lines)
    try emend.write(input, to: "data.jsonl")
    let outcome = try emend.start(["run", "data.jsonl", "--outbox", "out"] + flags)
      .finish()
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
    let report = try emend.object("out/data.report.json")
    let facts = try #require(report["input"] as? [String: Any])
    #expect(
      facts["kinds"] as? [String: Int] == [kind: lines.count], sourceLocation: sourceLocation)
    #expect(
      try emend.run("revert", "out/data.jsonl").output == input, sourceLocation: sourceLocation)
    return try emend.results("out/data.jsonl")
  }

  func action(_ result: [String: Any]) -> String { result["action"] as? String ?? "" }

  @Test func classification() throws {
    let wrong: Set = [4, 13]
    let emend = try Emend()
    let results = try results(
      Samples.classification(wrong: wrong), in: emend, kind: "classification")
    for index in wrong {
      #expect(results[index]["flagged"] as? Bool == true)
      let label = results[index]["proposal"] ?? results[index]["label"]
      #expect(label as? String == Samples.requests[index].label)
    }
    #expect(results.count { $0["flagged"] as? Bool == true } <= 5)
  }

  @Test func unlabelledRowsAreProposedALabel() throws {
    var lines = Samples.classification()
    lines[3] = "{\"text\": \(Samples.quoted(Samples.requests[3].text))}"
    lines[4] = "{\"text\": \(Samples.quoted(Samples.requests[4].text)), \"label\": null}"
    lines[5] = "{\"text\": \(Samples.quoted(Samples.requests[5].text)), \"label\": \"\"}"
    let emend = try Emend()
    let results = try results(lines, in: emend, kind: "classification")
    for index in 3...5 {
      #expect(action(results[index]) == "proposed")
      #expect(results[index]["label"] as? String == Samples.requests[index].label)
      #expect(results[index]["credibility"] is NSNull)
      #expect(results[index]["utility"] is NSNull)
    }
    #expect(results.count { $0["utility"] is Double } == results.count - 3)
    // A proposal stands in the member `emend` only; the user's member does not change.
    #expect(try emend.objects("out/data.jsonl")[4]["label"] is NSNull)
  }

  @Test func noLabelAnywhere() throws {
    let lines = Samples.requests.map { "{\"text\": \(Samples.quoted($0.text))}" }
    let emend = try Emend()
    let results = try results(lines, in: emend, kind: "classification", "--unlabelled")
    #expect(results.allSatisfy { action($0) == "proposed" && $0["label"] is NSNull })
  }

  @Test func labelsAsNumbersStayNumbers() throws {
    let numbers = ["play music": "1", "weather": "2.50", "restaurant booking": "true"]
    var lines = Samples.requests.map {
      "{\"label\":\(numbers[$0.label] ?? "null"), \"text\":\(Samples.quoted($0.text))}"
    }
    lines[6] = lines[6].replacing("\"label\":1", with: "\"label\":2.50")
    let emend = try Emend()
    let results = try results(
      lines, in: emend, kind: "classification", "--mode", "all")
    #expect(action(results[6]) == "corrected")
    let output = try emend.text("out/data.jsonl").split(separator: "\n")
    #expect(output[6].hasPrefix("{\"label\":1, "))
    #expect(output[6].contains("\"original\": 2.50, \"label\": 1"))
    #expect(output[1].hasPrefix("{\"label\":2.50, "))
  }

  @Test func multiLabel() throws {
    var lines = Samples.requests.map { request in
      let second = request.label == "weather" ? "question" : "command"
      return "{\"text\": \(Samples.quoted(request.text)), "
        + "\"labels\": [\(Samples.quoted(request.label)), \"\(second)\"]}"
    }
    lines[9] = lines[9].replacing("\"play music\"", with: "\"weather\"")
    lines[10] = "{\"text\": \(Samples.quoted(Samples.requests[10].text)), \"labels\": []}"
    lines[11] = "{\"text\": \(Samples.quoted(Samples.requests[11].text))}"
    let emend = try Emend()
    let results = try results(lines, in: emend, kind: "classification")
    // The two wrong lists are the most suspect; so small a file shows no more than one to be expected.
    let ranks = [9, 10].map { results[$0]["review_rank"] as? Int ?? 0 }
    #expect(ranks.sorted() == [1, 2])
    #expect([9, 10].contains { results[$0]["flagged"] as? Bool == true })
    // The labels keep the line's order.
    #expect(results[9]["label"] as? [String] == ["weather", "command"])
    #expect(action(results[11]) == "proposed")
    #expect(results[11]["label"] is [Any])
    for result in results where action(result) == "review" {
      #expect(result["proposal"] is [Any], "a list in review has a proposal, be it empty")
    }
    for result in results {
      let soft = try #require(result["soft_label"] as? [String: Double])
      #expect(soft.values.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test func pairs() throws {
    let people = ["A man", "A woman", "A child", "An old man", "A student", "A tourist"]
    let deeds = [
      ("is playing a guitar", "is making music", "is asleep"),
      ("is riding a horse", "is on an animal", "is sitting in an office"),
      ("is eating an apple", "is eating fruit", "is not eating anything"),
    ]
    var lines: [String] = []
    for person in people {
      for deed in deeds {
        lines.append(
          "{\"premise\": \"\(person) \(deed.0).\", \"hypothesis\": \"\(person) \(deed.1).\", "
            + "\"label\": \"entailment\"}")
        lines.append(
          "{\"premise\": \"\(person) \(deed.0).\", \"hypothesis\": \"\(person) \(deed.2).\", "
            + "\"label\": \"contradiction\"}")
      }
    }
    lines[8] = lines[8].replacing("entailment", with: "contradiction")
    let results = try results(lines, in: try Emend(), kind: "pair")
    #expect(results[8]["flagged"] as? Bool == true)
    #expect(results[8]["proposal"] as? String ?? results[8]["label"] as? String == "entailment")
  }

  static let towns = ["Paris", "Rome", "Madrid", "Berlin", "Vienna", "Oslo", "Lisbon", "Athens"]
  static let names = ["Ann", "Bob", "Carl", "Dora", "Eve", "Frank", "Gina", "Hans"]

  /// Sentences with two entities: a person and a place of birth, or a person and an employer.
  static var relations: [(words: [String], tail: Int, label: String)] {
    zip(names, towns).flatMap { name, town in
      [
        ([name, "was", "born", "in", town, "."], 4, "birthplace"),
        ([name, "is", "employed", "by", "\(town)Corp", "."], 4, "employer"),
      ]
    }
  }

  @Test(arguments: [false, true]) func relations(byTokens: Bool) throws {
    var lines = Self.relations.map { words, tail, label -> String in
      let text = words.joined(separator: " ")
      guard !byTokens else {
        let tokens = words.map(Samples.quoted).joined(separator: ", ")
        return
          "{\"tokens\": [\(tokens)], \"head\": {\"start\": 0, \"end\": 1, \"type\": \"person\"}, "
          + "\"tail\": {\"start\": \(tail), \"end\": \(tail + 1)}, \"label\": \"\(label)\"}"
      }
      let start = words[..<tail].joined(separator: " ").count + 1
      return "{\"text\": \(Samples.quoted(text)), \"head\": {\"start\": 0, \"end\": "
        + "\(words[0].count), \"type\": \"person\"}, \"tail\": {\"start\": \(start), \"end\": "
        + "\(start + words[tail].count)}, \"label\": \"\(label)\"}"
    }
    lines[6] = lines[6].replacing("birthplace", with: "employer")
    let results = try results(lines, in: try Emend(), kind: "relation")
    #expect(results[6]["flagged"] as? Bool == true)
    #expect(results[6]["proposal"] as? String ?? results[6]["label"] as? String == "birthplace")
  }

  @Test func severalAnnotatorsOutvoteALabel() throws {
    var lines = Samples.classification(wrong: [7])
    let votes = Samples.requests.map { request in
      "\"annotations\": [{\"annotator\": \"ann\", \"label\": \(Samples.quoted(request.label))}, "
        + "{\"annotator\": \"bob\", \"label\": \(Samples.quoted(request.label))}, "
        + "{\"annotator\": \"eve\", \"label\": \"weather\"}]"
    }
    lines = zip(lines, votes).map { "\($0.dropLast()), \($1)}" }
    let emend = try Emend()
    let results = try results(lines, in: emend, kind: "classification")
    #expect(action(results[7]) == "corrected")
    #expect(results[7]["label"] as? String == Samples.requests[7].label)
    #expect((results[7]["reason"] as? String)?.hasPrefix("out-voted") == true)
    let suggested = try emend.run("run", "data.jsonl", "--outbox", "other", "--mode", "suggest")
    #expect(suggested.status == 0)
    #expect(action(try emend.results("other/data.jsonl")[7]) == "review")
  }

  @Test func severalAnnotatorsWithoutALabel() throws {
    let lines = Samples.requests.map { request in
      "{\"text\": \(Samples.quoted(request.text)), \"annotations\": "
        + "[{\"annotator\": 1, \"label\": \(Samples.quoted(request.label))}, "
        + "{\"annotator\": 2, \"label\": null}, "
        + "{\"annotator\": 3, \"label\": \(Samples.quoted(request.label))}, \"weather\"]}"
    }
    let emend = try Emend()
    let results = try results(lines, in: emend, kind: "classification")
    for (result, request) in zip(results, Samples.requests) where action(result) == "kept" {
      #expect(result["label"] as? String == request.label)
    }
    #expect(results.count { action($0) == "kept" } >= 18)
  }

  @Test func readyVectors() throws {
    let emend = try Emend()
    let empty = try Emend.temporaryFolder().path
    let input = Samples.file(Samples.vectors(200))
    try emend.write(input, to: "data.jsonl")
    // Without texts to encode, neither a model nor a library is needed.
    let outcome = try emend.run("run", "data.jsonl", "--outbox", "out", home: empty)
    #expect(outcome.status == 0, "\(outcome)")
    let results = try emend.results("out/data.jsonl")
    for (index, result) in results.enumerated() {
      #expect((result["flagged"] as? Bool == true) == (index % 10 == 9))
      #expect((try #require(result["utility"] as? Double) < 0) == (index % 10 == 9))
    }
    #expect(try emend.run("revert", "out/data.jsonl").output == input)
  }

  @Test func trustedRecordsAreNeverChangedAndDecideTheirDuplicates() throws {
    var lines = Samples.classification(wrong: [4, 9])
    lines[4] = "\(lines[4].dropLast()), \"verified\": true}"
    let text = Samples.quoted(Samples.requests[4].text)
    lines.append("{\"text\": \(text), \"label\": \"weather\"}")
    let emend = try Emend()
    try emend.write("trusted: {field: verified, values: [true]}\n", to: "rules/default.yaml")
    let results = try results(lines, in: emend, kind: "classification")
    #expect(action(results[4]) == "protected")
    #expect(results[4]["credibility"] as? Double == 1)
    let trustedLabel = try #require(results[4]["label"] as? String)
    #expect(action(try #require(results.last)) == "corrected")
    #expect(results.last?["label"] as? String == trustedLabel)
    #expect((results.last?["reason"] as? String)?.contains("trusted record 5") == true)
  }

  @Test(
    "a text that is only similar to a trusted one keeps its label; one that differs in blanks gets its label"
  )
  func onlyTheSameTextGetsTheTrustedLabel() throws {
    let trusted = [
      ("ticket 48213 is still open", "open"), ("pain in the left knee", "left"),
      ("result: ✅", "pass"), ("el año pasado", "year"),
    ]
    let near = [
      ("ticket 48214 is still open", "closed"), ("pain in the right knee", "right"),
      ("result: ❌", "fail"), ("el ano pasado", "anus"),
    ]
    let same = [(" pain  in the left knee ", "right"), ("el an\u{303}o pasado", "anus")]
    func line(_ record: (text: String, label: String), _ more: String = "") -> String {
      "{\"text\": \(Samples.quoted(record.text)), \"label\": \"\(record.label)\"\(more)}"
    }
    let emend = try Emend()
    try emend.write("trusted: {field: verified, values: [true]}\n", to: "rules/default.yaml")
    let results = try results(
      trusted.map { line($0, ", \"verified\": true") } + near.map { line($0) }
        + same.map { line($0) },
      in: emend, kind: "classification")
    for (result, record) in zip(results[4..<8], near) {
      #expect(action(result) != "corrected")
      #expect(result["label"] as? String == record.1)
      #expect((result["reason"] as? String)?.contains("duplicate") != true)
    }
    let actions = results[8...].map { action($0) }
    let labels = results[8...].map { $0["label"] as? String }
    #expect(actions == ["corrected", "corrected"])
    #expect(labels == ["left", "year"])
  }

  @Test("an abstention of -1 has the same effect as one of null")
  func abstentions() throws {
    func lines(abstention: String) -> [String] {
      Samples.requests.enumerated().map { index, request in
        let label = index % 3
        let votes =
          index % 2 == 0
          ? [abstention, "\(label)", abstention] : ["\(label)", abstention, abstention]
        return "{\"text\": \(Samples.quoted(request.text)), \"label\": \(label), "
          + "\"annotations\": [\(votes.joined(separator: ", "))]}"
      }
    }
    let emend = try Emend()
    let withNull = try results(lines(abstention: "null"), in: emend, kind: "classification")
    let other = try Emend()
    let withMinusOne = try results(lines(abstention: "-1"), in: other, kind: "classification")
    #expect(withMinusOne as NSArray == withNull as NSArray)
    let isUnchanged = withMinusOne.allSatisfy { action($0) != "corrected" }
    #expect(isUnchanged)
    let report = try other.object("out/data.report.json")
    let notes = try #require(report["notes"] as? [String])
    #expect(notes.contains { $0.contains("-1") && $0.contains("abstention") })
  }

  @Test func textsOverTheModelsLimitAreCutAndSaySo() throws {
    var lines = Samples.classification()
    let long = Array(repeating: "what will the weather be like", count: 200)
      .joined(separator: " ")
    lines[0] = "{\"text\": \"\(long)\", \"label\": \"weather\"}"
    let emend = try Emend()
    let results = try results(lines, in: emend, kind: "classification")
    #expect(results[0]["truncated"] as? Bool == true)
    #expect(results.dropFirst().allSatisfy { $0["truncated"] == nil })
  }

  @Test("an empty vote does not count, and repeated votes of one annotator count once")
  func emptyAndRepeatedVotes() throws {
    var lines = Samples.classification()
    let text = Samples.quoted("play a song by the beatles")
    lines.append(
      "{\"text\": \(text), \"label\": \"play music\", "
        + "\"annotations\": [{\"label\": \"\"}, {\"label\": \"\"}, {\"label\": \"play music\"}]}")
    lines.append(
      "{\"text\": \(text), \"label\": \"play music\", \"annotations\": "
        + "[{\"annotator\": \"a\", \"label\": \"weather\"}, "
        + "{\"annotator\": \"a\", \"label\": \"weather\"}]}")
    let emend = try Emend()
    let results = try results(lines, in: emend, kind: "classification")
    for result in results.suffix(2) {
      #expect(action(result) != "corrected")
      #expect(result["label"] as? String == "play music")
    }
  }
}
