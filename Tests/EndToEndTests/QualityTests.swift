import Foundation
import Testing

/// What `emend run` finds on small parts of three public sets, so that a change cannot make it worse unseen.
/// `scripts/quality` measures thirty sets.
@Suite struct QualityTests {
  struct Gate: Sendable, CustomTestStringConvertible {
    let name: String
    /// Average precision has to be at least this: somewhat less than it was (.975 and .992), and more than
    /// that of the best of five other methods on the same vectors (.912 and .976).
    let leastPrecision: Double
    var testDescription: String { name }
  }

  /// SNIPS with 15 % errors where intents resemble each other, CLINC150 with 15 % confusions of similar intents.
  static let gates = [
    Gate(name: "snips", leastPrecision: 0.955), Gate(name: "clinc150", leastPrecision: 0.98),
  ]

  private func measured(_ name: String) throws -> [String: Any] {
    let fixture = try #require(
      Bundle.module.url(
        forResource: "\(name).jsonl", withExtension: nil, subdirectory: "Fixtures/Quality"))
    let gold = try String(contentsOf: fixture, encoding: .utf8)
    let emend = try Emend()
    // The gold label is the last member, and is not shown.
    try emend.write(gold.replacing(#/, "gold": "[^"]*"\}/#, with: "}"), to: "data.jsonl")
    let run = try emend.run("run", "data.jsonl", "--outbox", "out", "--quiet")
    #expect(run.status == 0, "\(run)")
    let evaluation = try emend.run("eval", "--gold", fixture.path, "out/data.jsonl")
    #expect(evaluation.status == 0, "\(evaluation)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(evaluation.text.utf8)) as? [String: Any])
  }

  private func number(_ object: [String: Any], _ part: String, _ name: String) throws -> Double {
    try #require((object[part] as? [String: Any])?[name] as? Double)
  }

  @Test(arguments: gates)
  func errorsAreRankedFirst(_ gate: Gate) throws {
    let found = try measured(gate.name)
    let precision = try number(found, "detection", "ap")
    #expect(precision >= gate.leastPrecision)
    #expect(try number(found, "correction", "acc_gain") >= 0)
    #expect(
      try number(found, "soft", "brier") <= number(found, "soft_onehot", "brier") + 0.003)
  }

  /// BANKING77 with the labels of its authors.
  @Test func rightLabelsAreKept() throws {
    let found = try measured("banking77")
    #expect(try number(found, "correction", "acc_after") >= 0.998)
    #expect(try number(found, "soft", "brier") <= 0.0035)
  }
}
