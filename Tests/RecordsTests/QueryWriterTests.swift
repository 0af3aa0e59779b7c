import Testing

@testable import Records

/// Lines of queries with passages: their output byte for byte, and the input restored from it.
struct QueryWriterTests {
  /// What ``passageResult(_:)`` is written as, without the closing brace.
  private static func own(_ grade: Int = 0) -> String {
    "{\"relevance\": 0.5000, \"utility\": 0.2500, \"useful\": false, \"credibility\": null, "
      + "\"flagged\": false, \"label\": \(grade), \"hard_negative\": false, \"signals\": {}"
  }

  /// What a query's ``result(_:)`` is written as, without the closing brace.
  private static let tail = "{\"answer\": null, \"scorer\": \"extractive\", \"soft_label\": {}"

  private func results(_ reading: Reading) -> [RecordResult] {
    reading.records.compactMap {
      if case .retrieval(let retrieval) = $0.content { .retrieval(result(retrieval)) } else { nil }
    }
  }

  private func written(_ line: String) throws -> String {
    let reading = try read(line)
    return text(reading.output(results(reading)))
  }

  private func reverted(_ output: String) throws -> String {
    text(try Reverter().revert(output: Source(file: "o", content: Array(output.utf8))).bytes)
  }

  @Test("Every member is written, in the fixed order")
  func everything() throws {
    var first = passageResult(1)
    (first.relevance, first.utility, first.useful) = (0.81, 0.4, true)
    (first.credibility, first.flagged, first.proposal) = (0.93, true, 0)
    (first.hardNegative, first.falseNegative, first.truncated) = (true, true, true)
    first.easyNegative = true
    first.signals = [("dense", -0.25), ("bm\"25", 12.34567)]
    let whole = QueryResult(
      passages: [first, passageResult()], answer: "A \"b\"\n", answerSource: "given",
      scorer: "likelihood m", softLabel: [("p\"0", 2), ("2", 1)], reason: "no answer")
    let line =
      "{ \"query\" : \"q\",\"passages\":[ {\"id\": \"p\\\"0\", \"text\":\"t\" , \"label\": 1} ,\t{\"text\":\"u\" } ] }\r\n"
    #expect(
      text(try read(line).output([.retrieval(whole)]))
        == "{ \"query\" : \"q\",\"passages\":[ {\"id\": \"p\\\"0\", \"text\":\"t\" , \"label\": 1, "
        + "\"emend\": {\"relevance\": 0.8100, \"utility\": 0.4000, \"useful\": true, "
        + "\"credibility\": 0.93000000, \"flagged\": true, \"label\": 1, \"proposal\": 0, "
        + "\"hard_negative\": true, \"easy_negative\": true, \"false_negative\": true, \"truncated\": true, "
        + "\"signals\": {\"dense\": -0.2500, \"bm\\\"25\": 12.3457}}} ,\t{\"text\":\"u\", "
        + "\"emend\": \(Self.own())} } ], "
        + "\"emend\": {\"answer\": \"A \\\"b\\\"\\n\", \"answer_source\": \"given\", "
        + "\"scorer\": \"likelihood m\", \"reason\": \"no answer\", "
        + "\"soft_label\": {\"p\\\"0\": 0.6667, \"2\": 0.3333}} }\r\n")
  }

  @Test("The soft label leaves out shares that print as 0; without an answer there is no source")
  func softLabel() throws {
    let line = "{\"query\":\"q\",\"passages\":[{\"text\":\"a\"},{\"text\":\"b\"}]}"
    let result = QueryResult(
      passages: [passageResult(), passageResult()], answer: nil, answerSource: "given",
      scorer: "s", softLabel: [("1", 0.00001), ("2", 0.99999)], reason: nil)
    #expect(
      text(try read(line).output([.retrieval(result)]))
        .hasSuffix(
          "], \"emend\": {\"answer\": null, \"scorer\": \"s\", \"soft_label\": {\"2\": 1.0000}}}"))
  }

  @Test("The user's own members emend are kept inside ours, wherever they stand")
  func foreign() throws {
    let line =
      "{\"emend\": 5, \"query\":\"q\",\"ctxs\":[{\"\\u0065mend\" : [ 1 ],\"text\":\"a\"}, {\"text\":\"b\"}]}\n"
    let output = try written(line)
    #expect(
      output
        == "{\"emend\": {\"answer\": null, \"scorer\": \"extractive\", \"field\": \"ctxs\", "
        + "\"soft_label\": {}, \"previous\": 5}, \"query\":\"q\",\"ctxs\":[{\"\\u0065mend\" : "
        + "\(Self.own()), \"previous\": [ 1 ]},\"text\":\"a\"}, {\"text\":\"b\", "
        + "\"emend\": \(Self.own())}}]}\n")
    #expect(try reverted(output) == line)
  }

  @Test(
    "A run on emend's own output gives the same as a run on the input",
    arguments: [
      "{\"query\":\"q\",\"passages\":[]}\n",
      "{\"passages\":[{\"text\":\"a\",\"label\":1} ],\"query\":\"q\" }\r\n",
      "{\"query\":\"q\",\"emend\":{\"scorer\":1,\"soft_label\":{}},\"passages\":[{\"emend\":{\"relevance\":1,\"utility\":0,\"useful\":true},\"text\":\"a\"}]}",
    ])
  func again(_ line: String) throws {
    let first = try read(line)
    let output = first.output(results(first))
    let second = try read(output)
    #expect(second.format.undoneLines == 1)
    #expect(second.records.map(\.content) == first.records.map(\.content))
    #expect(second.output(results(second)) == output)
    #expect(second.restored == Array(line.utf8))
    #expect(try reverted(text(output)) == line)
  }

  @Test("Undoing a run keeps what somebody changed after it")
  func edited() throws {
    let output = try written(
      "{\"query\":\"q\",\"passages\":[{\"text\":\"a\",\"label\":0},{\"text\":\"b\"}]}\n")
    let edited =
      output
      .replacing("\"text\":\"a\",\"label\":0", with: "\"text\":\"A\",\"label\":1")
      .replacing("\"passages\":[", with: "\"passages\":[{\"text\":\"new\",\"emend\":{}},3,")
    let expected =
      "{\"query\":\"q\",\"passages\":[{\"text\":\"new\",\"emend\":{}},3,{\"text\":\"A\",\"label\":1},{\"text\":\"b\"}]}\n"
    #expect(try reverted(edited) == expected)
  }

  @Test("An output that another program has reformatted is still undone")
  func reformatted() throws {
    let record = "{\"soft_label\":{},\"x\":1,\"\\u0073corer\":\"s\"}"
    let passage = "{\"useful\":true,\"utility\":1,\"relevance\":0}"
    #expect(
      try reverted(
        "{\"emend\":\(record),\"passages\":[{\"emend\":\(passage),\"text\":\"t\"},{\"emend\":\(passage)}]}"
      )
        == "{\"passages\":[{\"text\":\"t\"},{}]}")
  }

  @Test(
    "A member that is only similar to ours stays",
    arguments: [
      "{\"relevance\":\"1\",\"utility\":0,\"useful\":true}", "{\"relevance\":1,\"useful\":true}",
      "{\"relevance\":1,\"utility\":null,\"useful\":true}",
      "{\"relevance\":1,\"utility\":0,\"useful\":1}", "[]",
    ])
  func notOurs(_ member: String) throws {
    let line = "{\"passages\":[{\"emend\":\(member),\"text\":\"t\"}],\"query\":\"q\"}"
    #expect(try reverted("{\"emend\":\(Self.tail)},\(line.dropFirst())") == line)
  }

  @Test("A line with a member that is only similar to ours is not undone")
  func notOurLine() {
    for member in ["{\"scorer\":1,\"soft_label\":{}}", "{\"scorer\":\"s\",\"soft_label\":[]}"] {
      #expect(throws: InputError.self) { try reverted("{\"query\":\"q\",\"emend\":\(member)}") }
    }
  }

  @Test("A fault in an edited output is reported at its place in that output")
  func places() throws {
    let output = try written("{\"query\":\"q\",\"passages\":[{\"text\":\"a\"},{\"text\":\"b\"}]}\n")
    let good = "{\"text\":\"t\"}\n"
    for (edited, fragment) in [
      (output.replacing("\"text\":\"b\"", with: "\"text\":null"), "null"),
      (output.replacing("\"text\":\"b\"", with: "\"text\":\"b\",\"text\":\"c\""), "\"text\":\"c"),
    ] {
      let rejection = try #require(try read(good + edited).rejections.first)
      let line = Array(edited.utf8)
      #expect(text(Array(line[(rejection.column - 1)...])).hasPrefix(fragment))
    }
  }

  @Test("Undoing puts rejected lines back in their places")
  func rejected() throws {
    let bad = "{\"query\": \"\", \"passages\": []}\r\n"
    let good = "{\"query\": \"q\", \"passages\": []}\n"
    let reading = try read(good + bad + good)
    #expect(reading.rejections.map(\.line) == [2])
    let back = try Reverter().revert(
      output: Source(file: "o", content: reading.output(results(reading))),
      rejected: Source(file: "r", content: reading.rejectedOutput()))
    #expect(text(back.bytes) == good + bad + good)
  }
}
