import Assessments
import Decisions
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
      try report(again(one)).notes.last
        == "1 line had the results of an earlier run, which were removed first")
    #expect(
      try report(again(annotations) + [annotationLine("three", "a", id: "3")]).notes.last
        == "2 lines had the results of an earlier run, which were removed first")
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
    #expect(provenance.seed == nil)
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
    // The texts decide the query, so it is the annotations for which the language model was asked.
    let named = (three.provenance.languageModel ?? "").split(separator: "; ")
    #expect(named.last == "stub language model")
    #expect(named.first?.hasPrefix("rater stub generator") == true)
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

  // MARK: - Several records on a line, and decisions

  /// 60 records of which two have the wrong label, as one JSON list without line breaks.
  private func list() throws -> (source: Source, records: [Record]) {
    let records = records(60, flipped: [10, 41])
    let items = records.map { record -> String in
      guard case .text(let text) = record.content else { return "" }
      return annotationLine(text, record.labels.first?.name, id: record.id)
    }
    let bytes = Array("[\(items.joined(separator: ","))]\n".utf8)
    return (try Source(file: "data.json", content: bytes), records)
  }

  private func repair(review: Review? = nil) throws -> DatasetRepair {
    var repair = DatasetRepair(
      rules: extractiveRules(), fields: FieldMapping(), mode: nil, threads: 1, models: StubModels())
    repair.review = review
    return repair
  }

  @Test("each suspect of a list on one line has its own text, and its neighbours have theirs")
  func sharedLine() throws {
    let (source, records) = try list()
    let report = try repair().run(source).report
    let texts = Dictionary(
      uniqueKeysWithValues: records.map { ($0.id, Excerpt.of($0.content, length: 600)) })
    // As all are on one line, they are called by their numbers.
    let numbers = Dictionary(
      uniqueKeysWithValues: records.enumerated().map { ($0.element.id, $0.offset + 1) })
    #expect(report.places == .record)
    #expect(Set(report.suspects.map(\.id)).isSuperset(of: [records[10].id, records[41].id]))
    for suspect in report.suspects {
      #expect(suspect.line == numbers[suspect.id] && suspect.text == texts[suspect.id])
      let near = try #require(suspect.nearest)
      for (neighbour, shown) in zip(suspect.neighbours, near) {
        let id = String(neighbour.prefix { $0 != ":" })
        #expect(shown.text == texts[id])
      }
    }
    // A line of 60 records does not say which one a finding means.
    #expect(report.excerpts == [:])
  }

  @Test("what people decided is no suspicion any more, and every part of the report says so")
  func decided() throws {
    let (source, records) = try list()
    let before = try repair().run(source).report
    let decided = records[10]
    let given = try #require(decided.labels.first?.name)
    let right = given == "sport" ? "cooking" : "sport"
    let decision = Decision(
      id: decided.id, line: 1, contentDigest: decided.contentDigest, given: .one(given),
      verdict: .change, label: .one(right))
    let report = try repair(review: Review(decisions: [decision], digest: "")).run(source).report
    #expect(before.suspects.contains { $0.id == decided.id })
    // One record left the suspects, not all that share its line.
    #expect(
      report.suspects.map(\.id) == before.suspects.map(\.id).filter { $0 != decided.id })
    #expect(report.counts.flagged == before.counts.flagged - 1)
    #expect(report.counts.corrected == before.counts.corrected + 1)
    #expect(report.labels.reduce(0) { $0 + $1.flagged } == report.counts.flagged)
    #expect(report.labels.first { $0.label == right }?.correctedTo == 1)
    #expect(report.labels.first { $0.label == given }?.correctedAway == 1)
    #expect(report.credibility?.flagged.reduce(0, +) == report.counts.flagged)
    #expect(report.disagreements == before.disagreements.map { $0 - 1 })
    #expect(report.transitions.reduce(0) { $0 + $1.records } == report.disagreements)
    let onMap = report.map?.groups.filter(\.flagged).reduce(0) { $0 + $1.count }
    #expect(onMap == nil || onMap == report.counts.flagged)
  }

  @Test("a decision that no label fits is in review, and asks nobody to decide")
  func unfitting() throws {
    let (source, records) = try list()
    let decision = Decision(
      id: records[10].id, line: 1, contentDigest: records[10].contentDigest,
      given: .one(records[10].labels[0].name), verdict: .neither)
    let report = try repair(review: Review(decisions: [decision], digest: "")).run(source).report
    #expect(report.counts.decidedInReview == 1)
    #expect(report.counts.review == report.counts.flagged + 1)
    #expect(try repair().run(source).report.counts.decidedInReview == nil)
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
