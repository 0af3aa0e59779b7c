import Assessments
import Foundation
import ModelInterfaces
import Records
import Report
import Rules
import Testing

@testable import Pipeline

/// Files as other tools and people write them. Each is the same 80 requests, of which 4 have a wrong label,
/// and has to give what the plain file gives.
struct CaseTests {
  /// An encoder that knows words of ASCII letters alone.
  struct AsciiEncoder: Encoder {
    let words = StubEncoder()
    var dimension: Int { words.dimension }
    var identity: String { words.identity }

    func encode(_ texts: [String], progress: (@Sendable (Int) -> Void)?) -> Encoding {
      words.encode(
        texts.map { text in
          text.split(separator: " ").map { $0.utf8.allSatisfy { $0 < 0x80 } ? String($0) : "unk" }
            .joined(separator: " ")
        }, progress: progress)
    }

    func tokenCounts(of texts: [String]) -> [TokenCount]? {
      texts.map { text in
        let words = text.split(separator: " ")
        return TokenCount(
          all: words.count, unknown: words.count { !$0.utf8.allSatisfy { $0 < 0x80 } })
      }
    }
  }

  struct Request {
    let text: String
    let label: Int
    let right: Int
  }

  static let words = [
    ["invoice", "payment", "charged", "card", "refund"],
    ["parcel", "courier", "late", "box", "address"],
    ["password", "login", "account", "locked", "code"], ["rain", "storm", "cold", "wind", "sunny"],
  ]

  static let requests: [Request] = (0..<80).map { index in
    let right = index % 4
    let own = words[right]
    let text = (0..<4).map { own[(index / 4 + $0 * (1 + index % 3)) % 5] } + ["today", "n\(index)"]
    // Each is wrong in another way: two texts of the same words are given different wrong labels.
    let wrong = (right + [1, 2, 3, 2][index / 20]) % 4
    return Request(
      text: text.joined(separator: " "), label: index % 20 == 7 ? wrong : right,
      right: right)
  }

  /// What a run says about one record.
  struct Outcome {
    let line: [String: Any]
    let emend: [String: Any]
    var isFlagged: Bool { emend["flagged"] as? Bool ?? false }
    var action: String { emend["action"] as? String ?? "" }
  }

  func run(
    _ lines: [String], mode: CorrectionMode = .auto, rules: RuleSet = RuleSet(),
    encoder: (any Encoder)? = StubEncoder()
  ) throws -> (outcomes: [Outcome], repaired: RepairedDataset) {
    let source = try source(lines, file: "data.jsonl")
    let repaired = try DatasetRepair(
      rules: rules, fields: FieldMapping(), mode: mode, threads: 1,
      models: StubModels(encoder: encoder)
    ).run(source)
    let reverted = try Reverter().revert(
      output: Source(file: "data.jsonl", content: try repaired.output))
    #expect(reverted.bytes == source.bytes)
    let outcomes = try repaired.output.split(separator: 10).map { line in
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      return Outcome(line: object, emend: try #require(object["emend"] as? [String: Any]))
    }
    return (outcomes, repaired)
  }

  func lines(_ label: (Int, Request) -> String) -> [String] {
    Self.requests.enumerated().map { index, request in
      "{\"id\": \(index), \"text\": \"\(request.text)\", \"label\": \(label(index, request))}"
    }
  }

  func plain(_ mode: CorrectionMode = .auto) throws -> [Outcome] {
    try run(lines { "\($1.label)" }, mode: mode).outcomes
  }

  func flags(_ outcomes: [Outcome]) -> [Int] {
    outcomes.indices.filter { outcomes[$0].isFlagged }
  }

  @Test func thePlainFileHasItsWrongLabelsFlagged() throws {
    #expect(flags(try plain()) == [7, 27, 47, 67])
  }

  @Test func oneColumnInThreeTypes() throws {
    let file = lines { index, request in
      ["\(request.label)", "\(request.label)", "\(request.label).0", "\"\(request.label)\""][
        index / 4 % 4]
    }
    let (outcomes, repaired) = try run(file, mode: .all)
    #expect(flags(outcomes) == flags(try plain(.all)))
    #expect(repaired.report.labels.count == 4)
    for outcome in outcomes where outcome.action == "corrected" {
      #expect(outcome.line["label"] is Int && !(outcome.line["label"] is String))
    }
    #expect(
      String(decoding: try repaired.output, as: UTF8.self).contains("\"label\": 0, \"emend\""))
  }

