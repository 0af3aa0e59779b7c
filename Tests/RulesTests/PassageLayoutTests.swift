import Assessments
import Records
import Testing

@testable import Rules

/// The files of retrievers' trainers: what is read of them, and that their bytes come back.
struct PassageLayoutTests {
  private func read(_ lines: [String], _ rules: RuleSet = RuleSet(), file: String = "a.jsonl")
    throws
    -> Reading
  {
    let source = try Source(file: file, content: Array(lines.map { $0 + "\n" }.joined().utf8))
    let completed = rules.completed(for: source, preset: nil, fields: FieldMapping())
    return try Reader(options: completed.readingOptions()).read(source)
  }

  private func retrievals(_ reading: Reading) -> [Retrieval] {
    reading.records.compactMap {
      guard case .retrieval(let retrieval) = $0.content else { return nil }
      return retrieval
    }
  }

  /// The output of a run in which every passage has the same result.
  private func output(_ reading: Reading) -> String {
    let results = retrievals(reading).map { retrieval in
      RecordResult.retrieval(
        QueryResult(
          passages: retrieval.passages.map { passage in
            QueryResult.PassageResult(
              relevance: 0.5, utility: 0.25, useful: false, credibility: nil, flagged: false,
              grade: passage.grade ?? 0, proposal: nil, hardNegative: false, falseNegative: false,
              signals: [], truncated: false)
          }, answer: nil, answerSource: nil, scorer: "extractive", softLabel: [], reason: nil))
    }
    return String(decoding: reading.output(results), as: UTF8.self)
  }

  struct Layout: Sendable, CustomTestStringConvertible {
    let preset: String?
    let line: String
    let ids: [String]
    let grades: [Int?]
    var answers: [String] = []
    var testDescription: String { preset ?? line }
  }

  static let layouts: [Layout] = [
    Layout(
      preset: "flag-embedding",
      line:
        #"{"query": "q", "pos": ["a"], "neg": ["b", "c"], "pos_scores": [0.9], "neg_scores": [0.1, 0], "prompt": "p"}"#,
      ids: ["pos[0]", "neg[0]", "neg[1]"], grades: [1, 0, 0]),
    Layout(
      preset: "tevatron",
      line:
        #"{"query_id": 3, "query": "q", "positive_passages": [{"docid": "x", "title": "T", "text": "a"}], "negative_passages": [{"docid": 9, "title": "", "text": "b"}]}"#,
      ids: ["x", "9"], grades: [1, 0]),
    Layout(
      preset: "dpr",
      line:
        #"{"question": "q", "answers": ["yes"], "positive_ctxs": [{"title": "T", "text": "a", "passage_id": "1"}], "negative_ctxs": [], "hard_negative_ctxs": [{"title": "U", "text": "b", "psg_id": "2"}]}"#,
      ids: ["1", "2"], grades: [1, 0], answers: ["yes"]),
    Layout(
      preset: "triplets", line: #"{"anchor": "q", "positive": "a", "negative": "b"}"#,
      ids: ["positive", "negative"], grades: [1, 0]),
    Layout(
      preset: "triplets",
      line: #"{"anchor": "q", "positive": "a", "negative_1": "b", "negative_2": "c"}"#,
      ids: ["positive", "negative_1", "negative_2"], grades: [1, 0, 0]),
    Layout(
      preset: "triplets", line: #"{"anchor": "q", "positive": "a"}"#, ids: ["positive"],
      grades: [1]),
    Layout(
      preset: "triplets-query", line: #"{"query": "q", "positive": "a", "negative": "b"}"#,
      ids: ["positive", "negative"], grades: [1, 0]),
    Layout(
      preset: "tuples-query",
      line: #"{"query": "q", "positive": "a", "negative_1": "b", "negative_2": null}"#,
      ids: ["positive", "negative_1"], grades: [1, 0]),
    Layout(
      preset: "ms-marco-v2",
      line:
        #"{"query_id": 3, "query": "q", "answers": ["No Answer Present."], "passages": {"is_selected": [0, 1, -1], "passage_text": ["a", "b", "c"], "url": ["u", "v", "w"]}}"#,
      ids: [0, 1, 2].map { "passages.passage_text[\($0)]" }, grades: [0, 1, nil]),
    Layout(
      preset: nil, line: #"{"query": "q", "passages": ["a", {"text": "b", "label": 1}]}"#,
      ids: ["1", "2"], grades: [nil, 1]),
  ]

