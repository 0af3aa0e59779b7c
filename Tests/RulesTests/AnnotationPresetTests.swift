import Assessments
import Records
import Testing

@testable import Rules

/// Records with several annotations: each is a vote, or what is not read is said.
struct AnnotationPresetTests {
  private func read(_ lines: [String], _ rules: RuleSet = RuleSet()) throws -> Reading {
    let source = try Source(file: "a.jsonl", content: Array(lines.map { $0 + "\n" }.joined().utf8))
    let completed = rules.completed(for: source, preset: nil, fields: FieldMapping())
    return try Reader(options: completed.readingOptions()).read(source)
  }

  private func votes(_ record: Record) -> [String] {
    record.votes.map { "\($0.annotator) \($0.label.name)" }
  }

  /// A task of Label Studio with one annotation for each of `annotations`.
  private func task(_ annotations: [(by: String, choices: [String], isCancelled: Bool)]) -> String {
    let list = annotations.map {
      "{\"completed_by\": \($0.by), \"was_cancelled\": \($0.isCancelled), \"result\": "
        + "[{\"from_name\": \"c\", \"type\": \"choices\", \"value\": {\"choices\": \($0.choices)}}]}"
    }
    return "{\"id\": 1, \"data\": {\"text\": \"t\"}, \"annotations\": ["
      + list.joined(separator: ", ") + "]}"
  }

  @Test("Several annotations of Label Studio are votes, one is the label, a cancelled one is none")
  func labelStudio() throws {
    let reading = try read([
      task([("7", ["x"], false), ("{\"id\": 8, \"email\": \"e\"}", ["y"], false)]),
      task([("7", ["y"], true), ("8", ["x"], false)]), task([("7", ["y"], false)]),
      task([("7", ["y"], true)]),
    ])
    #expect(reading.rejections == [])
    #expect(reading.records.map(votes) == [["7 x", "8 y"], [], [], []])
    #expect(reading.records.map { $0.labels.map(\.name) } == [[], ["x"], ["y"], []])
    #expect(reading.records.map(\.isMultiLabel) == [false, false, false, false])
    let finding = try #require(reading.findings.first { $0.code == .annotationVotes })
    #expect(finding.count == 1 && finding.lines == [1])
  }

  @Test("Several responses of Argilla are votes, flattened or not; a discarded one is none")
  func argilla() throws {
    let whole = #"{"fields": {"text": "t"}, "responses": {"topic": [RESPONSES]}}"#
    let reading = try read([
      whole.replacing(
        "RESPONSES", with: #"{"value": "x", "user_id": "u"}, {"value": "y", "user_id": "v"}"#),
      whole.replacing(
        "RESPONSES",
        with:
          #"{"value": "y", "user_id": "u", "status": "discarded"}, {"value": "x", "user_id": "v"}"#
      ),
    ])
    #expect(reading.records.map(votes) == [["u x", "v y"], []])
    #expect(reading.records.map { $0.labels.map(\.name) } == [[], ["x"]])
    let flat = try read([
      #"{"text": "t", "q.responses": ["x", "y"], "q.responses.users": ["u", "v"]}"#,
      #"{"text": "t", "q.responses": ["y"], "q.responses.users": ["v"]}"#,
    ])
    #expect(flat.records.map(votes) == [["u x", "v y"], []])
    #expect(flat.records.map { $0.labels.map(\.name) } == [[], ["y"]])
  }

  @Test("Where texts have several labels, the first annotation is the label, and that is said")
  func lists() throws {
    let reading = try read([
      task([("7", ["x", "y"], false), ("8", ["y"], false)]), task([("7", ["y"], false)]),
    ])
    #expect(reading.records.map { $0.labels.map(\.name) } == [["x", "y"], ["y"]])
    #expect(reading.records.map(votes) == [[], []])
    let finding = try #require(reading.findings.first { $0.code == .unreadAnnotations })
    #expect(finding.count == 1 && finding.severity == .warning)
  }

  @Test("An item that is taken of a longer list is said, and the last one is not")
  func items() throws {
    var rules = RuleSet()
    rules.fields.label = "tags[0]"
    let line = #"{"text": "t", "tags": ["x", "y"]}"#
    #expect(try read([line], rules).findings.contains { $0.code == .unreadItems && $0.count == 1 })
    rules.fields.label = "tags[-1]"
    #expect(try !read([line], rules).findings.contains { $0.code == .unreadItems })
    let two = task([("7", ["x"], false)]).replacing(
      "\"result\": [", with: "\"result\": [{\"value\": {\"choices\": [\"z\"]}}, ")
    #expect(try read([two]).findings.contains { $0.code == .unreadItems })
  }

  @Test("A corrected label goes to the annotation that it came from, and undoing is exact")
  func corrected() throws {
    let line = task([("7", ["y"], true), ("8", ["x"], false)])
    let reading = try read([line, task([("7", ["y"], false)])])
    let results = reading.records.enumerated().map { index, record in
      RecordResult.annotation(
        AnnotationResult(
          credibility: 0.1, flagged: index == 0, reviewRank: nil,
          action: index == 0 ? .corrected : .kept,
          labels: index == 0 ? [Label(name: "y", token: "\"y\"")] : record.labels, proposal: [],
          softLabel: [("y", 1)], weight: 1, utility: 1, neighbours: [], signals: [],
          truncated: false, reason: nil))
    }
    let output = reading.output(results)
    let written = try #require(String(decoding: output, as: UTF8.self).split(separator: "\n").first)
    #expect(written.contains(#""choices": ["y"]}}]}], "emend""#))
    #expect(written.contains(#""field": "annotations[1].result[0].value.choices""#))
    let reverted = try Reverter().revert(output: Source(file: "a.jsonl", content: output))
    #expect(reverted.bytes == reading.source.bytes)
    #expect(reverted.editedLines == [])
  }

  @Test("Rules say how annotations are read, and a path that cannot be read is a problem")
  func rules() throws {
    let (rules, problems) = RulesDirectory.parse(
      Array("fields: {annotations: marks}\nannotation: {label: tag, annotator: who}\n".utf8),
      file: "r.yaml")
    #expect(problems == [])
    let reading = try read(
      [#"{"text": "t", "marks": [{"tag": "x", "who": "a"}, {"tag": "y", "who": "b"}]}"#], rules)
    #expect(reading.records.map(votes) == [["a x", "b y"]])
    let (_, faults) = RulesDirectory.parse(
      Array("annotation: {label: 'a['}\n".utf8), file: "r.yaml")
    #expect(faults.count == 1)
  }
}
