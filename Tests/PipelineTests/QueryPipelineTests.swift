import Exports
import Report
import ModelInterfaces
import Records
import Rules
import Testing

@testable import Pipeline

@Suite("Query pipeline") struct QueryPipelineTests {
  private func run(
    _ records: [Record], encoder: StubEncoder = StubEncoder(),
    scorer: UtilityRules.Scorer = .extractive,
    positiveFrom: Int = 1, models: StubModels? = nil, log: ProgressLog? = nil
  ) throws -> QueryPipeline.Outcome {
    var rules = RuleSet()
    rules.utility.scorer = scorer
    rules.utility.positiveFrom = positiveFrom
    return try QueryPipeline(
      rules: rules, models: models ?? StubModels(encoder: encoder), threads: 1,
      progress: log?.callback
    ).run(records)
  }

  /// A question, a passage that answers it, and two that do not.
  private func harbour(grades: [Int?] = [nil, nil, nil], answers: [String] = []) -> Record {
    query(
      "When did the old harbour of Lund burn down?",
      [
        ("The old harbour of Lund burned down in 1869. Nobody was hurt.", grades[0]),
        ("Bread needs flour, water and salt.", grades[1]),
        ("The coach praised his team after the match.", grades[2]),
      ], answers: answers)
  }

  @Test("the passage on the query's subject is the most relevant and the most useful one")
  func ranking() throws {
    let outcome = try run([harbour()])
    let passages = outcome.results[0].passages
    #expect(passages.map(\.useful) == [true, false, false])
    for other in passages.dropFirst() {
      #expect(passages[0].relevance > other.relevance)
      #expect(passages[0].utility > other.utility)
    }
    #expect(passages.allSatisfy { (0...1).contains($0.relevance) && (0...1).contains($0.utility) })
    #expect(passages.map(\.hardNegative) == [false, false, false])
    #expect(passages.map(\.easyNegative) == [false, true, true])
    #expect(passages.allSatisfy { !$0.falseNegative })
  }

