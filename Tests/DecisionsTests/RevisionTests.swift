import Assessments
import Decisions
import Records
import TestSupport
import Testing

/// Decisions in outputs of every container: the labels are there, and undoing the run gives the input.
@Suite struct RevisionTests {
  static let inputs: [(name: String, text: String)] = [
    (
      "a.jsonl",
      "\u{FEFF}{\"id\":1, \"text\" : \"x\",\"label\":\"a\" , \"n\": 1.50}\r\n\n{\"id\":2,\"text\":\"y\",\"label\":\"b\"}\r\n"
        + "{\"id\":3,\"text\":\"z\",\"label\":null}\n{\"id\":4,\"text\":\"w\"}\n{\"id\":5,\"text\":\"v\",\"label\":\"a\",\"emend\":{\"mine\":1}}"
    ),
    (
      "a.json",
      "[ {\"id\":1,\"text\":\"x\",\"label\":\"a\"},\n {\"id\":2,\"text\":\"y\",\"label\":\"b\"}, {\"id\":5,\"text\":\"v\",\"label\":\"a\"} ]\n"
    ),
    (
      "a.json",
      "{\"id\":[1,2,5],\"text\":[\"x\",\"y\",\"v\"],\"label\":[\"a\",\"b\",\"a\"]}\n"
    ),
    ("a.csv", "id,text,label\r\n1,\"x\",\"a\"\r\n2,y,b\r\n3,z,\r\n5,v,a\r\n"),
    (
      "a.jsonl",
      "{\"id\":1,\"text\":\"x\",\"label\":3}\n{\"id\":2,\"text\":\"y\",\"label\":4}\n{\"id\":5,\"text\":\"v\",\"label\":3}\n"
    ),
    (
      "a.jsonl",
      "{\"id\":1,\"text\":\"x\",\"label\":[\"a\"]}\n{\"id\":2,\"text\":\"y\",\"label\":[\"b\",\"a\"]}\n{\"id\":5,\"text\":\"v\",\"label\":[]}\n"
    ),
  ]

  /// What a run would say: the second record is corrected to the first one's labels, all others stay.
  private func output(_ reading: Reading) -> [UInt8] {
    let first = reading.records[0].labels
    return reading.output(
      reading.records.enumerated().map { index, record in
        var result = AnnotationResult(
          credibility: record.isLabelled ? 0.25 : nil, flagged: true,
          reviewRank: record.isLabelled ? index + 1 : nil,
          action: record.isLabelled ? (index == 1 ? .corrected : .review) : .proposed,
          labels: index == 1 ? first : record.labels, proposal: index == 1 ? [] : first,
          softLabel: [("a", 0.5), ("b", 0.5)], weight: 0.5, utility: 0.125, neighbours: [],
          signals: [], truncated: false, reason: index == 1 ? "out-voted" : nil)
        result.steps = 0.5
        return .annotation(result)
      })
  }

  private func decision(
    _ record: Record, _ verdict: Decision.Verdict, _ label: [String]? = nil
  ) -> Decision {
    func answer(_ names: [String]) -> Decision.Answer {
      record.isMultiLabel ? .several(names) : .one(names[0])
    }
    return Decision(
      id: record.id, line: record.line, contentDigest: record.contentDigest,
      given: record.isLabelled ? answer(record.labels.map(\.name)) : nil, verdict: verdict,
      label: label.map(answer))
  }

  @Test(arguments: inputs.indices)
  func decisionsAreWrittenAndUndone(_ index: Int) throws {
    let input = Self.inputs[index]
    let source = try Source(file: input.name, content: Array(input.text.utf8))
    let written = output(try Reader().read(source))
    let reading = try Reader().read(Source(file: input.name, content: written))
    let records = reading.records
    let names = records[1].labels.map(\.name)
    // The first is changed to the labels of the second; the correction of the second is taken back; no
    // label fits the last.
    var decisions = [
      decision(records[0], .change, names), decision(records[1], .keep),
      decision(records[records.count - 1], .neither),
    ]
    for record in records where !record.isLabelled {
      decisions.append(decision(record, .change, [names[0]]))
    }
    let matching = DecisionMatching(decisions, in: reading.records)
    #expect(matching.refusals.isEmpty && matching.matches.count == decisions.count)
    let revised = try reading.revised(matching.matches.map(\.revision))
    #expect(revised != written)
    let again = try Source(file: input.name, content: revised)
    #expect(try Reverter().revert(output: again).bytes == source.bytes)
    // A contrary decision: the first label is right after all.
    let next = try Reader().read(again)
    let contrary = DecisionMatching([decision(next.records[0], .keep)], in: next.records)
    let third = try Source(
      file: input.name, content: try next.revised(contrary.matches.map(\.revision)))
    #expect(try Reverter().revert(output: third).bytes == source.bytes)
    var paths = [["label"], ["emend", "label"], ["emend", "action"], ["emend", "weight"]]
    paths += [["emend", "proposal"], ["emend", "steps"]]
    var rows: [[PlainValue?]] = []
    var reader = PlainReader()
    try reader.read(again, paths: paths) { rows.append($1) }
    func isSame(_ left: PlainValue?, _ right: PlainValue?) -> Bool {
      "\(left as Any)" == "\(right as Any)"
    }
    #expect(isSame(rows[0][0], rows[0][1]), "\(rows[0])")
    #expect("\(rows[0][2] as Any)".contains("corrected") && rows[0][3]?.number == 1)
    #expect("\(rows[1][2] as Any)".contains("protected"))
    #expect(rows.last?[3]?.number == 0 && "\(rows.last?[2] as Any)".contains("review"))
    // Nothing is expected any more of what was decided; in a table that is an empty cell.
    #expect(rows.prefix(2).allSatisfy { $0[5]?.isNull ?? true }, "\(rows[0])")
    // What a record without a label was decided to be stays a proposal.
    for (record, row) in zip(records, rows) where record.isLabelled {
      #expect(row[4]?.isNull ?? true, "\(row)")
    }
  }

