import Foundation
import Testing

/// The sample that ships, as the quickstart runs it.
@Suite("The sample", .serialized) struct SampleTests {
  /// The sample, repaired once for all tests.
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

  @Test func endsWellAndSaysWhatItDid() throws {
    #expect(sample.outcome.status == 0)
    #expect(sample.outcome.errors.isEmpty)
    #expect(sample.outcome.text.contains("intents: 600 records"))
    #expect(sample.outcome.text.contains("out/intents.jsonl"))
    #expect(sample.outcome.text.contains("most suspect:"))
    #expect(sample.emend.names(in: "out") == ["intents.jsonl", "intents.report.json"])
  }

  @Test func countsArePlausible() throws {
    let verdicts = try sample.emend.verdicts("out/intents.jsonl")
    #expect(verdicts.count == 600)
    let actions = Dictionary(grouping: verdicts) { $0["action"] as? String ?? "" }
      .mapValues(\.count)
    #expect(Set(actions.keys) == ["kept", "corrected", "review", "proposed"])
    let unlabelled = sample.lines.count { !$0.contains("\"label\"") || $0.contains("null") }
    #expect(actions["proposed"] == unlabelled)
    // The sample has about 10 % of wrong labels.
    let flagged = verdicts.count { $0["flagged"] as? Bool == true }
    #expect((30...90).contains(flagged))
    #expect((15...60).contains(actions["corrected"] ?? 0))
    for verdict in verdicts {
      if let credibility = verdict["credibility"] as? Double {
        #expect((0...1).contains(credibility))
      }
      let weight = try #require(verdict["weight"] as? Double)
      #expect((0...1).contains(weight))
      // A utility wherever a label was given, as a credibility.
      let utility = verdict["utility"] as? Double
      #expect((utility == nil) == (verdict["credibility"] is NSNull))
      #expect(utility != nil || verdict["utility"] is NSNull)
      let evidence = try #require(verdict["evidence"] as? [String: Any])
      #expect((evidence["neighbours"] as? [Any])?.count == 5)
    }
  }

  @Test func reportAgreesWithTheRecords() throws {
    let report = try sample.emend.object("out/intents.report.json")
    let counts = try #require(report["counts"] as? [String: Int])
    let verdicts = try sample.emend.verdicts("out/intents.jsonl")
    for action in ["kept", "corrected", "review", "proposed", "protected"] {
      #expect(counts[action] == verdicts.count { $0["action"] as? String == action })
    }
    #expect(counts["flagged"] == verdicts.count { $0["flagged"] as? Bool == true })
    let rate = try #require(report["error_rate"] as? [String: Any])
    let estimate = try #require(rate["estimate"] as? Double)
    #expect((0.04...0.16).contains(estimate))
    let utility = try #require(report["utility"] as? [String: Any])
    let values = verdicts.compactMap { $0["utility"] as? Double }
    let mean = try #require(utility["mean"] as? Double)
    #expect(abs(mean - values.reduce(0, +) / Double(values.count)) < 1e-3)
    #expect(utility["harmful"] as? Int == values.count { $0 < 0 })
    let worst = try #require(utility["worst"] as? [[String: Any]])
    #expect(worst.first?["utility"] as? Double == values.min())
    let witness = try #require(report["witness"] as? [String: Any])
    #expect((witness["explanation"] as? String)?.hasSuffix(".") == true)
    let provenance = try #require(report["provenance"] as? [String: Any])
    #expect(provenance["rules"] as? String == "built-in")
    #expect((provenance["encoder"] as? String)?.isEmpty == false)
  }

  @Test func softLabelsSumToExactlyOneAsPrinted() throws {
    for line in sample.outputLines {
      let start = try #require(line.range(of: "\"soft_label\": {"))
      let end = try #require(line[start.upperBound...].firstIndex(of: "}"))
      let units = line[start.upperBound..<end].split(separator: ",").map { entry -> Int in
        // 0.1234 and 1.0000 alike, as ten-thousandths.
        Int(entry.suffix(6).filter(\.isNumber)) ?? -1
      }
      #expect(units.reduce(0, +) == 10_000, "\(line[start.lowerBound..<end])")
    }
  }

  @Test func everyLineKeepsItsOwnBytes() throws {
    let verdicts = try sample.emend.verdicts("out/intents.jsonl")
    for (index, (before, after)) in zip(sample.lines, sample.outputLines).enumerated() {
      guard verdicts[index]["action"] as? String == "corrected" else {
        #expect(after.hasPrefix(before.dropLast() + ", \"emend\": {"))
        continue
      }
      let original = try #require(verdicts[index]["original"] as? String)
      let label = try #require(verdicts[index]["label"] as? String)
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

  @Test func aRunOnItsOwnOutputIsTheSame() throws {
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
    ).finish(within: 120)
    #expect(outcome.status == 0)
    for name in ["intents.jsonl", "intents.report.json"] {
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
    for name in ["intents.jsonl", "intents.report.json"] {
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
      let verdicts = try emend.verdicts("out/intents.jsonl")
      let flagged = verdicts.filter { $0["flagged"] as? Bool == true }
      #expect(flagged.count > 20)
      #expect(flagged.allSatisfy { $0["action"] as? String == action })
      #expect(outcome.text.contains("mode \(mode)"))
      #expect(try emend.run("revert", "out/intents.jsonl").output == sample.input)
    }
  }

  @Test func theProgramFindsItsModelByItself() throws {
    let emend = try Emend()
    let outcome = try emend.run("model", "list", home: "")
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("all-MiniLM-L6-v2  384 dimensions"))
  }
}