  @Test("Each layout is recognised, read, and comes back to the byte", arguments: layouts)
  func readBack(_ layout: Layout) throws {
    let reading = try read([layout.line, layout.line])
    #expect(reading.options.preset == layout.preset)
    #expect(reading.rejections == [])
    let retrieval = try #require(retrievals(reading).first)
    #expect(retrieval.query == "q" && retrieval.answers == layout.answers)
    #expect(retrieval.passages.map(\.id) == layout.ids)
    #expect(retrieval.passages.map(\.grade) == layout.grades)
    #expect(retrieval.passages.map(\.text) == Array(["a", "b", "c"].prefix(layout.ids.count)))
    if let preset = layout.preset {
      let note = try #require(reading.findings.first { $0.code == .preset })
      #expect(note.text.contains(preset) && note.text.contains("passages"))
    }
    let output = output(reading)
    // The user's bytes, and behind them our member with a result for each passage.
    #expect(output.hasPrefix(layout.line.dropLast() + ", \"emend\": {"))
    #expect(output.contains("\"passages\": [{\"id\": \"\(layout.ids[0])\", \"relevance\": 0.5000"))
    let out = try Source(file: "a.jsonl", content: Array(output.utf8))
    #expect(try Reverter().revert(output: out).bytes == reading.source.bytes)
    // A run of the output undoes the earlier run first.
    #expect(
      try self.output(read([String(output.split(separator: "\n")[0])]))
        == output.split(separator: "\n")[0] + "\n")
  }

  @Test("Rules name the lists, and the grade of a useful passage is the least that means useful")
  func named() throws {
    let (rules, problems) = RulesDirectory.parse(
      Array(
        "passages: {positive: good, negative: [bad, worse]}\nutility: {positive_from: 2}\n".utf8),
      file: "r.yaml")
    #expect(problems == [])
    let reading = try read(
      [#"{"query": "q", "good": "a", "bad": ["b"], "worse": {"text": "c", "label": 3}}"#], rules)
    #expect(retrievals(reading).first?.passages.map(\.grade) == [2, 0, 0])
    for wrong in ["{}", "{positive: a, text: b}", "{label: b}", "[a]"] {
      let (_, problems) = RulesDirectory.parse(Array("passages: \(wrong)\n".utf8), file: "r.yaml")
      #expect(problems.count == 1)
    }
  }

  @Test(
    "What cannot be read is set aside with its place",
    arguments: [
      (#"{"query": "q", "pos": ["a", 3], "neg": []}"#, "item 2 of \"pos\" is a number"),
      (#"{"query": "q", "pos": [{"txt": "a"}], "neg": []}"#, "item 1 of \"pos\" has no \"text\""),
      (#"{"query": " ", "pos": ["a"], "neg": []}"#, "the query is blank"),
    ])
  func faults(_ line: String, _ reason: String) throws {
    let good = #"{"query": "q", "pos": ["a"], "neg": ["b"]}"#
    let reading = try read([good, line, good])
    #expect(reading.rejections.map(\.line) == [2])
    #expect(reading.rejections.first?.reason.contains(reason) == true)
  }

  @Test("MS MARCO's labels must be as many as its texts")
  func unequal() throws {
    let line = #"{"query": "q", "passages": {"passage_text": ["a", "b"], "is_selected": [1, 0]}}"#
    let reading = try read([line, line.replacing("[1, 0]", with: "[1]")])
    #expect(reading.rejections.first?.reason.contains("1 labels for the 2 passages") == true)
  }

  @Test("Tables of triplets are refused, as no passage of them could have a result")
  func tables() throws {
    let reading = try read(["anchor,positive,negative", "q,a,b", "r,c,d"], file: "a.csv")
    #expect(reading.records.isEmpty && reading.rejections.count == 2)
    #expect(reading.rejections.allSatisfy { $0.reason.contains("cannot be read from tables") })
  }
}
