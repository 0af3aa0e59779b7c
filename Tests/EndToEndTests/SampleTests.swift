import Foundation
import Testing

/// The sample in `samples/`, as the quickstart runs it.
@Suite("The sample", .serialized) struct SampleTests {
  /// The sample and its results, made once for all tests.
  struct Repaired: Sendable {
    let emend: Emend
    let outcome: Emend.Outcome
    let input: [UInt8]
    let lines: [String]
    let outputLines: [String]
  }

  static let repaired = Result {
    let input = [UInt8](
      try Data(contentsOf: Emend.package.appending(path: "samples/intents.jsonl")))
    let emend = try Emend()
    try emend.write(input, to: "intents.jsonl")
    let outcome = try emend.run("run", "intents.jsonl", "--outbox", "out")
    return Repaired(
      emend: emend, outcome: outcome, input: input,
      lines: String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init),
      outputLines: try emend.text("out/intents.jsonl").split(separator: "\n").map(String.init))
  }

  let sample: Repaired

  init() throws { sample = try Self.repaired.get() }

  @Test func succeedsAndPrintsASummary() throws {
    #expect(sample.outcome.status == 0)
    #expect(sample.outcome.errors.isEmpty)
    #expect(sample.outcome.text.contains("intents: 600 records"))
    #expect(sample.outcome.text.contains("out/intents.jsonl"))
    #expect(sample.outcome.text.contains("most suspect:"))
    #expect(
      sample.emend.names(in: "out") == [
        "intents.jsonl", "intents.report.html", "intents.report.json",
      ])
  }

  @Test func thePageIsMadeAgainFromTheReport() throws {
    let emend = sample.emend
    let page = try emend.read("out/intents.report.html")
    #expect(page.count < 2_000_000)
    #expect(sample.outcome.text.contains("Look: out/intents.report.html"))
    let again = try emend.run("report", "out/intents.jsonl", "--to", "again.html")
    #expect(again.status == 0 && again.text == "again.html\n", "\(again)")
    #expect(try emend.read("again.html") == page)
    // Beside the output there is the same page already, and elsewhere nothing is overwritten.
    #expect(try emend.run("report", "out/intents.jsonl").status == 0)
    let refused = try emend.run("report", "out/intents.jsonl", "--to", "again.html")
    #expect(refused.status == 1)
    #expect(refused.errors.contains("again.html: there is such a file already"))
  }

  @Test func aPageIsMadeOnlyOfTheRunThatTheReportDescribes() throws {
    let emend = try Emend()
    try emend.write(sample.input, to: "out/intents.jsonl")
    let alone = try emend.run("report", "out/intents.jsonl")
    #expect(alone.status == 1)
    #expect(alone.errors.contains("out/intents.report.json: cannot be read"))
    try emend.write(sample.emend.read("out/intents.report.json"), to: "out/intents.report.json")
    let other = try emend.run("report", "out/intents.jsonl")
    #expect(other.status == 1)
    #expect(other.errors.contains("this is not the file that the run's report"))
    try emend.write("{}", to: "out/intents.report.json")
    let damaged = try emend.run("report", "out/intents.jsonl")
    #expect(damaged.status == 1)
    #expect(damaged.errors.contains("this is no report of emend, or it is damaged"))
    #expect(emend.names(in: "out") == ["intents.jsonl", "intents.report.json"])
  }

  @Test func countsArePlausible() throws {
    let results = try sample.emend.results("out/intents.jsonl")
    #expect(results.count == 600)
    let actions = Dictionary(grouping: results) { $0["action"] as? String ?? "" }
      .mapValues(\.count)
    #expect(Set(actions.keys) == ["kept", "corrected", "review", "proposed"])
    let unlabelled = sample.lines.count { !$0.contains("\"label\"") || $0.contains("null") }
    #expect(actions["proposed"] == unlabelled)
    // About 10 % of the sample's labels are wrong.
    let flagged = results.count { $0["flagged"] as? Bool == true }
    #expect((30...90).contains(flagged))
    #expect((15...60).contains(actions["corrected"] ?? 0))
    for result in results {
      if let credibility = result["credibility"] as? Double {
        #expect((0...1).contains(credibility))
      }
      let weight = try #require(result["weight"] as? Double)
      #expect((0...1).contains(weight))
      // A record with a given label has a credibility and a utility, any other has neither.
      let utility = result["utility"] as? Double
      #expect((utility == nil) == (result["credibility"] is NSNull))
      #expect(utility != nil || result["utility"] is NSNull)
      let evidence = try #require(result["evidence"] as? [String: Any])
      #expect((evidence["neighbours"] as? [Any])?.count == 5)
    }
  }

  @Test func reportAgreesWithTheRecords() throws {
    let report = try sample.emend.object("out/intents.report.json")
    let counts = try #require(report["counts"] as? [String: Int])
    let results = try sample.emend.results("out/intents.jsonl")
    for action in ["kept", "corrected", "review", "proposed", "protected"] {
      #expect(counts[action] == results.count { $0["action"] as? String == action })
    }
    #expect(counts["flagged"] == results.count { $0["flagged"] as? Bool == true })
    let rate = try #require(report["error_rate"] as? [String: Any])
    let estimate = try #require(rate["estimate"] as? Double)
    #expect((0.04...0.16).contains(estimate))
    let utility = try #require(report["utility"] as? [String: Any])
    let values = results.compactMap { $0["utility"] as? Double }
    let mean = try #require(utility["mean"] as? Double)
    #expect(abs(mean - values.reduce(0, +) / Double(values.count)) < 1e-3)
    #expect(utility["harmful"] as? Int == values.count { $0 < 0 })
    let worst = try #require(utility["worst"] as? [[String: Any]])
    #expect(worst.first?["utility"] as? Double == values.min())
    let labelNames = try #require(report["witness"] as? [String: Any])
    #expect((labelNames["explanation"] as? String)?.hasSuffix(".") == true)
    let provenance = try #require(report["provenance"] as? [String: Any])
    #expect(provenance["rules"] as? String == "built-in")
    #expect((provenance["encoder"] as? String)?.isEmpty == false)
  }

  @Test func softLabelsSumToExactlyOneAsPrinted() throws {
    for line in sample.outputLines {
      let start = try #require(line.range(of: "\"soft_label\": {"))
      let end = try #require(line[start.upperBound...].firstIndex(of: "}"))
      let units = line[start.upperBound..<end].split(separator: ",").map { entry -> Int in
        // Reads 0.1234 as well as 1.0000 as ten-thousandths.
        Int(entry.suffix(6).filter(\.isNumber)) ?? -1
      }
      #expect(units.reduce(0, +) == 10_000, "\(line[start.lowerBound..<end])")
    }
  }

  @Test func everyLineKeepsItsOwnBytes() throws {
    let results = try sample.emend.results("out/intents.jsonl")
    for (index, (before, after)) in zip(sample.lines, sample.outputLines).enumerated() {
      guard results[index]["action"] as? String == "corrected" else {
        #expect(after.hasPrefix(before.dropLast() + ", \"emend\": {"))
        continue
      }
      let original = try #require(results[index]["original"] as? String)
      let label = try #require(results[index]["label"] as? String)
      #expect(original != label)
      let relabelled = before.replacing(
        "\"label\": \"\(original)\"", with: "\"label\": \"\(label)\"")
      #expect(relabelled != before)
      #expect(after.hasPrefix(relabelled.dropLast() + ", \"emend\": {"))
    }
  }

  @Test func revertGivesTheInputsBytes() throws {
    let reverted = try sample.emend.run("revert", "out/intents.jsonl")
    #expect(reverted.status == 0)
    #expect(reverted.output == sample.input)
  }

  @Test func runOnItsOwnOutputGivesTheSame() throws {
    let emend = try Emend()
    try emend.write(sample.emend.read("out/intents.jsonl"), to: "intents.jsonl")
    let outcome = try emend.run("run", "intents.jsonl", "--outbox", "out")
    #expect(outcome.status == 0)
    #expect(try emend.read("out/intents.jsonl") == sample.emend.read("out/intents.jsonl"))
    #expect(outcome.text.contains("earlier run"))
    let reverted = try emend.run("revert", "out/intents.jsonl")
    #expect(reverted.output == sample.input)
  }

  @Test(arguments: [["--threads", "1"], ["--threads", "2"], ["--no-cache"]])
  func flagsThatChangeNoByte(flags: [String]) throws {
    let emend = try Emend()
    try emend.write(sample.input, to: "intents.jsonl")
    let outcome = try emend.start(
      ["run", "intents.jsonl", "--outbox", "out", "--quiet"] + flags
    ).finish()
    #expect(outcome.status == 0)
    for name in ["intents.jsonl", "intents.report.html", "intents.report.json"] {
      #expect(try emend.read("out/\(name)") == sample.emend.read("out/\(name)"))
    }
  }

  @Test(arguments: [("gzip", ".gz"), ("zstd", ".zst")])
  func compressedInputGivesTheSame(tool: String, suffix: String) throws {
    let emend = try Emend()
    try emend.write(sample.input, to: "intents.jsonl")
    try emend.tool(tool, "-q", "intents.jsonl")
    let outcome = try emend.run("run", "intents.jsonl\(suffix)", "--outbox", "out", "--quiet")
    #expect(outcome.status == 0)
    for name in ["intents.jsonl", "intents.report.html", "intents.report.json"] {
      #expect(try emend.read("out/\(name)") == sample.emend.read("out/\(name)"))
    }
  }

  @Test func standardInputGivesTheSame() throws {
    let outcome = try Emend().run("run", "-", input: sample.input)
    #expect(outcome.status == 0)
    #expect(outcome.output == (try sample.emend.read("out/intents.jsonl")))
    #expect(outcome.errors.contains("stdin: 600 records"))
  }

  @Test func aSecondRunEncodesNothing() throws {
    let emend = try Emend()
    try emend.write(sample.input, to: "intents.jsonl")
    let outcome = try emend.run("run", "intents.jsonl", "--outbox", "out", "--json")
    let line = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any])
    #expect(line["encoded_texts"] as? Int == 0)
    let anew = try emend.run("run", "intents.jsonl", "--outbox", "out", "--json", "--no-cache")
    let other = try #require(
      try JSONSerialization.jsonObject(with: Data(anew.output)) as? [String: Any])
    #expect(try #require(other["encoded_texts"] as? Int) >= 600)
  }

  @Test func suggestChangesNoLabelAndAllChangesEveryFlaggedOne() throws {
    for (mode, action) in [("suggest", "review"), ("all", "corrected")] {
      let emend = try Emend()
      try emend.write(sample.input, to: "intents.jsonl")
      let outcome = try emend.run("run", "intents.jsonl", "--outbox", "out", "--mode", mode)
      #expect(outcome.status == 0)
      let results = try emend.results("out/intents.jsonl")
      let flagged = results.filter { $0["flagged"] as? Bool == true }
      #expect(flagged.count > 20)
      #expect(flagged.allSatisfy { $0["action"] as? String == action })
      #expect(outcome.text.contains("mode \(mode)"))
      #expect(try emend.run("revert", "out/intents.jsonl").output == sample.input)
    }
  }

  @Test func programFindsItsModelWithoutAVariable() throws {
    let emend = try Emend()
    let outcome = try emend.run("model", "list", home: "")
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("all-MiniLM-L6-v2  384 dimensions"))
  }
}
