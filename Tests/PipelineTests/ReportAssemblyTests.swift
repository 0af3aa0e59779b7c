import Assessments
import Records
import Report
import Rules
import Testing

@testable import Pipeline

@Suite("Report assembly") struct ReportAssemblyTests {
  private func repaired(
    _ lines: [String], rules: RuleSet = extractiveRules(), file: String = "data.jsonl",
    asksPlausibility: Bool = false, models: StubModels = StubModels()
  ) throws -> RepairedDataset {
    try DatasetRepair(
      rules: rules, fields: FieldMapping(), mode: nil, asksPlausibility: asksPlausibility,
      threads: 1, models: models
    ).run(source(lines, file: file))
  }

  private func report(
    _ lines: [String], rules: RuleSet = extractiveRules(), file: String = "data.jsonl",
    asksPlausibility: Bool = false, models: StubModels = StubModels()
  ) throws -> RunReport {
    try repaired(
      lines, rules: rules, file: file, asksPlausibility: asksPlausibility, models: models
    ).report
  }

  private let annotations = [
    annotationLine("one", "a", id: "1"), annotationLine("two", "b", id: "2"),
  ]

  @Test("facts about the input")
  func input() throws {
    let lines = annotations + ["", "not JSON", queryLine(id: "q")]
    let input = try report(lines, file: "folder/data.jsonl").input
    #expect(input.name == "data")
    #expect(input.digest == (try source(lines).digest))
    #expect(input.bytes == lines.joined(separator: "\n").utf8.count + 1)
    #expect(input.lines == 5)
    #expect(input.records == 3)
    #expect(input.rejected == 1)
    #expect(input.kinds == ["classification": 2, "retrieval": 1])
  }

  @Test("an ordinary file has no notes")
  func noNotes() throws {
    #expect(try report(annotations).notes.isEmpty)
  }