  @Test func oneLabelInSeveralSpellings() throws {
    let names = ["Fakturaci\u{F3}n", "Env\u{ED}o", "Contrase\u{F1}a", "Clima"]
    let file = lines { index, request in
      let name = names[request.label]
      let spelled = [
        name, name, name.decomposedStringWithCanonicalMapping, " \(name)", "\(name)\u{A0}",
        "\(name)\u{200B}", name.lowercased(), name,
      ][index / 4 % 8]
      return "\"\(spelled)\""
    }
    let (outcomes, repaired) = try run(file)
    #expect(flags(outcomes) == [7, 27, 47, 67])
    #expect(repaired.report.notes.contains { $0.contains("aliases: [\"envío\"]") })
    // Case is a note and no correction.
    #expect(repaired.report.labels.count == 8)
  }

  @Test func oneHotLists() throws {
    let file = lines { _, request in
      "[" + (0..<4).map { $0 == request.label ? "1" : "0" }.joined(separator: ",") + "]"
    }
    let (outcomes, _) = try run(file, mode: .all)
    #expect(flags(outcomes) == [7, 27, 47, 67])
    #expect(outcomes[7].line["label"] as? [Int] == [0, 0, 0, 1])
    #expect((outcomes[7].emend["soft_label"] as? [String: Any])?["3"] != nil)
  }

  @Test func listsOfOneItem() throws {
    let (outcomes, _) = try run(lines { "[\($1.label)]" }, mode: .all)
    let plain = try plain(.all)
    #expect(flags(outcomes) == flags(plain))
    for (own, other) in zip(outcomes, plain) {
      #expect(own.emend["credibility"] as? Double == other.emend["credibility"] as? Double)
    }
    #expect(outcomes[7].line["label"] as? [Int] == [3])
  }

