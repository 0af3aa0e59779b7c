import Exports
import Vectors
import Report
import Assessments
import Foundation
import ModelInterfaces
import ModelJudging
import Records
import Rules
import Testing

@testable import Pipeline

/// A file of lines.
func source(_ lines: [String], file: String = "mixed.jsonl") throws -> Source {
  try Source(file: file, content: Array((lines.joined(separator: "\n") + "\n").utf8))
}

/// The line of an annotation.
func annotationLine(_ text: String, _ label: String?, id: String) -> String {
  let member = label.map { ", \"label\": \"\($0)\"" } ?? ""
  return #"{"id": "\#(id)", "text": "\#(text)"\#(member)}"#
}

/// The line of a query with two passages.
func queryLine(id: String) -> String {
  #"{"id": "\#(id)", "query": "Where is \#(id)?", "passages": [{"text": "Here is \#(id)."}, {"text": "Salt."}]}"#
}

/// Rules under which no language model is asked.
func extractiveRules() -> RuleSet {
  var rules = RuleSet()
  rules.utility.scorer = .extractive
  return rules
}

@Suite("Dataset repair") struct DatasetRepairTests {
  private func repair(
    _ rules: RuleSet = extractiveRules(), mode: CorrectionMode? = nil, rates: Bool = false,
    asksPlausibility: Bool = false, models: StubModels = StubModels()
  ) -> DatasetRepair {
    DatasetRepair(
      rules: rules, fields: FieldMapping(), mode: mode, rates: rates,
      asksPlausibility: asksPlausibility, threads: 1, models: models)
  }

