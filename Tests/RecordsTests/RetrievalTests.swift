import Foundation
import TestSupport
import Assessments
import Testing

@testable import Records

/// Queries with passages: what is read, what is noted, and which lines are set aside with place and remedy.
struct RetrievalTests {
  private static func passages(_ list: String) -> String {
    "{\"query\": \"q\", \"passages\": [\(list)]}"
  }

  private func retrieval(_ reading: Reading, _ index: Int = 0) throws -> Retrieval {
    guard case .retrieval(let retrieval) = try #require(reading.records[index...].first).content
    else { throw Fault(offset: 0, reason: "no retrieval", remedy: "") }
    return retrieval
  }

  @Test("Every member is read")
  func everything() throws {
    let reading = try read(
      """
      {"id": 7, "query": "Who\\u003f", "passages": [
       {"id": "a", "text": "t", "title": "T", "label": 2}, {"text": "u", "id": 9}, {"text": "v", "title": null}
      ], "answers": ["Ann", " ", "Bo"]}
      """.replacing("\n", with: ""))
    #expect(reading.rejections == [])
    #expect(reading.findings == [])
    #expect(reading.kinds == [.retrieval: 1])
    #expect(reading.records.map(\.id) == ["7"])
    #expect(reading.records.map(\.isLabelled) == [false])
    #expect(
      reading.records.map(\.content) == [
        .retrieval(
          Retrieval(
            query: "Who?",
            passages: [
              Passage(id: "a", text: "t", title: "T", grade: 2), Passage(id: "9", text: "u"),
              Passage(id: "3", text: "v"),
            ],
            answers: ["Ann", "Bo"]))
      ])
  }

  @Test(
    "Queries and passages are found by their usual names",
    arguments: ["passages", "contexts", "ctxs"], ["query", "question", "qu\\u0065ry"])
  func names(_ passages: String, _ query: String) throws {
    let reading = try read("{\"\(query)\": \"q\", \"\(passages)\": [{\"text\": \"t\"}]}")
    #expect(try retrieval(reading).passages == [Passage(id: "1", text: "t")])
    #expect(try nothingIsLost(reading))
  }

  @Test("A line with a text is read as a text, unless a mapping names the passages")
  func precedence() throws {
    let line =
      #"{"query": "q", "docs": [{"body": "b", "key": 1, "grade": "1"}], "gold": "a", "text": "t", "passages": []}"#
    #expect(try read(line).records.map(\.content) == [.text("t")])
    var fields = FieldMapping()
    fields.passages = "docs"
    fields.passageText = "body"
    fields.passageID = "key"
    fields.passageLabel = "grade"
    fields.answers = "gold"
    let reading = try read(line, ReadingOptions(fields: fields))
    #expect(
      try retrieval(reading)
        == Retrieval(
          query: "q", passages: [Passage(id: "1", text: "b", grade: 1)], answers: ["a"]))
    let output = reading.output([.retrieval(result(try retrieval(reading)))])
    #expect(text(output).contains("\"field\": \"docs\""))
    #expect(
      try Reverter().revert(output: Source(file: "o", content: output)).bytes == Array(line.utf8))
  }

  @Test(
    "Answers are a list, one string, or none",
    arguments: [
      ("[\"a\", \"\", \" \\n\", \"b\"]", ["a", "b"]), ("\"a\"", ["a"]), ("\" \"", []), ("null", []),
      ("[]", []),
    ])
  func answers(_ given: String, _ expected: [String]) throws {
    let reading = try read("{\"query\": \"q\", \"passages\": [], \"answers\": \(given)}")
    #expect(try retrieval(reading).answers == expected)
  }

  @Test(
    "Labels are whole numbers up to the scale, however they are written",
    arguments: [
      ("0", 0), ("4", 4), ("true", 1), ("false", 0), ("null", nil), ("\"3\"", 3), ("1.0", 1),
      ("\"\\u0032\"", 2), ("2.00", 2),
    ])
  func grades(_ given: String, _ expected: Int?) throws {
    let reading = try read(Self.passages("{\"text\": \"t\", \"label\": \(given)}"))
    #expect(try retrieval(reading).passages.map(\.grade) == [expected])
  }

  @Test("The scale can be widened, and the remedy says how")
  func scale() throws {
    let line = Self.passages("{\"text\": \"t\"}, {\"text\": \"u\", \"label\": 7}")
    let rejection = try #require(try read(line).rejections.first)
    #expect(rejection.reason == "the label of passage 2 is 7, where the scale is 0 to 4")
    #expect(rejection.remedy.contains("utility: {scale: 7}"))
    let wide = try read(line, ReadingOptions(gradeScale: 7))
    #expect(try retrieval(wide).passages.map(\.grade) == [nil, 7])
  }

  @Test("A query can be a trusted record like any other")
  func trust() throws {
    let line = "{\"query\": \"q\", \"passages\": [], \"gold\": true}"
    let trusted = ReadingOptions(trusted: TrustCondition(field: "gold", values: ["true"]))
    #expect(try read(line, trusted).records.map(\.isTrusted) == [true])
    #expect(try read(line).records.map(\.isTrusted) == [false])
  }

  @Test(
    "Members that are not used are noted and not read",
    arguments: [
      ("\"label\": {\"a\": 1}", "the label beside a query"),
      ("\"annotations\": 3", "the annotations beside a query"),
      ("\"vector\": []", "the vector beside a query"),
    ])
  func ignored(_ member: String, _ note: String) throws {
    let reading = try read("{\"query\": \"q\", \"passages\": [], \(member)}")
    #expect(reading.records.count == 1)
    #expect(reading.findings.contains { $0.text.contains(note) })
    #expect(reading.records.allSatisfy { $0.vector == nil && $0.labels.isEmpty })
    #expect(try read("{\"query\": \"q\", \"passages\": [], \"label\": null}").findings == [])
  }

  @Test("Empty passages are noted once per line")
  func empty() throws {
    let reading = try read(Self.passages("{\"text\": \"\"}, {\"text\": \"\"}"))
    #expect(reading.findings.map(\.text) == ["line 1: a passage's text is empty"])
    #expect(try retrieval(reading).passages.map(\.text) == ["", ""])
  }

  @Test("Vectors and lists in the same file do not change queries")
  func mixed() throws {
    let query = "{\"query\": \"q\", \"passages\": []}\n"
    let vectors = try read("{\"vector\": [1]}\n\(query)\(query)\(query)")
    #expect(vectors.rejections == [])
    #expect(vectors.records.map { $0.vector?.count } == [1, nil, nil, nil])
    let lists = try read("{\"text\": \"t\", \"label\": [\"a\"]}\n\(query)")
    #expect(lists.records.map(\.isMultiLabel) == [true, false])
  }

  /// The expected place is that of the fragment in the line.
  @Test("Passages that share an id keep their query, and the later ones get ids of their own")
  func sharedIDs() throws {
    let reading = try read(
      Self.passages(
        #"{"text": "t", "id": "2"}, {"text": "u"}, {"text": "v", "id": "2#2"}, {"text": "T", "id": 2}"#
      )
        + "\n")
    guard case .retrieval(let retrieval) = try #require(reading.records.first).content else {
      return
    }
    #expect(retrieval.passages.map(\.id) == ["2", "2#2", "2#2#3", "2#4"])
    #expect(reading.rejections == [])
    #expect(reading.findings.contains { $0.code == .repeatedPassageID && $0.lines == [1] })
    #expect(try nothingIsLost(reading))
  }

  @Test(
    "A line that cannot be used is set aside with the fault's place and a remedy",
    arguments: [
      (#"{"query": " \n", "passages": []}"#, #"" \n""#, "the query is blank"),
      (#"{"query": 3, "passages": []}"#, "3", "the query is a number"),
      (#"{"query": "q", "passages": {}}"#, "{}", "the passages are an object"),
      (#"{"query": "q", "passages": null}"#, "null", "the passages are null"),
      (passages(#"{"text": "t"}, {"id": 4}"#), #"{"id"#, "passage 2 has no \"text\""),
      (passages(#"{"text": null}"#), "null", "the text of passage 1 is null"),
      (passages(#"{"text": "t", "title": 3}"#), "3", "the title of passage 1 is a number"),
      (passages(#"{"text": "t", "id": []}"#), "[]", "the id of passage 1 is a list"),
      (passages(#"{"text": "t", "text": "u"}"#), #""text": "u"#, "twice"),
      (passages(#"{"text": "t", "x": 1, "\u0078": 2}"#), #""\u0078"#, "twice"),
      (passages(#"{"text": "t", "label": 5}"#), "5", "the label of passage 1 is 5"),
      (
        passages(#"{"text": "t", "label": -1.5}"#), "-1",
        "passage 1 is -1.5, where the scale is 0 to 4"
      ),
      (passages(#"{"text": "t", "label": 0.5}"#), "0.5", "passage 1 is 0.5"),
      (passages(#"{"text": "t", "label": "+1"}"#), #""+1""#, "passage 1 is \"+1\""),
      (passages(#"{"text": "t", "label": ""}"#), #""""#, "passage 1 is \"\""),
      (passages(#"{"text": "t", "label": 1e0}"#), "1e0", "passage 1 is 1e0"),
      (passages(#"{"text": "t", "label": [1]}"#), "[1]", "passage 1 is a list"),
      (#"{"query": "q", "passages": [], "answers": ["a", 3]}"#, "3", "answer 2 is a number"),
      (
        #"{"query": "q", "passages": [], "answers": true}"#, "true", "the answers are true or false"
      ),
    ])
  func rejected(_ line: String, _ fragment: String, _ reason: String) throws {
    let good = "{\"text\": \"fine\"}\n"
    let reading = try read(good + line + "\n")
    let rejection = try #require(reading.rejections.first)
    #expect(rejection.reason.contains(reason), "\(rejection.reason)")
    #expect(rejection.remedy.count > 10)
    let place = try #require(line.range(of: fragment))
    #expect(
      rejection.column == line.utf8.distance(from: line.startIndex, to: place.lowerBound) + 1)
    #expect(rejection.byte == good.utf8.count + rejection.column - 1)
    #expect(try nothingIsLost(reading))
  }

  @Test("Passages in the member emend, where the result is written, are refused")
  func occupied() throws {
    var fields = FieldMapping()
    fields.passages = "emend"
    let reading = try read(
      "{\"text\": \"t\"}\n{\"query\": \"q\", \"emend\": []}", ReadingOptions(fields: fields))
    #expect(reading.rejections.map(\.column) == [16])
  }

  @Test("The time grows in proportion to the number of passages, not to its square")
  func linear() throws {
    func duration(_ count: Int) throws -> Duration {
      let list = (0..<count).map { "{\"text\": \"passage \($0)\", \"label\": 0}" }
      let source = try Source(
        file: "f", content: Array(Self.passages(list.joined(separator: ", ")).utf8))
      return try (0..<3).map { _ in
        try processorTime {
          let reading = try Reader().read(source)
          let output = reading.output([.retrieval(result(try retrieval(reading)))])
          let reverted = try Reverter().revert(output: Source(file: "o", content: output))
          #expect(reverted.bytes == source.bytes)
        }
      }.min() ?? .zero
    }
    // Sixteen times as many passages; quadratic work would take 256 times as long.
    #expect(try duration(8_000) < duration(500) * 80)
  }

  @Test(
    "The error for an incomplete query names what is missing",
    arguments: [
      (#"{"query": "q", "label": "a"}"#, "a query and no \"passages\""),
      (#"{"question": "q"}"#, "a query and no \"passages\""),
      (#"{"passages": [{"text": "t"}]}"#, "passages and no \"query\""),
      (#"{"label": "a"}"#, "there is no \"text\""),
    ])
  func incompleteQuery(_ line: String, _ reason: String) throws {
    let reading = try read(line)
    #expect(reading.rejections.map(\.reason).first?.contains(reason) == true)
  }
}
