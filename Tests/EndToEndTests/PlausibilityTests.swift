import Foundation
import TestSupport
import Testing

/// How plausible a language model finds the labels' names.
@Suite("Label plausibility") struct PlausibilityTests {
  /// Two kinds of texts in turn; the fourth text has the other kind's label.
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
    "the signal exists if a flag or rules ask for it, with the same bytes on any number of threads")
  func signalExistsOnRequest() throws {
    let emend = try Emend()
    try emend.write(Self.file, to: "t.jsonl")
    #expect(try emend.run("run", "t.jsonl", "--outbox", "off").status == 0)
    let outcome = try emend.run(
      "run", "t.jsonl", "--outbox", "on", "--label-plausibility", "--threads", "2")
    #expect(outcome.status == 0, "\(outcome)")
    func signals(_ folder: String) throws -> [[String: Double]] {
      try emend.results("\(folder)/t.jsonl").map {
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

    // A model starts slowly, and each of these runs starts it anew.
    guard Tier.isAll else { return }
    #expect(
      try emend.run(
        "run", "t.jsonl", "--outbox", "one", "--label-plausibility", "--threads", "1", "--no-cache"
      ).status == 0)
    #expect(try emend.read("one/t.jsonl") == emend.read("on/t.jsonl"))
    try emend.write("label_plausibility: true\n", to: "rules/default.yaml")
    #expect(try emend.run("run", "t.jsonl", "--outbox", "rules").status == 0)
    #expect(try emend.read("rules/t.jsonl") == emend.read("on/t.jsonl"))
  }

  @Test("the report states that there are more labels than the signal is for") func manyLabels()
    throws
  {
    let emend = try Emend()
    let lines = (0..<40).map { "{\"text\": \"text \($0)\", \"label\": \"label \($0)\"}\n" }
    try emend.write(lines.joined(), to: "t.jsonl")
    #expect(try emend.run("run", "t.jsonl", "--outbox", "out", "--label-plausibility").status == 0)
    let notes = try #require(try emend.object("out/t.report.json")["notes"] as? [String])
    #expect(notes.contains { $0.contains("more than 32") })
  }
}