  /// The lines of an output, as objects.
  private func objects(_ output: [UInt8]) throws -> [[String: Any]] {
    try output.split(separator: UInt8(ascii: "\n")).map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }
  }

  /// Annotations and queries in turn, with one line that cannot be used.
  private func mixedLines() -> [String] {
    var lines: [String] = []
    for (index, text) in texts(12).enumerated() {
      lines.append(annotationLine(text.text, text.subject, id: "a\(index)"))
      if index.isMultiple(of: 4) { lines.append(queryLine(id: "q\(index)")) }
      if index == 5 { lines.append("not JSON") }
    }
    return lines
  }

  @Test("annotations and queries come back in the order of the file, each with its own result")
  func mixedFile() throws {
    let lines = mixedLines()
    let repaired = try repair().run(source(lines))
    let written = try objects(repaired.output)
    let usable = lines.filter { $0 != "not JSON" }
    #expect(written.count == usable.count)
    for (line, object) in zip(usable, written) {
      let original = try #require(try objects(Array(line.utf8)).first)
      #expect(object["id"] as? String == original["id"] as? String)
      let member = try #require(object["emend"] as? [String: Any])
      if let text = original["text"] as? String {
        #expect(object["text"] as? String == text)
        #expect(member["label"] as? String == original["label"] as? String)
        let evidence = try #require(member["evidence"] as? [String: Any])
        #expect((evidence["neighbours"] as? [Any])?.count == 5)
      } else {
        let passages = try #require(object["passages"] as? [[String: Any]])
        #expect(passages.allSatisfy { $0["emend"] is [String: Any] })
        #expect(member["scorer"] as? String == "extractive")
        // The passage that repeats the query's words is the more useful one, so each result is that of
        // its own query.
        let own = try #require(passages[0]["emend"] as? [String: Any])
        let other = try #require(passages[1]["emend"] as? [String: Any])
        #expect((own["utility"] as? Double ?? 0) > (other["utility"] as? Double ?? 1))
      }
    }
    #expect(repaired.queries.map(\.id) == ["q0", "q4", "q8"])
    #expect(repaired.rejections.map(\.line) == [9])
    #expect(repaired.rejected != nil)
    #expect(repaired.report.input.records == 15)
    #expect(repaired.report.counts.kept == 12)
    #expect(repaired.report.retrieval?.queries == 3)
    // 12 texts and two labels with two texts each; three queries with five texts each.
    #expect(repaired.encodedCount == 12 + 4 + 15)
  }

  @Test("progress: encoding, searching, scoring, then the queries, and writing at the end")
  func progress() throws {
    let log = ProgressLog()
    _ = try repair().run(source(mixedLines()), progress: log.callback)
    #expect(log.stages == [.encoding, .searching, .scoring, .encoding, .writing])
    #expect(log.steps.last == ProgressLog.Step(stage: .writing, done: 1, total: 1))
  }

  @Test("a file of queries alone has no report on annotations")
  func queriesAlone() throws {
    let repaired = try repair().run(source([queryLine(id: "q1"), queryLine(id: "q2")]))
    #expect(repaired.report.witness == nil)
    #expect(repaired.report.utility == nil)
    #expect(repaired.report.retrieval?.passages == 4)
    #expect(repaired.rejected == nil)
    #expect(repaired.encodedCount == 10)
  }

  @Test("a file of annotations alone has no report on queries")
  func annotationsAlone() throws {
    let repaired = try repair().run(source([annotationLine("one", "a", id: "1")]))
    #expect(repaired.report.retrieval == nil)
    #expect(repaired.queries.isEmpty)
    #expect(repaired.report.witness != nil)
  }

  @Test(
    "a file without a usable line, and one without a label, are refused before a model is opened")
  func nothingUsable() throws {
    let models = StubModels(encoder: nil)
    for (lines, code) in [
      (["not JSON", "{\"a\": 1}"], FindingCode.noUsableLine),
      (["{\"text\": \"a\", \"intent\": \"b\"}"], .noLabel),
    ] {
      let error = #expect(throws: InputError.self) { try repair(models: models).run(source(lines)) }
      #expect(error?.code == code)
    }
    #expect(models.openedEncoders == 0)
  }

  @Test("under on_bad_line: fail, a bad line is an error that names it")
  func failsOnBadLines() throws {
    var rules = extractiveRules()
    rules.onBadLine = .fail
    let error = #expect(throws: InputError.self) { try repair(rules).run(source(mixedLines())) }
    #expect(error?.line == 9)
    #expect(try repair(rules).read(source([queryLine(id: "q")])).records.count == 1)
  }

  @Test("a mode that is given overrides that of the rules")
  func modes() throws {
    var rules = extractiveRules()
    rules.mode = .suggest
    #expect(repair(rules).mode == .suggest)
    #expect(repair(rules, mode: .all).mode == .all)
    #expect(try repair(rules).run(source([queryLine(id: "q")])).report.provenance.mode == "suggest")
  }

  @Test("ratings and plausibility are asked for by the rules or by the caller")
  func requests() {
    var rules = extractiveRules()
    #expect(!repair(rules).rates)
    #expect(!repair(rules).asksPlausibility)
    #expect(repair(rules, rates: true, asksPlausibility: true).rates)
    #expect(repair(rules, rates: true, asksPlausibility: true).asksPlausibility)
    #expect(repair(rules).labelQuestions == 0)
    rules.labelQuestions = 400
    #expect(repair(rules).labelQuestions == 400)
    rules.rates = true
    rules.asksPlausibility = true
    #expect(repair(rules).rates)
    #expect(repair(rules).asksPlausibility)
  }

  /// A reply with a rating of 4 for everything.
  private static let rating =
    (Rating.Criterion.allCases.map { "\($0.rawValue): 4" } + ["domain: law"])
    .joined(separator: "\n")

  @Test("ratings reach the annotations of a mixed file, and not its queries")
  func ratings() throws {
    let log = ProgressLog()
    let models = StubModels(generator: StubGenerator(text: Self.rating))
    let repaired = try repair(rates: true, models: models).run(
      source([
        annotationLine("one", "a", id: "1"), queryLine(id: "q"), annotationLine(" ", "b", id: "2"),
      ]), progress: log.callback)
    let written = try objects(repaired.output).map { $0["emend"] as? [String: Any] ?? [:] }
    #expect((written[0]["rating"] as? [String: Any])?["domain"] as? String == "law")
    #expect(written[1]["rating"] == nil)
    #expect((written[2]["rating"] as? [String: Any])?["domain"] == nil)
    let facts = try #require(repaired.report.rating)
    #expect(facts.rated == 1)
    #expect(facts.failures == ["no-text": 1])
    #expect(facts.firstFailure == nil)
    #expect(facts.means["style_consistency"] == 4)
    #expect(facts.means.count == 14)
    #expect(facts.domains == ["law": 1])
    #expect(
      log.stages == [.encoding, .searching, .scoring, .encoding, .rating, .writing])
    #expect(repaired.report.provenance.languageModel?.contains("stub generator") == true)
  }

  @Test("a reply without a rating is a failure of that record")
  func unreadableRating() throws {
    let models = StubModels(generator: StubGenerator(text: "Fine."))
    let repaired = try repair(rates: true, models: models).run(
      source([annotationLine("one", "a", id: "1")]))
    let facts = try #require(repaired.report.rating)
    #expect(facts.rated == 0)
    #expect(facts.failures == ["unreadable": 1])
    #expect(facts.firstFailure != nil)
    #expect(facts.means.isEmpty)
  }

  @Test("a missing rating model is reported before anything is encoded, if there is a text to rate")
  func missingRatingModel() throws {
    let models = StubModels()
    let error = #expect(throws: ModelError.self) {
      try repair(rates: true, models: models).run(source([annotationLine("one", "a", id: "1")]))
    }
    #expect(error?.kind == .modelMissing)
    #expect(models.openedEncoders == 0)
    #expect(try repair(rates: true).run(source([queryLine(id: "q")])).report.rating == nil)
  }

  @Test("the vectors alone, in the order of the records")
  func embed() throws {
    let vectors = try repair().embed(
      source([annotationLine("one", "a", id: "1"), annotationLine("two", nil, id: "2")]))
    #expect(vectors.rows == 2)
    #expect(Array(vectors.row(1)) == StubEncoder().vector("two"))
  }
}
