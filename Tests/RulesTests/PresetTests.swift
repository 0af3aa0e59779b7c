import Records
import Assessments
import Testing

@testable import Rules

/// The presets: which content they are taken for, and what is read by them.
struct PresetTests {
  struct Layout: Sendable, CustomTestStringConvertible {
    let preset: String?
    let line: String
    /// Text and label that must be read; a label of nil is none.
    var text = "t"
    var label: String? = "x"
    var testDescription: String { preset ?? line }
  }

  static let layouts: [Layout] = [
    Layout(
      preset: "label-studio",
      line:
        #"{"id": 1, "data": {"text": "t"}, "annotations": [{"result": [{"value": {"choices": ["x"]}}]}]}"#
    ),
    Layout(
      preset: "label-studio",
      line:
        #"{"id": 1, "data": {"review": "t"}, "annotations": [{"result": [{"value": {"choices": ["x"]}}]}]}"#
    ),
    Layout(
      preset: "label-studio-min",
      line:
        #"{"text": "t", "id": 1, "sentiment": "x", "annotator": 1, "annotation_id": 2, "lead_time": 1.5}"#
    ),
    Layout(
      preset: "argilla",
      line:
        #"{"id": "1", "fields": {"text": "t"}, "responses": {"topic": [{"value": "x", "user_id": "u"}]}}"#
    ),
    Layout(
      preset: "argilla",
      line:
        #"{"fields": {"text": "t", "title": "no"}, "responses": {"label": [{"value": "x"}], "note": [{"value": "no"}]}}"#
    ),
    Layout(
      preset: "argilla-flat",
      line: #"{"text": "t", "topic.responses": ["x"], "topic.responses.users": ["u"]}"#),
    Layout(
      preset: "argilla-flat",
      line: #"{"fields": {"text": "t"}, "intent.responses": [{"value": "x"}]}"#),
    Layout(
      preset: "argilla-1",
      line:
        #"{"text": "t", "annotation": "x", "annotation_agent": "me", "status": "Validated", "prediction": null}"#
    ),
    Layout(preset: "doccano", line: #"{"id": 1, "data": "t", "label": ["x"], "Comments": []}"#),
    Layout(
      preset: "prodigy", line: #"{"text": "t", "accept": ["x"], "answer": "accept", "options": []}"#
    ),
    Layout(
      preset: "prodigy", line: #"{"text": "t", "accept": ["x"], "answer": "reject"}"#, label: nil),
    Layout(
      preset: "prodigy-binary",
      line: #"{"text": "t", "label": "x", "answer": "ignore", "_task_hash": 3}"#,
      label: nil),
    Layout(
      preset: "openai",
      line:
        #"{"messages": [{"role": "user", "content": "t"}, {"role": "assistant", "content": "x"}]}"#),
    Layout(
      preset: "openai",
      line:
        #"{"messages": [{"role": "assistant", "content": "t"}, {"role": "user", "content": "x"}]}"#,
      label: nil),
    Layout(
      preset: "sharegpt",
      line:
        #"{"conversations": [{"from": "human", "value": "t"}, {"from": "gpt", "value": "x"}]}"#),
    Layout(preset: "datasets-server", line: #"{"row_idx": 0, "row": {"text": "t", "label": "x"}}"#),
    Layout(preset: "spacy", line: #"{"text": "t", "cats": {"x": 1.0, "y": 0.0}}"#),
    Layout(preset: "prompt-completion", line: #"{"prompt": "t", "completion": "x"}"#),
    // The usual members count, whatever else is there.
    Layout(preset: nil, line: #"{"text": "t", "label": "x"}"#),
    Layout(preset: nil, line: #"{"text": "t", "label": "x", "prompt": "p", "completion": "c"}"#),
    Layout(preset: nil, line: #"{"id": 1, "text": "t", "label": ["x"], "data": "d"}"#),
  ]

  private func read(_ line: String, _ rules: RuleSet = RuleSet(), preset: Preset? = nil) throws
    -> Reading
  {
    let source = try Source(file: "a.jsonl", content: Array("\(line)\n\(line)\n".utf8))
    let completed = rules.completed(for: source, preset: preset, fields: FieldMapping())
    return try Reader(options: completed.readingOptions()).read(source)
  }

  @Test("A preset is taken for the content that it is for", arguments: layouts)
  func detected(_ layout: Layout) throws {
    let source = try Source(
      file: "a.jsonl", content: Array("\(layout.line)\n\(layout.line)\n".utf8))
    let completed = RuleSet().completed(for: source, preset: nil, fields: FieldMapping())
    #expect(completed.preset == layout.preset)
    let reading = try read(layout.line)
    #expect(reading.rejections == [])
    #expect(reading.records.first?.content == .text(layout.text))
    #expect(reading.records.first?.labels.first?.name == layout.label)
  }

  @Test(
    "the classes that a file describes beside its records have the names that it gives",
    arguments: [
      #"[{"name": "text", "type": {"_type": "Value"}}, {"name": "label", "type": {"names": ["no", "yes_sir"], "_type": "ClassLabel"}}]"#,
      #"{"text": {"_type": "Value"}, "label": {"names": ["no", "yes_sir"], "_type": "ClassLabel"}}"#,
      #"{"label": {"feature": {"names": ["no", "yes_sir"], "_type": "ClassLabel"}, "_type": "Sequence"}}"#,
    ])
  func describedClasses(features: String) throws {
    let rows = (0..<3).map {
      "{\"row_idx\": \($0), \"row\": {\"text\": \"t\", \"label\": \($0 % 2)}}"
    }
    let source = try Source(
      file: "a.json",
      content: Array(
        "{\"features\": \(features), \"rows\": [\(rows.joined(separator: ", "))]}".utf8))
    let completed = RuleSet().completed(for: source, preset: nil, fields: FieldMapping())
    #expect(completed.preset == "datasets-server")
    #expect(completed.labels.map(\.name) == ["0", "1"])
    #expect(completed.labels.map(\.givenName) == ["no", "yes_sir"])
    // What rules say counts more.
    var named = RuleSet()
    named.nameLabels([("1", "aye")])
    let own = named.completed(for: source, preset: nil, fields: FieldMapping())
    #expect(own.labels.first { $0.name == "1" }?.givenName == "aye")
    #expect(own.describedLabels == ["0"] && own.readingOptions().describedLabels == ["0"])
  }

  @Test(
    "features of records, and those of other fields, name no labels",
    arguments: [
      #"{"text": "t", "label": 0, "features": {"label": {"names": ["a"]}}}"# + "\n{}",
      #"{"features": {"other": {"names": ["a"]}}, "rows": [{"row_idx": 0, "row": {"text": "t", "label": 0}}]}"#,
      #"{"features": 3, "rows": [{"row_idx": 0, "row": {"text": "t", "label": 0}}]}"#,
    ])
  func undescribedClasses(text: String) throws {
    let source = try Source(file: "a.json", content: Array(text.utf8))
    #expect(RuleSet().completed(for: source, preset: nil, fields: FieldMapping()).labels.isEmpty)
  }

  @Test("SNLI is read as pairs, and a dash is no label")
  func snli() throws {
    let line =
      #"{"sentence1": "a", "sentence2": "b", "gold_label": "-", "annotator_labels": ["x", "y"], "pairID": "p"}"#
    let record = try #require(try read(line).records.first)
    #expect(record.content == .pair("a", "b"))
    #expect(record.labels == [])
    #expect(record.votes.map(\.label.name) == ["x", "y"])
    #expect(record.id == "p")
  }

  @Test("MS MARCO is read as queries, and its answer for no answer is none")
  func marco() throws {
    let line =
      #"{"query_id": 7, "query": "q", "answers": ["No Answer Present."], "passages": [{"is_selected": 1, "passage_text": "p"}]}"#
    let record = try #require(try read(line).records.first)
    guard case .retrieval(let retrieval) = record.content else {
      Issue.record("no query")
      return
    }
    #expect(retrieval.answers == [])
    #expect(retrieval.passages.map(\.grade) == [1])
  }

  @Test("Fields that rules or flags name are not touched, and no preset is taken by itself then")
  func named() throws {
    let line = #"{"prompt": "t", "completion": "x", "other": "o"}"#
    let source = try Source(file: "a.jsonl", content: Array(line.utf8))
    var fields = FieldMapping()
    fields.text = "other"
    #expect(RuleSet().completed(for: source, preset: nil, fields: fields).preset == nil)
    let chosen = try Preset.named("prompt-completion")
    let completed = RuleSet().completed(for: source, preset: chosen, fields: fields)
    let options = completed.readingOptions(overrides: fields)
    #expect(options.fields.text == "other")
    #expect(options.fields.label == "completion")
  }

  @Test("A preset that is not there is an error with the names of those that are")
  func unknown() {
    let error = #expect(throws: RulesError.self) { try Preset.named("nothing") }
    #expect(error?.problems.first?.remedy.contains("label-studio") == true)
  }

  @Test("What a file is read by is said")
  func said() throws {
    let notes = try read(#"{"prompt": "t", "completion": "x"}"#).findings.map(\.text)
    #expect(notes.first?.contains("prompt-completion") == true)
  }

  @Test("Columns of annotators are votes, in tables too")
  func annotators() throws {
    let (rules, problems) = RulesDirectory.parse(
      Array("annotator_columns: [ann, bob]\nlabel_names: {a: first thing}\n".utf8), file: "r.yaml")
    #expect(problems == [])
    #expect(rules.labels.map(\.about) == ["first thing"])
    let source = try Source(file: "a.csv", content: Array("text,ann,bob\nt,a,b\nu,,a\n".utf8))
    let reading = try Reader(options: rules.readingOptions()).read(source)
    #expect(reading.records.map { $0.votes.map(\.annotator) } == [["ann", "bob"], ["bob"]])
    #expect(reading.records.map { $0.votes.map(\.label.name) } == [["a", "b"], ["a"]])
  }
}