  @Test("a repaired file that is repaired again has a note on the earlier results")
  func undoneLines() throws {
    func again(_ lines: [String]) throws -> [String] {
      let output = String(decoding: try repaired(lines).output, as: UTF8.self)
      return output.split(separator: "\n").map(String.init)
    }
    let one = [annotations[0]]
    #expect(
      try report(again(one)).notes
        == ["1 line had the results of an earlier run, which were removed first"])
    #expect(
      try report(again(annotations) + [annotationLine("three", "a", id: "3")]).notes
        == ["2 lines had the results of an earlier run, which were removed first"])
  }

  @Test("the reader's notes come first")
  func readerNotes() throws {
    let notes = try report([annotations[0], annotations[0]]).notes
    #expect(notes.count == 1)
    #expect(notes[0].contains("the id of an earlier record"))
  }

  @Test("cut records and passages are counted apart")
  func cutTexts() throws {
    let models = StubModels(encoder: StubEncoder(maximumWords: 3))
    let long = "one two three four"
    #expect(
      try report([annotationLine(long, "a", id: "1"), annotations[1]], models: models).notes
        == ["1 record cut: longer than the model reads"])
    let passages =
      #"{"query": "Who?", "passages": [{"text": "\#(long)"}, {"text": "\#(long)"}, {"text": "x"}]}"#
    #expect(
      try report(
        [annotationLine(long, "a", id: "1"), annotationLine("a \(long)", "b", id: "2"), passages],
        models: models
      ).notes == [
        "2 records cut: longer than the model reads",
        "2 passages cut: longer than the model reads; their sentences were still read one by one",
      ])
    let passage = #"{"query": "Who?", "passages": [{"text": "\#(long)"}]}"#
    #expect(
      try report([passage], models: models).notes == [
        "1 passage cut: longer than the model reads; their sentences were still read one by one"
      ])
  }

  @Test("too many labels for their plausibility are noted")
  func tooManyLabels() throws {
    let lines = (0..<33).map { annotationLine("text \($0)", "l\($0)", id: "\($0)") }
    let models = StubModels(model: StubLanguageModel())
    #expect(
      try report(lines, asksPlausibility: true, models: models).notes
        == ["the plausibility of labels was not asked for: there are more than 32"])
    #expect(try report(lines, models: models).notes.isEmpty)
  }

  @Test("labels that are numbers are called by the names that were given")
  func givenNames() throws {
    var rules = extractiveRules()
    rules.nameLabels([(value: "0", name: "card_arrival"), (value: "1", name: "refund")])
    let lines = [annotationLine("one", "0", id: "1"), annotationLine("two", "1", id: "2")]
    #expect(
      try report(lines, rules: rules).labels.map(\.label) == ["card_arrival (0)", "refund (1)"])
  }

  @Test("provenance of a run without rules of its own")
  func builtIn() throws {
    let provenance = try report(annotations).provenance
    #expect(provenance.version == EmendVersion.current)
    #expect(provenance.encoder == "stub of 20 words")
    #expect(provenance.languageModel == nil)
    #expect(provenance.rules == "built-in")
    #expect(provenance.rulesDigest == "none")
    #expect(provenance.mode == "auto")
    #expect(provenance.signals == ["knn50", "wknn", "ridge", "lexical"])
    #expect(provenance.seed == 1)
  }

  @Test("provenance names the rules by their file, without its folder")
  func rulesFile() throws {
    var rules = extractiveRules()
    rules.file = "some/folder/news.yaml"
    rules.digest = "abc"
    rules.mode = .suggest
    let provenance = try report(annotations, rules: rules).provenance
    #expect(provenance.rules == "news.yaml")
    #expect(provenance.rulesDigest == "abc")
    #expect(provenance.mode == "suggest")
  }

  @Test("the encoder is named for queries alone, and none for ready vectors")
  func encoders() throws {
    let queries = try report([queryLine(id: "q")]).provenance
    #expect(queries.encoder == "stub of 20 words")
    #expect(queries.signals.isEmpty)
    let ready = try report([
      #"{"vector": [1, 0], "label": "a"}"#, #"{"vector": [0, 1], "label": "b"}"#,
    ]).provenance
    #expect(ready.encoder == nil)
    #expect(ready.signals == ["knn50", "wknn", "ridge"])
  }

  @Test("every language model that was asked is named once")
  func languageModels() throws {
    var rules = RuleSet()
    rules.utility.scorer = .likelihood
    let models = StubModels(model: StubLanguageModel())
    let both = try report(
      annotations + [queryLine(id: "q")], rules: rules, asksPlausibility: true, models: models)
    #expect(both.provenance.languageModel == "stub language model")
    rules.rates = true
    let three = try report(
      annotations + [queryLine(id: "q")], rules: rules, asksPlausibility: true,
      models: StubModels(model: StubLanguageModel(), generator: StubGenerator(text: "")))
    let named = (three.provenance.languageModel ?? "").split(separator: "; ", maxSplits: 1)
    #expect(named.first == "stub language model")
    #expect(named.last?.hasPrefix("rater stub generator") == true)
  }

  @Test("numbers of the annotations reach the report")
  func annotationFacts() throws {
    let lines = records(60, flipped: [10]).map { record -> String in
      guard case .text(let text) = record.content else { return "" }
      return annotationLine(text, record.labels.first?.name, id: record.id)
    }
    let report = try report(lines)
    #expect(report.counts.kept == 59)
    #expect(report.counts.review == 1)
    #expect(report.suspects.map(\.line) == [11])
    #expect(report.labels.map(\.given) == [31, 29])
    #expect(report.transitions.map(\.records) == [1])
    #expect(report.errorRate != nil)
    #expect(report.witness?.open == false)
    #expect((report.utility?.mean ?? 0) > 0.8)
  }

  // MARK: - Excerpts

  @Test("an excerpt is one line of at most 160 characters")
  func excerpts() {
    #expect(Excerpt.of("two\n  lines\tof text ") == "two lines of text")
    let exact = String(repeating: "é", count: 160)
    #expect(Excerpt.of(exact) == exact)
    #expect(Excerpt.of(exact + "é") == String(repeating: "é", count: 159) + "…")
    // The rest of a long text is not read, but its excerpt says that there is more.
    let blank = "word" + String(repeating: " ", count: 1000) + "end"
    #expect(Excerpt.of(blank) == "word…")
  }

  @Test("an excerpt of every kind of content")
  func excerptsOfContents() {
    let relation = Relation(
      text: "Ada met Bob", head: Entity(text: "Ada", type: nil, span: 0..<3),
      tail: Entity(text: "Bob", type: nil, span: 8..<11))
    #expect(Excerpt.of(.text("one")) == "one")
    #expect(Excerpt.of(.pair("one", "two")) == "one | two")
    #expect(Excerpt.of(.relation(relation)) == "Ada / Bob: Ada met Bob")
    #expect(Excerpt.of(query("Who?", []).content) == "Who?")
    #expect(Excerpt.of(Content.none).isEmpty)
  }
}