  /// The label that was decided before is not the right one either, so its soft label does not stay.
  @Test(arguments: inputs.indices)
  func noFittingLabelTakesBackAnEarlierDecision(_ index: Int) throws {
    let input = Self.inputs[index]
    let source = try Source(file: input.name, content: Array(input.text.utf8))
    var bytes = output(try Reader().read(source))
    func softLabel() throws -> String {
      var shares: [PlainValue?] = []
      var reader = PlainReader()
      try reader.read(Source(file: input.name, content: bytes), paths: [["emend", "soft_label"]]) {
        shares.append($1[0])
      }
      return "\(shares[0] as Any)"
    }
    func decide(_ verdict: Decision.Verdict) throws {
      let reading = try Reader().read(Source(file: input.name, content: bytes))
      let names = reading.records[1].labels.map(\.name)
      let matching = DecisionMatching(
        [decision(reading.records[0], verdict, verdict == .change ? names : nil)],
        in: reading.records)
      bytes = try reading.revised(matching.matches.map(\.revision))
    }
    let before = try softLabel()
    try decide(.neither)
    #expect(try softLabel() == before)
    try decide(.change)
    let changed = try softLabel()
    #expect(changed != before)
    try decide(.neither)
    let after = try softLabel()
    #expect(after != changed)
    try decide(.keep)
    #expect(try softLabel() == after)
    #expect(
      try Reverter().revert(output: Source(file: input.name, content: bytes)).bytes == source.bytes)
  }

  /// Results of columns are looked up once for all records.
  @Test func columnsTakeLinearTime() throws {
    let count = 2000
    func list(_ items: (Int) -> String) -> String {
      "[" + (0..<count).map(items).joined(separator: ",") + "]"
    }
    let text =
      "{\"id\":\(list { "\($0)" }),\"text\":\(list { "\"t\($0)\"" }),"
      + "\"label\":\(list { $0 % 2 == 0 ? "\"a\"" : "\"b\"" })}"
    let written = output(try Reader().read(Source(file: "a.json", content: Array(text.utf8))))
    let reading = try Reader().read(Source(file: "a.json", content: written))
    let matching = DecisionMatching(
      reading.records.map { decision($0, .keep) }, in: reading.records)
    var kept = 0
    let time = try processorTime {
      let revised = try Source(
        file: "a.json", content: reading.revised(matching.matches.map(\.revision)))
      var reader = PlainReader()
      try reader.read(revised, paths: [["emend", "action"]]) { _, values in
        if case .string("protected")? = values[0] { kept += 1 }
      }
    }
    #expect(kept == count)
    #expect(time < .seconds(20), "\(time)")
  }

  @Test func untouchedLinesKeepTheirBytes() throws {
    let input = Self.inputs[0]
    let written = output(
      try Reader().read(Source(file: input.name, content: Array(input.text.utf8))))
    let reading = try Reader().read(Source(file: input.name, content: written))
    let matching = DecisionMatching([decision(reading.records[1], .keep)], in: reading.records)
    let revised = try reading.revised(matching.matches.map(\.revision))
    func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
      bytes.split(separator: 10, omittingEmptySubsequences: false)
    }
    let (before, after) = (lines(written), lines(revised))
    #expect(before.count == after.count)
    #expect(before.indices.filter { before[$0] != after[$0] } == [2])
  }

  @Test func aDecisionAboutAnotherTextIsRefused() throws {
    let text =
      "{\"id\":1,\"text\":\"x\",\"label\":\"a\"}\n{\"id\":2,\"text\":\"y\",\"label\":\"b\"}\n"
    let reading = try Reader().read(Source(file: "a.jsonl", content: Array(text.utf8)))
    var other = decision(reading.records[0], .change, ["b"])
    other.contentDigest = Record.contentDigest(ofText: "x.")
    var unknown = decision(reading.records[0], .keep)
    unknown.id = "01"
    let misspelt = decision(reading.records[1], .change, ["A"])
    let matching = DecisionMatching([other, unknown, misspelt], in: reading.records)
    #expect(matching.matches.isEmpty)
    #expect(
      matching.refusals.map(\.reason) == [
        "the decision is about another text than that of line 1", "no record has this id",
        "no record has the label \"A\"; if it is meant, add --new-labels",
      ])
    let allowed = DecisionMatching([misspelt], in: reading.records, allowsNewLabels: true)
    #expect(allowed.matches.count == 1)
  }

  @Test func contentIsTheTextAndNotTheSpellingOfIt() throws {
    func digest(_ json: String) throws -> String {
      try Reader().read(Source(file: "a", content: Array((json + "\n").utf8))).records[0]
        .contentDigest
    }
    let composed = try digest("{\"text\":\"caf\u{E9}  au lait\",\"label\":1}")
    #expect(try digest("{\"text\":\" cafe\u{301} au\\nlait\",\"label\":2,\"id\":9}") == composed)
    #expect(try digest("{\"text\":\"Cafe\u{301} au lait\",\"label\":2}") != composed)
    #expect(
      try digest("{\"premise\":\"a b\",\"hypothesis\":\"c\",\"label\":1}")
        != digest("{\"premise\":\"a\",\"hypothesis\":\"b c\",\"label\":1}"))
    #expect(
      try digest("{\"text\":\"x\",\"vector\":[1,0],\"label\":1}")
        != digest("{\"text\":\"x\",\"vector\":[0,1],\"label\":1}"))
  }
}