  @Test("an unrelated passage is no hard negative in any query, one on the subject is")
  func hardNegatives() throws {
    let records = (0..<30).map { place in
      query(
        "harbour\(place) mole\(place) quay\(place) burned\(place)",
        [
          ("harbour\(place) mole\(place) quay\(place) burned\(place) in 1869.", 1),
          ("harbour\(place) mole\(place) quay\(place), built by merchants.", 0),
          ("Banana bread needs ripe bananas, flour and eggs.", 0),
        ])
    }
    let outcome = try run(records)
    let passages = outcome.results.map(\.passages)
    #expect(passages.allSatisfy { !$0[2].hardNegative && $0[2].easyNegative })
    // The stub has so few components that some towns are near others.
    #expect(passages.count { $0[1].hardNegative } > 25)
    #expect(
      outcome.facts.easyNegatives == passages.reduce(0) { $0 + $1.count { $0.easyNegative } })
    var rules = RuleSet()
    rules.utility.scorer = .extractive
    rules.utility.hardNegatives.minScore = 0
    let all = try QueryPipeline(
      rules: rules, models: StubModels(encoder: StubEncoder()), threads: 1, progress: nil
    ).run(records)
    #expect(all.results.allSatisfy { $0.passages[2].hardNegative })
  }

  @Test("a passage without a label gets the least grade that means useful, or 0")
  func gradesOfUnlabelled() throws {
    let passages = try run([harbour()], positiveFrom: 2).results[0].passages
    #expect(passages.map(\.grade) == [2, 0, 0])
    #expect(passages.allSatisfy { $0.credibility == nil && !$0.flagged && $0.proposal == nil })
  }

  @Test("a given grade is kept, and a suspect one has a proposal")
  func labelled() throws {
    let outcome = try run([harbour(grades: [0, 2, 0])])
    let passages = outcome.results[0].passages
    #expect(passages.map(\.grade) == [0, 2, 0])
    #expect(passages.map(\.flagged) == [true, true, false])
    #expect(passages.map(\.proposal) == [1, 0, nil])
    #expect(passages.allSatisfy { (0...1).contains($0.credibility ?? -1) })
    // Grades from 3 on mean useful here, so grade 2 agrees with the evidence.
    let strict = try run([harbour(grades: [0, 2, 0])], positiveFrom: 3).results[0].passages
    #expect(strict.map(\.flagged) == [true, false, false])
    #expect(strict.map(\.proposal) == [3, nil, nil])
  }

  @Test("labels of a trusted query are never suspect")
  func trusted() throws {
    guard case .retrieval(let retrieval) = harbour(grades: [0, 2, 0]).content else { return }
    let trusted = query(
      retrieval.query, retrieval.passages.map { ($0.text, $0.grade) }, isTrusted: true)
    let passages = try run([trusted]).results[0].passages
    #expect(passages.allSatisfy { !$0.flagged && $0.credibility == 1 })
  }

  @Test("the answer is the given one, else the nearest sentence of the most useful passage")
  func answers() throws {
    let outcome = try run([
      harbour(answers: ["1869", "in 1869"]), harbour(), query("Who?", []),
      query("Who?", [(" ", nil)]),
    ])
    #expect(outcome.results.map(\.answerSource) == ["given", "extracted", nil, nil])
    #expect(outcome.results[0].answer == "1869")
    #expect(outcome.results[1].answer == "The old harbour of Lund burned down in 1869.")
    #expect(outcome.facts.answers == ["given": 1, "extracted": 1])
  }

  @Test("queries without a passage or without a text say so")
  func reasons() throws {
    let outcome = try run([
      harbour(), query("Who?", []), query("Who?", [(" ", nil), ("\n", 1)]),
      query("Who?", [(" ", nil), ("Text.", nil)]),
    ])
    #expect(
      outcome.results.map(\.reason) == [
        nil, "there are no passages", "no passage has a text", "no passage looks useful",
      ])
    #expect(outcome.results.allSatisfy { $0.scorer == "extractive" })
    let blank = outcome.results[2].passages
    #expect(blank.allSatisfy { $0.relevance == 0 && $0.utility == 0 && !$0.useful })
  }

  @Test("soft labels are shares of the passages by their ids")
  func softLabels() throws {
    let outcome = try run([harbour(), query("Who?", [])])
    let soft = outcome.results[0].softLabel
    #expect(soft.map(\.id) == ["p1", "p2", "p3"])
    #expect(abs(soft.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    #expect(soft[0].probability > 0.5)
    #expect(outcome.results[1].softLabel.isEmpty)
  }

  @Test("the report counts queries, passages, labels and what was found")
  func facts() throws {
    let facts = try run([harbour(grades: [0, 2, 0]), harbour(), query("Who?", [])]).facts
    #expect(facts.queries == 3)
    #expect(facts.passages == 6)
    #expect(facts.useful == 2)
    #expect(facts.labelled == 3)
    #expect(facts.flagged == 2)
    #expect(facts.scorer == "extractive")
    #expect(facts.reason == "the rules ask for no language model.")
    #expect(facts.judging == nil)
    #expect(facts.calibration?.source == "shipped")
    #expect(abs(facts.weights.values.reduce(0, +) - 1) < 1e-9)
    #expect(facts.weights.values.allSatisfy { $0 > 0 })
    #expect(Set(facts.weights.keys).isSuperset(of: ["dense", "lexical"]))
  }

  @Test("suspects: least credible first, with the texts and labels of their passages")
  func suspects() throws {
    // On line 8 the same passages are in the opposite order.
    let outcome = try run([
      harbourOnLine(3, grades: [0, 2, 0]), query("Who?", [("Text.", nil)], line: 5),
      harbourOnLine(8, grades: [0, 2, 0], isReversed: true),
    ])
    let suspects = outcome.facts.suspects
    let inFileOrder = [("q3", "p1"), ("q3", "p2"), ("q8", "p2"), ("q8", "p3")].map { $0.0 + $0.1 }
    #expect(Set(suspects.map { $0.id + $0.passage }) == Set(inFileOrder))
    #expect(suspects.map { $0.id + $0.passage } != inFileOrder)
    #expect(suspects.map(\.credibility) == suspects.map(\.credibility).sorted())
    #expect(suspects.allSatisfy { $0.query == "When did the old harbour of Lund burn down?" })
    let overlooked = try #require(suspects.first { $0.id == "q8" && $0.passage == "p3" })
    #expect(overlooked.line == 8)
    #expect(overlooked.label == 0)
    #expect(overlooked.proposal == 1)
    #expect(overlooked.text == "The old harbour of Lund burned down in 1869. Nobody was hurt.")
    let useless = try #require(suspects.first { $0.id == "q3" && $0.passage == "p2" })
    #expect(useless.line == 3)
    #expect(useless.label == 2)
    #expect(useless.proposal == 0)
    #expect(useless.utility < overlooked.utility)
    #expect(useless.credibility == outcome.results[0].passages[1].credibility)
  }

  private func harbourOnLine(
    _ line: Int, grades: [Int?], isReversed: Bool = false
  ) -> Record {
    guard case .retrieval(let retrieval) = harbour(grades: grades).content else {
      return harbour()
    }
    let passages = retrieval.passages.map { ($0.text, $0.grade) }
    return query(retrieval.query, isReversed ? passages.reversed() : passages, line: line)
  }

  @Test("passages that the encoder cuts are marked; a cut query or sentence is not")
  func truncated() throws {
    let long = query(
      "one two three four five six seven",
      [("one two three", nil), ("one two three four five", nil), ("a. b c d. e f g.", nil)],
      answers: ["an answer"])
    let outcome = try run([query("Who?", []), long], encoder: StubEncoder(maximumWords: 4))
    #expect(outcome.results[1].passages.map(\.truncated) == [false, true, true])
    #expect(outcome.truncatedCount == 2)
  }

  @Test("vectors come from one call, and reach the passages of their own query")
  func exported() throws {
    let encoder = StubEncoder()
    let outcome = try run(
      [
        query("Who?", [("Ada.", nil)], answers: ["x", "y"], line: 1),
        harbourOnLine(2, grades: [1, 0, 0]),
      ])
    #expect(outcome.exported.map(\.id) == ["q1", "q2"])
    func cosine(_ first: String, _ second: String) -> Double {
      zip(encoder.vector(first), encoder.vector(second)).reduce(0) { $0 + Double($1.0 * $1.1) }
    }
    for exported in outcome.exported {
      let retrieval = exported.retrieval
      #expect(exported.similarities.count == retrieval.passages.count)
      for (similarity, passage) in zip(exported.similarities, retrieval.passages) {
        #expect(abs((similarity ?? 0) - cosine(retrieval.query, passage.text)) < 1e-5)
      }
    }
  }

  @Test("the keep rate is the share of positives that are near to their query")
  func keepRate() throws {
    let near = [("one two three", 1), ("four", 0), ("five", 0)] as [(String, Int?)]
    let far = [("six seven eight", 1), ("nine", 0)] as [(String, Int?)]
    let both = try run([
      query("one two three", near, isTrusted: true), query("ten", far, isTrusted: true),
    ])
    #expect(both.facts.keepRate == 0.5)
    #expect(try run([query("one two three", near, isTrusted: true)]).facts.keepRate == 1)
    #expect(try run([query("Who?", [])]).facts.keepRate == nil)
  }

  @Test("progress counts all texts over blocks of at most 512 queries, of about equal size")
  func progress() throws {
    let log = ProgressLog()
    let many = (0..<513).map {
      query("What is number \($0)?", [("Number \($0).", nil)], line: $0 + 1)
    }
    let outcome = try run(many, log: log)
    // A query, a passage and its one sentence each.
    #expect(
      log.steps
        == [(0, 1539), (768, 1539), (768, 1539), (1539, 1539)].map {
          ProgressLog.Step(stage: .encoding, done: $0.0, total: $0.1)
        })
    #expect(outcome.encodedCount == 1539)
    #expect(outcome.results.count == 513)
    #expect(outcome.encoderIdentity == "stub of 20 words")
    #expect(outcome.languageModelIdentity == nil)
  }

  /// A query of which the texts do not decide whether the first two passages are useful.
  private var undecided: Record {
    query(
      "When did the old harbour of Lund burn down?",
      [
        ("The old harbour of Lund burned.", nil), ("The old harbour of Lund was down.", nil),
        ("Bread needs flour, water and salt.", nil),
      ])
  }

  @Test("a language model that has nothing to read stays closed, and the report says so")
  func nothingUndecided() throws {
    let log = ProgressLog()
    let bread = query(
      "When did the old harbour of Lund burn down?", [("Bread needs flour.", nil)])
    let outcome = try run(
      [bread], scorer: .likelihood, models: StubModels(model: StubLanguageModel()), log: log)
    #expect(log.stages == [.encoding])
    #expect(outcome.languageModelIdentity == nil)
    #expect(outcome.results[0].scorer == "extractive")
    // Nor does a sentence about something else pass for an answer.
    #expect(!outcome.results[0].passages[0].useful && outcome.results[0].answer == nil)
    #expect(outcome.results[0].reason == "no passage looks useful")
    #expect(outcome.facts.withoutUseful == 1 && outcome.facts.answers.isEmpty)
    let cascade = try #require(outcome.facts.cascade)
    #expect(cascade.asked == 0 && cascade.spared == 1 && cascade.queriesSpared == 1)
    #expect(try run([bread]).facts.cascade == nil)
  }

  @Test("a language model reads what the texts leave undecided, and its likelihoods count")
  func likelihood() throws {
    let log = ProgressLog()
    let outcome = try run(
      [undecided], scorer: .likelihood, models: StubModels(model: StubLanguageModel()), log: log)
    #expect(log.stages == [.encoding, .likelihood])
    #expect(outcome.languageModelIdentity == "stub language model")
    #expect(outcome.results[0].scorer == "likelihood")
    let isRead = outcome.results[0].passages.map {
      $0.signals.contains { $0.name == "likelihood" }
    }
    let utility = try run([undecided]).results[0].passages.map(\.utility)
    #expect(isRead == [true, true, false], "\(utility)")
    #expect(outcome.facts.cascade?.asked == 2 && outcome.facts.cascade?.spared == 1)
    #expect(outcome.facts.weights["likelihood"] ?? 0 > 0)
    #expect(outcome.facts.scorer == "likelihood")
  }

  @Test("a missing language model is reported before anything is encoded")
  func missingModel() throws {
    for scorer in [UtilityRules.Scorer.likelihood, .judge] {
      let models = StubModels()
      let error = #expect(throws: ModelError.self) {
        try run([harbour()], scorer: scorer, models: models)
      }
      #expect(error?.kind == .modelMissing)
      #expect(models.openedEncoders == 0)
    }
  }

  @Test("a judge whose replies cannot be read leaves the texts' own scores")
  func unreadableJudge() throws {
    let log = ProgressLog()
    let outcome = try run(
      [undecided], scorer: .judge,
      models: StubModels(generator: StubGenerator(text: "I would rather not say.")), log: log)
    #expect(log.stages == [.encoding, .judging])
    #expect(outcome.results[0].scorer == "extractive")
    #expect(outcome.results[0].reason?.hasPrefix("there is no judgement") == true)
    #expect(outcome.facts.judging?.withoutJudgement == 1)
    #expect(outcome.facts.judging?.failures["unreadable"] ?? 0 > 0)
    #expect(
      outcome.results[0].passages.map(\.utility)
        == (try run([undecided]).results[0].passages.map(\.utility)))
  }
}