  @Test(arguments: ["-1", "\"N/A\"", "null", "\"\""])
  func placeholders(placeholder: String) throws {
    let file = lines { $0 % 16 == 5 ? placeholder : "\($1.label)" }
    let (outcomes, repaired) = try run(file, mode: .all)
    for (index, outcome) in outcomes.enumerated() {
      #expect((outcome.action == "proposed") == (index % 16 == 5))
    }
    #expect(outcomes[5].emend["label"] as? Int == Self.requests[5].right)
    #expect(Set(repaired.report.labels.map(\.label)) == ["0", "1", "2", "3"])
    if placeholder != "null" {
      #expect(
        repaired.report.findings?.contains { $0.code == .placeholder && $0.count == 5 } == true)
    }
  }

  @Test func anAbstentionIsNoVote() throws {
    func file(_ abstention: String) -> [String] {
      Self.requests.enumerated().map { index, request in
        let votes = [request.right, request.right, (request.right + 1) % 4].enumerated().map {
          (index + $0.offset) % 3 == 0 ? abstention : "\($0.element)"
        }
        return "{\"text\": \"\(request.text)\", \"label\": \(request.label), "
          + "\"annotations\": [\(votes.joined(separator: ", ")), \(abstention)]}"
      }
    }
    let (minusOne, repaired) = try run(file("-1"))
    let (null, _) = try run(file("null"))
    for (first, second) in zip(minusOne, null) {
      let (own, other) = try (
        JSONSerialization.data(withJSONObject: first.emend, options: .sortedKeys),
        JSONSerialization.data(withJSONObject: second.emend, options: .sortedKeys)
      )
      #expect(own == other)
    }
    let facts = try #require(repaired.report.annotators)
    #expect(facts.count == 3 && facts.records == 80)
  }

  @Test func votesThatOnlyRepeatTheLabelChangeNoFlag() throws {
    let file = Self.requests.map {
      "{\"text\": \"\($0.text)\", \"label\": \($0.label), "
        + "\"annotations\": [\($0.label), \($0.label), \($0.label)]}"
    }
    #expect(flags(try run(file).outcomes) == flags(try plain()))
  }

  @Test func aLabelThatIsNoneOfTheVotes() throws {
    let file = Self.requests.enumerated().map { index, request in
      let votes =
        index % 10 == 3
        ? [(request.right + 1) % 4, (request.right + 2) % 4]
        : [request.right, request.right, request.label]
      return "{\"text\": \"\(request.text)\", \"label\": \(request.label), "
        + "\"annotations\": [\(votes.map(String.init).joined(separator: ", "))]}"
    }
    for outcome in try run(file).outcomes {
      let soft = try #require(outcome.emend["soft_label"] as? [String: Double])
      let given = try #require(
        (outcome.emend["original"] ?? outcome.line["label"]).flatMap { $0 as? Int })
      let label = try #require(outcome.emend["label"] as? Int)
      let credibility = try #require(outcome.emend["credibility"] as? Double)
      #expect(abs(credibility - (soft["\(given)"] ?? 0)) < 0.002)
      #expect(
        abs(try #require(outcome.emend["weight"] as? Double) - (soft["\(label)"] ?? 0)) < 0.002)
      if let proposal = outcome.emend["proposal"] as? Int {
        #expect(soft["\(proposal)"] ?? 0 > soft["\(given)"] ?? 0)
      }
    }
  }

  @Test func textsThatTheEncoderDoesNotKnow() throws {
    let foreign = ["\u{1265}\u{122D}", "\u{12DD}\u{1293}", "\u{1263}\u{1295}", "\u{12F6}\u{122E}"]
    func lines(known: Int) -> [String] {
      Self.requests.enumerated().map { index, request in
        let text =
          index < known ? request.text : "\(foreign[request.right]) \(foreign[index % 4]) n"
        return "{\"text\": \"\(text)\", \"label\": \(request.label)}"
      }
    }
    let file = lines(known: 70)
    let (outcomes, repaired) = try run(file, encoder: AsciiEncoder())
    let finding = try #require(repaired.report.findings?.first { $0.code == .unknownTokens })
    #expect(finding.count == 10 && finding.lines.first == 71)
    for outcome in outcomes[70...] {
      let evidence = try #require(outcome.emend["evidence"] as? [String: Any])
      #expect((evidence["neighbours"] as? [Any])?.isEmpty == true)
      #expect((evidence["signals"] as? [String: Any])?.keys.sorted() == ["lexical", "spelling"])
      #expect(outcome.action != "corrected")
    }
    #expect(try run(file).repaired.report.findings?.contains { $0.code == .unknownTokens } == false)
    // Where most texts are such, the error rate was predicted from files that are unlike this one.
    func isDoubted(_ report: RunReport) -> Bool {
      report.notes.contains { $0.contains("it knows fewer than half of these") }
    }
    #expect(!isDoubted(repaired.report))
    let mostly = try run(lines(known: 20), encoder: AsciiEncoder()).repaired.report
    #expect(mostly.errorRate != nil && isDoubted(mostly))
  }

  @Test func aTrustedRecordWithAnotherTextChangesNothing() throws {
    var rules = RuleSet()
    rules.trusted = TrustCondition(field: "verified", values: ["true"])
    let file = [
      "{\"text\": \"pain in the left knee\", \"label\": \"left\", \"verified\": true}",
      "{\"text\": \"pain in the right knee\", \"label\": \"right\"}",
      "{\"text\": \"result: \u{2705}\", \"label\": \"pass\", \"verified\": true}",
      "{\"text\": \"result: \u{274C}\", \"label\": \"fail\"}",
    ]
    #expect(
      try run(file, rules: rules, encoder: AsciiEncoder()).outcomes.allSatisfy {
        $0.action != "corrected"
      })
  }
}
