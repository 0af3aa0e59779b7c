import Records
import Foundation
import Testing

/// Which lines of JSON are records.
struct LineTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let line: String
    /// `nil` where the line is used; else the place of the reported fault, in bytes from 1.
    let column: Int?
    let reason: String

    init(_ line: String) {
      self.line = line
      column = nil
      reason = ""
    }

    init(_ line: String, at fragment: String, _ reason: String) {
      self.line = line
      let place = line.range(of: fragment)
      column = place.map { line.utf8.distance(from: line.startIndex, to: $0.lowerBound) + 1 }
      self.reason = reason
    }

    var testDescription: String { line }
  }

  static let relation = "\"text\": \"Ann met Bob\", \"tail\": {\"start\": 8, \"end\": 11}"

  static let cases: [Case] = [
    // Texts
    Case(#"{"text": "t"}"#), Case(#"{"text": ""}"#), Case(#"{"text": "\u0000"}"#),
    Case(#"{"text": "\ud800"}"#), Case(#"{"t\u0065xt": "t"}"#),
    Case(#"{}"#, at: "{", "no \"text\""), Case(#"{ }"#, at: "{", "no \"text\""),
    Case(#"{"label": "a"}"#, at: "{", "no \"text\""),
    Case(#"{"Text": "t"}"#, at: "{", "no \"text\""),
    Case(#"{"text": null}"#, at: "{", "no \"text\""),
    Case(#"{"text": 3}"#, at: "3", "a number where a string"),
    Case(#"{"text": true}"#, at: "true", "true or false where a string"),
    Case(#"{"text": ["a"]}"#, at: "[", "a list where a string"),
    Case(#"{"text": {"a": 1}}"#, at: "{\"a", "an object where a string"),
    Case(#"[1]"#, at: "[", "object expected, a list found"),
    Case(#""text""#, at: "\"", "object expected, a string found"),
    Case(#"3"#, at: "3", "object expected"), Case(#"null"#, at: "null", "object expected"),
    Case(#"true"#, at: "true", "object expected"),
    Case(#"{"text": "t"} {"text": "u"}"#, at: #"{"text": "u"#, "more after the end"),
    Case(#"{"text": "t"},"#, at: ",", "a comma after the end"),
    Case("{\"text\": \"t\"} , \t\r", at: ",", "a comma after the end"),
    Case(#"{"text": "t"}, {"text": "u"}"#, at: ",", "more after the end"),
    Case(#"{"text": "t"}]"#, at: "]", "more after the end"),
    Case("{\"text\": \"t\"}\r{\"text\": \"u\"}", at: "{\"text\": \"u", "more after the end"),
    // Repeated names
    Case(#"{"text": "t", "text": "u"}"#, at: #""text": "u"#, "twice"),
    Case(#"{"text": "t", "\u0074ext": "u"}"#, at: #""\u0074"#, "twice"),
    Case(#"{"text": "t", "x": 1, "x": 1}"#, at: #""x": 1}"#, "twice"),
    Case(#"{"text": "t", "": 1, "": 2}"#, at: #""": 2"#, "twice"),
    Case(#"{"text": "t", "é": 1, "\u00e9": 2}"#, at: #""\u00e9"#, "twice"),
    Case(#"{"text": "t", "😀": 1, "\ud83d\ude00": 2}"#, at: #""\ud83d"#, "twice"),
    Case("{\"text\": \"t\", \"\u{E9}\": 1, \"e\u{301}\": 2}"),
    Case(#"{"text": "t", "x": {"a": 1, "a": 2}}"#),
    Case(#"{"text": "t", "emend": 1, "emend": 2}"#, at: #""emend": 2"#, "twice"),
    // Labels
    Case(#"{"text": "t", "label": "a"}"#), Case(#"{"text": "t", "label": null}"#),
    Case(#"{"text": "t", "label": ""}"#), Case(#"{"text": "t", "label": " "}"#),
    Case(#"{"text": "t", "label": 0}"#), Case(#"{"text": "t", "label": -1.5e3}"#),
    Case(#"{"text": "t", "label": true}"#), Case(#"{"text": "t", "label": "\u0000"}"#),
    Case(#"{"text": "t", "label": 123456789012345678901234567890}"#),
    Case(#"{"text": "t", "label": 1e999}"#), Case(#"{"text": "t", "label": []}"#),
    Case(#"{"text": "t", "label": ["a", 1, true]}"#), Case(#"{"text": "t", "labels": ["a"]}"#),
    Case(#"{"text": "t", "label": ["a", "a"]}"#),
    Case(#"{"text": "t", "label": {"a": 1}}"#, at: "{\"a", "the label is an object"),
    Case(#"{"text": "t", "label": {}}"#, at: "{}", "the label is an object"),
    Case(#"{"text": "t", "label": [["a"]]}"#, at: "[\"a", "a label in the list is a list"),
    Case(#"{"text": "t", "label": ["a", {}]}"#, at: "{}", "a label in the list is an object"),
    Case(#"{"text": "t", "label": ["a", null]}"#, at: "null", "is null"),
    Case(#"{"text": "t", "label": "\ud800"}"#, at: #""\ud800"#, "half a surrogate"),
    Case(#"{"text": "t", "label": ["\udc00x"]}"#, at: #""\udc00"#, "half a surrogate"),
    // Ids
    Case(#"{"id": "r", "text": "t"}"#), Case(#"{"id": 7, "text": "t"}"#),
    Case(#"{"id": null, "text": "t"}"#), Case(#"{"id": false, "text": "t"}"#),
    Case(#"{"id": 123456789012345678901234567890, "text": "t"}"#),
    Case(#"{"id": "", "text": "t"}"#),
    Case(#"{"id": [1], "text": "t"}"#, at: "[1", "the id is a list"),
    Case(#"{"id": {"a": 1}, "text": "t"}"#, at: "{\"a", "the id is an object"),
    // Pairs
    Case(#"{"premise": "a", "hypothesis": "b"}"#), Case(#"{"text_a": "a", "text_b": "b"}"#),
    Case(#"{"sentence1": "a", "sentence2": "b"}"#),
    Case(#"{"premise": "a", "hypothesis": 3}"#, at: "3", "the second text is a number"),
    Case(#"{"premise": null, "hypothesis": "b"}"#, at: "null", "the first text is null"),
    Case(#"{"premise": "a"}"#, at: "{", "no \"text\""),
    Case(#"{"premise": "a", "text": "t"}"#),
    Case(#"{"text_a": "a", "sentence2": "b"}"#, at: "{", "no"),
    // Relations
    Case("{\(relation), \"head\": {\"start\": 0, \"end\": 3}}"),
    Case("{\(relation), \"head\": {\"start\": 0, \"end\": 3, \"text\": \"Bo\"}}"),
    Case("{\(relation), \"head\": {\"start\": 0, \"end\": 3, \"type\": null}}"),
    Case("{\(relation), \"head\": {\"start\": 0, \"end\": 11}}"),
    Case(
      "{\(relation), \"head\": {\"start\": 0, \"end\": 12}}", at: "12", "beyond the 11 characters"),
    Case("{\(relation), \"head\": {\"start\": 3, \"end\": 3}}", at: "3,", "empty or reversed"),
    Case("{\(relation), \"head\": {\"start\": 5, \"end\": 2}}", at: "5", "reversed"),
    Case("{\(relation), \"head\": {\"start\": -1, \"end\": 2}}", at: "-1", "whole number"),
    Case("{\(relation), \"head\": {\"start\": 0.5, \"end\": 2}}", at: "0.5", "whole number"),
    Case("{\(relation), \"head\": {\"start\": 0e0, \"end\": 2}}", at: "0e0", "whole number"),
    Case("{\(relation), \"head\": {\"start\": \"0\", \"end\": 2}}", at: "\"0\"", "whole number"),
    Case("{\(relation), \"head\": {\"start\": null, \"end\": 2}}", at: "null", "whole number"),
    Case(
      "{\(relation), \"head\": {\"start\": 0, \"end\": 99999999999999999999}}", at: "9999",
      "whole number"),
    Case(
      "{\(relation), \"head\": {\"start\": 0, \"end\": 9223372036854775807}}", at: "9223", "beyond"),
    Case("{\(relation), \"head\": {\"start\": 0}}", at: "{\"start\": 0}", "head.end is missing"),
    Case("{\(relation), \"head\": {\"end\": 3}}", at: "{\"end\": 3}", "head.start is missing"),
    Case("{\(relation), \"head\": {}}", at: "{}", "head.start is missing"),
    Case(
      "{\(relation), \"head\": {\"start\": 0, \"end\": 2, \"end\": 3}}", at: "\"end\": 3", "twice"),
    Case(
      "{\(relation), \"head\": {\"start\": 0, \"end\": 3, \"type\": []}}", at: "[]",
      "head.type is a list"),
    Case("{\(relation), \"head\": \"Ann\"}", at: "\"Ann\"", "head is a string"),
    Case("{\(relation), \"head\": null}", at: "null", "head is null"),
    Case("{\(relation)}", at: "\"tail", "head is missing"),
    Case(#"{"head": {"start": 0, "end": 1}, "tail": {"start": 0, "end": 1}}"#, at: "{", "neither"),
    Case(#"{"text": "t", "head": "a title"}"#),
    Case(#"{"text": "t", "head": "a", "tail": "b"}"#),
    Case(#"{"text": "éé", "head": {"start": 0, "end": 2}, "tail": {"start": 1, "end": 2}}"#),
    Case(#"{"text": "😀x", "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 2}}"#),
    Case(
      #"{"text": "😀x", "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 3}}"#, at: "3}}",
      "beyond the 2 characters"),
    Case(
      #"{"tokens": ["a", "b"], "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 2}}"#),
    Case(
      #"{"tokens": ["a", "b"], "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 3}}"#,
      at: "3}}", "beyond the 2 tokens"),
    Case(
      #"{"tokens": [], "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 2}}"#,
      at: "1}, \"tail", "beyond the 0 tokens"),
    Case(#"{"tokens": ["", ""], "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 2}}"#),
    Case(
      #"{"tokens": ["a", 3], "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 2}}"#,
      at: "3]", "token 1 is a number"),
    Case(
      #"{"tokens": "a b", "head": {"start": 0, "end": 1}, "tail": {"start": 1, "end": 2}}"#,
      at: "\"a b", "the tokens are a string"),
    Case(#"{"tokens": ["just", "words"]}"#), Case(#"{"tokens": []}"#),
    Case(#"{"tokens": [null]}"#, at: "null", "token 0 is null"),
    // Annotators
    Case(#"{"text": "t", "annotations": []}"#), Case(#"{"text": "t", "annotations": null}"#),
    Case(#"{"text": "t", "annotations": ["a", "b", null, 3]}"#),
    Case(#"{"text": "t", "annotations": [{"annotator": 1, "label": "a"}, {"label": "b"}]}"#),
    Case(#"{"text": "t", "annotations": [{"annotator": "x", "label": null}]}"#),
    Case(#"{"text": "t", "annotations": {"x": "a"}}"#, at: "{\"x", "the annotations are an object"),
    Case(#"{"text": "t", "annotations": "a"}"#, at: "\"a\"", "the annotations are a string"),
    Case(#"{"text": "t", "annotations": [{"annotator": "x"}]}"#, at: "{\"ann", "without a label"),
    Case(#"{"text": "t", "annotations": [["a"]]}"#, at: "[\"a", "label is a list"),
    Case(#"{"text": "t", "annotations": [{"label": {}}]}"#, at: "{}", "label is an object"),
    Case(
      #"{"text": "t", "annotations": [{"label": "a", "label": "b"}]}"#, at: #""label": "b"#, "twice"
    ),
    Case(
      #"{"text": "t", "annotations": [{"annotator": [], "label": "a"}]}"#, at: "[], ",
      "annotator is a list"),
    // Retrieval
    Case(#"{"query": "q", "passages": []}"#),
    Case(#"{"query": "q", "text": "t"}"#), Case(#"{"query": "q", "passages": [], "text": "t"}"#),
    Case(#"{"query": "q"}"#, at: "{", "no \"passages\""),
    // Members called emend
    Case(#"{"text": "t", "emend": null}"#), Case(#"{"text": "t", "emend": {"a": [1]}}"#),
    Case(#"{"emend": "mine", "text": "t"}"#), Case(#"{"text": "t", "\u0065mend": 3}"#),
    Case(#"{"text": "t", "emend": {"flagged": true, "action": "kept"}}"#),
    Case(#"{"text": "t", "emend": {"flagged": 1, "action": "kept", "evidence": {}}}"#),
    Case(#"{"text": "t", "emend": {"flagged": true, "action": "x", "evidence": {}}}"#),
  ]

  @Test("A line is used, or set aside with its place and a remedy", arguments: cases)
  func line(_ item: Case) throws {
    let good = "{\"text\": \"fine\"}\n"
    let reading = try read(good + item.line + "\n" + good)
    if let column = item.column {
      try #require(reading.rejections.count == 1)
      let rejection = reading.rejections[0]
      #expect(rejection.line == 2)
      #expect(rejection.column == column)
      #expect(rejection.byte == good.utf8.count + column - 1)
      #expect(rejection.reason.contains(item.reason), "\(rejection.reason)")
      #expect(rejection.remedy.count > 10)
    } else {
      #expect(item.reason.isEmpty, "the fragment is not in the line")
      #expect(reading.rejections == [])
    }
    #expect(try nothingIsLost(reading))
  }

  @Test(
    "Vectors are used, or set aside, in a file whose other vectors have two components",
    arguments: [
      Case(#"{"vector": [1, 2]}"#), Case(#"{"vector": [0, -1e-3]}"#),
      Case(#"{"vector": [1.5E+3, 0.0]}"#),
      Case(#"{"vector": [1]}"#, at: "[1", "has 1 components where most have 2"),
      Case(#"{"vector": [1, 2, 3]}"#, at: "[1", "has 3 components"),
      Case(#"{"vector": []}"#, at: "[]", "is empty"),
      Case(#"{"vector": [0, 0]}"#, at: "[0", "all zeros"),
      Case(#"{"vector": [0.0, -0]}"#, at: "[0", "all zeros"),
      Case(#"{"vector": [1, null]}"#, at: "null", "component 1 of the vector is null"),
      Case(#"{"vector": [1, "2"]}"#, at: "\"2", "component 1 of the vector is a string"),
      Case(#"{"vector": [[1], 2]}"#, at: "[1]", "component 0 of the vector is a list"),
      Case(#"{"vector": [true, 2]}"#, at: "true", "component 0 of the vector is true or false"),
      Case(#"{"vector": [1e39, 2]}"#, at: "1e39", "too large"),
      Case(#"{"vector": [1, -1e999]}"#, at: "-1e999", "too large"),
      Case(#"{"vector": "1 2"}"#, at: "\"1", "the vector is a string"),
      Case(#"{"vector": {}}"#, at: "{}", "the vector is an object"),
      Case(#"{"vector": 1}"#, at: "1}", "the vector is a number"),
      Case(#"{"vector": null}"#, at: "{", "no \"text\""),
      Case(#"{"text": "t", "vector": null}"#, at: "null", "there is no vector"),
      Case(#"{"text": "t"}"#, at: "{", "there is no vector"),
    ])
  func vector(_ item: Case) throws {
    let good = "{\"vector\": [1.25, -2]}\n"
    let reading = try read(good + item.line + "\n" + good)
    #expect(reading.rejections.count == (item.column == nil ? 0 : 1))
    if let column = item.column, let rejection = reading.rejections.first {
      #expect(rejection.column == column)
      #expect(rejection.reason.contains(item.reason), "\(rejection.reason)")
      #expect(rejection.remedy.count > 10)
    }
    #expect(reading.records.first?.vector == [1.25, -2])
    #expect(reading.records.count + reading.rejections.count == 3)
    #expect(try nothingIsLost(reading))
  }
}
