import Foundation
import Testing

/// `emend eval`. Each case of Fixtures/Evaluation has a gold file, an output, and in `expected.json` the flags and
/// the line that the reference implementation prints for them (in Python, with NumPy 2 and scikit-learn 1).
@Suite struct EvaluationTests {
  static let fixtures = Result {
    try #require(
      Bundle.module.url(forResource: "Evaluation", withExtension: nil, subdirectory: "Fixtures"))
  }

  static let cases = [
    "ties", "no-errors", "one-class", "lists", "sets", "doubtful", "all-rows", "types",
    "other-tool",
    "nothing-found", "passages", "passage-labels", "all-passages",
  ]

  private func expected(_ name: String) throws -> (arguments: [String], line: String) {
    let text = try String(
      contentsOf: Self.fixtures.get().appending(path: "\(name).expected.json"), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    let head = try #require(
      try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: [String]])
    return (head["arguments"] ?? [], lines[1])
  }

  private func path(_ name: String) throws -> String {
    try Self.fixtures.get().appending(path: name).path
  }

  @Test("passages that are strings are ranked by the results in the record's own member")
  func stringPassages() throws {
    let emend = try Emend()
    try emend.write(
      #"{"id": "q", "query": "Where is the hut?", "passages": ["Soup is hot.", "The hut stands by the lake."]}"#
        + "\n", to: "q.jsonl")
    #expect(
      try emend.run("run", "q.jsonl", "--scorer", "extractive", "--outbox", "out").status == 0)
    try emend.write(
      #"{"id": "q", "passages": [{"id": "p1", "useful": 0}, {"id": "p0", "useful": 1}]}"# + "\n",
      to: "gold.jsonl")
    let run = try emend.run("eval", "--gold", "gold.jsonl", "--json", "out/q.jsonl")
    #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
    #expect(run.text.contains(#""coverage": 1.0"#) && run.text.contains(#""map": 1.0"#), "\(run)")
  }

  @Test(arguments: cases)
  func theFiguresAreThoseOfTheReference(_ name: String) throws {
    let emend = try Emend()
    let (arguments, line) = try expected(name)
    let run = try emend.start(
      ["eval", "--gold", path("\(name).gold.jsonl"), path("\(name).output.jsonl")] + arguments
    ).finish()
    #expect(run.status == 0, "\(run)")
    #expect(run.text == line + "\n", "\(name)")
  }

  @Test func theTableHasTheTrivialBaselinesBesideTheFigures() throws {
    let emend = try Emend()
    let run = try emend.run(
      "eval", "--gold", path("ties.gold.jsonl"), "--table", path("ties.output.jsonl"))
    #expect(run.status == 0, "\(run)")
    #expect(
      run.text.contains(
        "40 records, 87.5 % of them in the output; 4 given labels are wrong (10.0 %)"))
    #expect(run.text.contains(#/average precision \(AP\) +0\.141 +0\.100\n/#))
    #expect(run.text.contains(#/F1 of flags +[0-9.]+ +0\.182 +0\.000\n/#))
    #expect(run.errors.contains("5 records of 40 are not in"))
    #expect(run.errors.contains("1 id repeated; the last record with an id counts"))
  }

  @Test func filesThatDoNotBelongTogetherAreRefused() throws {
    let emend = try Emend()
    try emend.write("{\"id\": 1, \"label\": \"a\", \"gold\": \"b\"}\n", to: "gold.jsonl")
    try emend.write("{\"id\": 1, \"label\": \"a\"}\n", to: "unknown.jsonl")
    try emend.write("{\"id\": 2, \"emend\": {}}\n", to: "other.jsonl")
    try emend.write("{\"emend\": {}}\n", to: "bare.jsonl")
    try emend.write(
      "{\"id\": 1, \"emend\": {\"credibility\": .5}}\n", to: "broken.jsonl")
    try emend.write(
      "{\"id\": 1, \"emend\": {\"credibility\": [1]}}\n", to: "list.jsonl")
    for (gold, output, message) in [
      ("unknown.jsonl", "other.jsonl", "no id of unknown.jsonl is in this file"),
      ("unknown.jsonl", "unknown.jsonl", "no record has a gold label (\"gold\")"),
      ("gold.jsonl", "bare.jsonl", "no record has a member \"id\""),
      ("gold.jsonl", "broken.jsonl", "broken.jsonl:1: byte 35"),
      ("gold.jsonl", "list.jsonl", "list.jsonl:1: emend.credibility is not a number"),
    ] {
      let run = try emend.run("eval", "--gold", gold, output)
      #expect(run.status == 1 && run.errors.contains(message), "\(run)")
      #expect(run.output.isEmpty)
    }
  }

  @Test func aTableIsMeasuredByItsColumns() throws {
    let emend = try Emend()
    let columns =
      "emend_credibility,emend_flagged,emend_action,emend_label,emend_proposal,emend_weight"
    try emend.write(
      "id,text,label,\(columns),emend_soft_label,emend_reason\n"
        + "1,x,a,0.9,false,kept,a,,1.0,\"{\"\"a\"\": 1.0}\",\n"
        + "2,y,a,0.1,true,review,a,b,0.5,\"{\"\"a\"\": 0.25, \"\"b\"\": 0.75}\",\n", to: "out.csv")
    try emend.write("id,label,gold,tie\n1,a,a,False\n2,a,b,False\n3,a,b,True\n", to: "gold.csv")
    let run = try emend.run("eval", "--gold", "gold.csv", "out.csv")
    #expect(run.status == 0, "\(run)")
    for part in ["\"left_out\": 1", "\"ap\": 1.0", "\"flag_f1\": 1.0", "\"brier\": 0.0625"] {
      #expect(run.text.contains(part), "\(part): \(run.text)")
    }
  }

  /// Other tools write cells such as False, and a label that is a number is a string in a table.
  @Test func aTableOfAnotherToolIsReadByWhatItsCellsMean() throws {
    let emend = try Emend()
    try emend.write(
      "id,credibility,is_issue,predicted\n1,0.9,False,1\n2,0.1,True,2\n3,0.8,FALSE,1\n",
      to: "out.csv")
    let gold = [(1, 1, 1), (2, 1, 2), (3, 1, 1)].map { id, given, gold in
      "{\"id\": \(id), \"label\": \(given), \"gold\": \(gold)}"
    }
    try emend.write(gold.joined(separator: "\n") + "\n", to: "gold.jsonl")
    let run = try emend.run(
      "eval", "--gold", "gold.jsonl", "out.csv", "--cred", "credibility", "--flag", "is_issue",
      "--corr", "predicted")
    #expect(run.status == 0, "\(run)")
    for part in ["\"flag_precision\": 1.0", "\"flag_f1\": 1.0", "\"changed\": 1"] {
      #expect(run.text.contains(part), "\(part): \(run.text)")
    }
  }

  @Test(arguments: ["\"nan\"", "\"inf\"", "\"-Infinity\"", "1e999"])
  func whatIsNoFiniteNumberIsRefusedWithItsLine(_ value: String) throws {
    let emend = try Emend()
    try emend.write(
      "{\"id\": 1, \"passages\": [{\"id\": 1, \"useful\": 1}, {\"id\": 2, \"useful\": 0}]}\n",
      to: "gold.jsonl")
    try emend.write(
      "\n{\"id\": 1, \"passages\": [{\"id\": 1, \"emend\": {\"utility\": \(value)}}, {\"id\": 2, \"emend\": "
        + "{\"utility\": 0.5}}]}\n", to: "out.jsonl")
    let run = try emend.run("eval", "--gold", "gold.jsonl", "out.jsonl")
    #expect(run.status == 1, "\(run)")
    #expect(run.errors.contains("out.jsonl:2: emend.utility is not a finite number"), "\(run)")
  }

  @Test func faultsInColumnsAndTablesHaveTheirLine() throws {
    let emend = try Emend()
    try emend.write(
      "{\"id\": [1, 2], \"label\": [\"a\", \"a\"], \"gold\": [\"a\", {\"x\": 1, \"x\": 2}]}",
      to: "gold.json")
    try emend.write("{\"id\": 1}\n", to: "out.jsonl")
    let run = try emend.run("eval", "--gold", "gold.json", "out.jsonl")
    #expect(run.status == 1 && run.errors.contains("gold.json:2:"), "\(run)")
  }

  /// Members are named as everywhere else: an item of a list, and a name with dots.
  @Test func membersAreNamedByPaths() throws {
    let emend = try Emend()
    try emend.write(
      (1...4).map { "{\"id\": \($0), \"label\": \"a\", \"gold\": \"\($0 == 4 ? "b" : "a")\"}" }
        .joined(separator: "\n") + "\n", to: "gold.jsonl")
    try emend.write(
      (1...4).map {
        "{\"meta\": [{\"row\": \($0)}], \"lab.quality\": \(1 / Double($0)), \"out\": {\"is.bad\": \($0 == 4)}}"
      }.joined(separator: "\n") + "\n", to: "out.jsonl")
    let run = try emend.run(
      "eval", "--gold", "gold.jsonl", "out.jsonl", "--id", "meta[0].row", "--cred", "lab.quality",
      "--flag", "out.is.bad")
    #expect(run.status == 0, "\(run)")
    #expect(
      run.text.contains("\"ap\": 1.0") && run.text.contains("\"flag_f1\": 1.0"), "\(run.text)")
    let odd = try emend.run("eval", "--gold", "gold.jsonl", "out.jsonl", "--id", "meta[x]")
    #expect(odd.status == 1 && odd.errors.contains("the path meta[x]"), "\(odd)")
    // Also within passages.
    try emend.write(
      "{\"id\": 1, \"passages\": [{\"id\": 1, \"useful\": 1}, {\"id\": 2, \"useful\": 0}]}\n",
      to: "g.jsonl")
    try emend.write(
      "{\"id\": 1, \"passages\": [{\"id\": 1, \"s\": [0, 0.9]}, {\"id\": 2, \"s\": [1, 0.1]}]}\n",
      to: "o.jsonl")
    let passages = try emend.run("eval", "--gold", "g.jsonl", "o.jsonl", "--util", "s[1]")
    #expect(passages.status == 0 && passages.text.contains("\"p1\": 1.0"), "\(passages)")
  }
}
