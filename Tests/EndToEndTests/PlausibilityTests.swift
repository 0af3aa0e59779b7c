import Foundation
import Testing

/// What a language model thinks of the labels' names.
@Suite("Label plausibility") struct PlausibilityTests {
  /// Two kinds of texts, by turns; a label that is not theirs for the third.
  private static let file =
    (0..<24).map { index in
      let isFood = index % 2 == 0
      let label = isFood == (index != 3) ? "food" : "weather"
      let text =
        isFood
        ? "We had soup and bread for dinner \(index)." : "Rain and wind tomorrow, \(index) degrees."
      return "{\"id\": \"r\(index)\", \"text\": \"\(text)\", \"label\": \"\(label)\"}\n"
    }.joined()

  @Test(
    "one more signal where it is asked for, by flag or rules, and the same bytes on any threads")
  func oneMoreSignal() throws {
    let emend = try Emend()
    try emend.write(Self.file, to: "t.jsonl")
    #expect(try emend.run("run", "t.jsonl", "--outbox", "off").status == 0)
    let outcome = try emend.run(
      "run", "t.jsonl", "--outbox", "on", "--label-plausibility", "--threads", "2")
    #expect(outcome.status == 0, "\(outcome)")
    func signals(_ folder: String) throws -> [[String: Double]] {
      try emend.verdicts("\(folder)/t.jsonl").map {
        let evidence = try #require($0["evidence"] as? [String: Any])
        return try #require(evidence["signals"] as? [String: Double])
      }
    }
    #expect(try signals("off").allSatisfy { $0["label_plausibility"] == nil })
    let asked = try signals("on").map { try #require($0["label_plausibility"]) }
    #expect(asked.allSatisfy((0...1).contains) && Set(asked).count > 2)
    let report = try emend.object("on/t.report.json")
    let provenance = try #require(report["provenance"] as? [String: Any])
    #expect((provenance["language_model"] as? String)?.contains("SmolLM2") == true)
    #expect((provenance["signals"] as? [String])?.last == "label_plausibility")

    #expect(
      try emend.run(
        "run", "t.jsonl", "--outbox", "one", "--label-plausibility", "--threads", "1", "--no-cache"
      ).status == 0)
    #expect(try emend.read("one/t.jsonl") == emend.read("on/t.jsonl"))
    try emend.write("label_plausibility: true\n", to: "rules/default.yaml")
    #expect(try emend.run("run", "t.jsonl", "--outbox", "rules").status == 0)
    #expect(try emend.read("rules/t.jsonl") == emend.read("on/t.jsonl"))
  }

  @Test("more labels than it is asked for are told") func manyLabels() throws {
    let emend = try Emend()
    let lines = (0..<40).map { "{\"text\": \"text \($0)\", \"label\": \"label \($0)\"}\n" }
    try emend.write(lines.joined(), to: "t.jsonl")
    #expect(try emend.run("run", "t.jsonl", "--outbox", "out", "--label-plausibility").status == 0)
    let notes = try #require(try emend.object("out/t.report.json")["notes"] as? [String])
    #expect(notes.contains { $0.contains("more than 32") })
  }
}
