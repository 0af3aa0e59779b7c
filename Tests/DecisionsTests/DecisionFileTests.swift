import Decisions
import Records
import Testing

@Suite struct DecisionFileTests {
  private func read(_ text: String, name: String = "d.jsonl") throws -> [Decision] {
    try DecisionFile.read(Source(file: name, content: Array(text.utf8)))
  }

  private let digest = Record.contentDigest(ofText: "a text")

  @Test func aDecisionIsReadAsItIsWritten() throws {
    let decision = Decision(
      id: "r\"1", line: 3, contentDigest: digest, given: .one("a"), verdict: .change,
      label: .several(["b", "c"]), by: "Anna", at: "2026-11-23T10:00:00Z", note: "see\nthere",
      sampling: Decision.Sampling(source: .random, probability: 0.1))
    let text = String(decoding: DecisionFile.line(decision), as: UTF8.self)
    #expect(try read(text) == [decision])
  }

  @Test func theTextStandsForItsDigest() throws {
    let decisions = try read(
      #"{"id": 7, "text": "a  text", "given": 1, "decision": "keep"}"# + "\n")
    #expect(decisions.map(\.contentDigest) == [digest])
    #expect(decisions.map(\.id) == ["7"] && decisions.map(\.given) == [.one("1")])
  }

  @Test func whatWasNotFilledInIsNoDecision() throws {
    let table = """
      id,text,given,decision,label,sampled_from,sampled_probability
      1,a text,a,,,random,0.5
      2,a text,a,Keep,,random,"0,5"
      3,a text,a,,b,queue,1
      4,a text,a,,a,queue,1
      5,a text,a,"change","[""a"", ""b""]",queue,1
      6,'=1+1,'-a,change,'=x,,

      """
    let decisions = try read(table, name: "d.csv")
    #expect(decisions.map(\.id) == ["2", "3", "4", "5", "6"])
    #expect(decisions.map(\.verdict) == [.keep, .change, .keep, .change, .change])
    #expect(decisions[3].label == .several(["a", "b"]))
    #expect(decisions[0].sampling == Decision.Sampling(source: .random, probability: 0.5))
    #expect(decisions[4].given == .one("-a") && decisions[4].label == .one("=x"))
    #expect(decisions[4].contentDigest == Record.contentDigest(ofText: "=1+1"))
  }

  @Test(arguments: [
    (#"{"id": 1, "text": "x", "decision": "yes"}"#, "\"yes\" is no decision"),
    (#"{"id": 1, "text": "x", "decision": "change"}"#, "\"label\" is empty"),
    (#"{"id": 1, "text": "x", "given": "a", "decision": "keep", "label": "b"}"#, "names b"),
    (#"{"id": 1, "decision": "keep"}"#, "neither \"content_sha256\" nor \"text\""),
    (#"{"text": "x", "decision": "keep"}"#, "no \"id\""),
    (#"{"id": 1, "content_sha256": "12", "decision": "keep"}"#, "no SHA-256 digest"),
    (
      #"{"id": 1, "text": "x", "decision": "keep", "sampled": {"from": "random", "probability": 0}}"#,
      "probability above 0"
    ),
    (#"{"id": 1, "id": 2, "text": "x", "decision": "keep"}"#, "appears twice"),
  ])
  func whatIsNotClearIsRefusedWithItsLine(_ line: String, _ reason: String) throws {
    let error = #expect(throws: InputError.self) { try read("\n" + line + "\n") }
    #expect(error?.line == 2 && error?.reason.contains(reason) == true, "\(error.debugDescription)")
  }

  @Test func theLastDecisionOfAPersonCounts() throws {
    func decision(_ id: String, _ verdict: Decision.Verdict, _ label: String?, by: String)
      -> Decision
    {
      Decision(
        id: id, line: nil, contentDigest: digest, given: .one("a"), verdict: verdict,
        label: label.map { .one($0) }, by: by)
    }
    var drawn = decision("1", .keep, nil, by: "Anna")
    drawn.sampling = Decision.Sampling(source: .random, probability: 0.25)
    let set = DecisionSet([
      drawn, decision("1", .change, "b", by: "Anna"), decision("1", .change, "b", by: "Ben"),
      decision("2", .keep, nil, by: "Anna"), decision("2", .skip, nil, by: "Anna"),
      decision("3", .keep, nil, by: "Anna"), decision("3", .change, "a", by: "Ben"),
      decision("4", .keep, nil, by: "Anna"), decision("4", .change, "b", by: "Ben"),
      decision("5", .neither, nil, by: "Anna"), decision("5", .skip, nil, by: "Ben"),
    ])
    #expect(set.decided.map(\.id) == ["1", "3", "5"])
    #expect(set.decided[0].label == .one("b") && set.conflicts.map { $0.decisions[0].id } == ["4"])
    #expect(set.conflicts[0].description == "Anna says a; Ben says b")
  }

  @Test func aBlankDecisionBesideALabelIsNone() throws {
    let decisions = try read(
      #"{"id": 1, "text": "x", "given": "a", "decision": " ", "label": "b"}"# + "\n"
        + #"{"id": 2, "text": "x", "given": "a", "decision": "\t", "label": ""}"# + "\n")
    #expect(decisions.map(\.verdict) == [.change] && decisions[0].label == .one("b"))
  }

  /// Programs cut a table at semicolons or tabs in some countries, also within quotes.
  @Test func noPartOfACellIsAFormulaWhateverSeparatesCells() {
    for text in [
      "a;=1+1", "a,=1+1", "a\t@x", "a|+x", "a\n=x", "a\"=x\"", "a;'=x", "\u{FF1D}x", "=a;=b",
    ] {
      let cell = SpreadsheetText.neutralised(text)
      for part in cell.split(whereSeparator: { ",;|\t\n\"".contains($0) }) {
        #expect(!["=", "+", "-", "@", "\u{FF1D}"].contains { part.hasPrefix($0) }, "\(cell)")
      }
      #expect(cell != text && SpreadsheetText.restored(cell) == text, "\(text)")
    }
    for text in ["a;b", "a;-1", "1;2", ";;", "a b - c", "a;'b"] {
      #expect(SpreadsheetText.neutralised(text) == text && SpreadsheetText.restored(text) == text)
    }
    // Also of many apostrophes.
    let many = String(repeating: "'", count: 1_000_000) + "=x"
    #expect(SpreadsheetText.restored(SpreadsheetText.neutralised(many)) == many)
  }

  /// A program that opens and saves a table writes these as 7, 1, 100000, dates, TRUE.
  @Test func valuesThatProgramsRewriteAreGuardedAndComeBack() {
    for text in [
      "007", "1.0", "1e5", "3/4", "1-2", "May 5", "5 Mai 2026", "10:30", "TRUE", "false", "50 %",
      "+5",
      "0.25", "1234567890123456", "'007", "-0", "٣/٤", "2026-11-29T10:00:00Z", "10:30 PM",
      "\u{301}5", "\u{200D}1.0",
    ] {
      let cell = SpreadsheetText.guarded(text)
      #expect(cell == "'" + text && SpreadsheetText.restored(cell) == text, "\(text)")
    }
    for text in [
      "", "7", "-5", "0", "sport", "r12", "train-00123", "T-1051", "E 5", "3 apples", "'a",
      "true story", "wahr",
    ] {
      #expect(SpreadsheetText.guarded(text) == text && SpreadsheetText.restored(text) == text)
    }
    for text in ["=A1", "'=A1", "1;=2", "-a1", "=1e5;007"] {
      let cell = SpreadsheetText.guarded(text)
      #expect(cell.hasPrefix("'") && SpreadsheetText.restored(cell) == text, "\(text)")
    }
  }

  @Test func formulasAreMadeHarmlessAndComeBack() {
    for text in ["=1+1", "+a", "-a", "@x", "\tx", "'=x", "''-y", "\r"] {
      let cell = SpreadsheetText.neutralised(text)
      #expect(cell.hasPrefix("'") && SpreadsheetText.restored(cell) == text, "\(text)")
    }
    for text in ["", "-1", "+3.5", "a=b", "'a", "''", "-1e5"] {
      #expect(SpreadsheetText.neutralised(text) == text && SpreadsheetText.restored(text) == text)
    }
  }
}
