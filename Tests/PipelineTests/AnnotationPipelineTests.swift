import LabelQuality
import Records
import Assessments
import ModelInterfaces
import Rules
import Testing

@testable import Pipeline

@Suite("Annotation pipeline") struct AnnotationPipelineTests {
  private func pipeline(
    mode: CorrectionMode = .auto, rules: RuleSet = RuleSet(), asksPlausibility: Bool = false,
    models: StubModels = StubModels(), log: ProgressLog? = nil
  ) -> AnnotationPipeline {
    AnnotationPipeline(
      rules: rules, mode: mode, asksPlausibility: asksPlausibility, models: models, threads: 1,
      progress: log?.callback)
  }

  @Test("flipped labels are flagged, with the right label as proposal, and no other ones")
  func flippedLabels() throws {
    let results = try pipeline().run(records(60, flipped: [10, 31])).results
    #expect(results.indices.filter { results[$0].flagged } == [10, 31])
    #expect(results[10].action == .review)
    #expect(results[10].labels == [label("sport")])
    #expect(results[10].proposal == [label("cooking")])
    #expect(results[31].proposal == [label("sport")])
    let credible = results.indices.filter { ![10, 31].contains($0) }
      .compactMap { results[$0].credibility }
    #expect(credible.count == 58)
    #expect((results[10].credibility ?? 1) < (credible.min() ?? 0))
    #expect((results[31].credibility ?? 1) < (credible.min() ?? 0))
  }

  @Test("mode all replaces what is flagged, and mode suggest nothing")
  func modes() throws {
    let all = try pipeline(mode: .all).run(records(60, flipped: [10])).results
    #expect(all[10].action == .corrected)
    #expect(all[10].labels == [label("cooking")])
    #expect(all[10].reason == "mode: all")
    #expect(all.count { $0.action == .corrected } == 1)
    let suggested = try pipeline(mode: .suggest).run(records(60, flipped: [10])).results
    #expect(suggested[10].action == .review)
    #expect(suggested[10].proposal == [label("cooking")])
  }

  @Test("the threshold of the rules limits what is flagged")
  func threshold() throws {
    var rules = RuleSet()
    rules.flagThreshold = 0
    let results = try pipeline(rules: rules).run(records(60, flipped: [10])).results
    #expect(results.allSatisfy { !$0.flagged })
  }

  @Test("records without a label are proposed one, and are no one's neighbours")
  func proposals() throws {
    let unlabelled: Set<Int> = [4, 5, 17]
    let results = try pipeline().run(records(60, unlabelled: unlabelled)).results
    for row in unlabelled {
      let result = results[row]
      #expect(result.action == .proposed)
      #expect(result.credibility == nil)
      #expect(result.utility == nil)
      #expect(result.labels.isEmpty)
      #expect(result.proposal.map(\.name) == [row.isMultiple(of: 2) ? "cooking" : "sport"])
    }
    let ids = Set(unlabelled.map { "r\($0 + 1)" })
    #expect(results.allSatisfy { $0.neighbours.allSatisfy { !ids.contains($0.id) } })
    #expect(results.allSatisfy { $0.neighbours.count == 5 })
  }

  @Test("where many labels are wrong and their names are clear, auto replaces them")
  func openGate() throws {
    let flipped = Set(stride(from: 0, to: 120, by: 7))
    // Every text has the name of its subject, so the names tell the labels apart.
    let named = texts(120).enumerated().map { index, text in
      record(
        "\(text.text) \(text.subject)",
        flipped.contains(index) == (text.subject == "sport") ? "cooking" : "sport",
        line: index + 1)
    }
    let translation = try pipeline().run(named)
    let results = translation.results
    #expect(translation.assessed.labelNameGate?.isOpen == true)
    let corrected = results.indices.filter { results[$0].action == .corrected }
    #expect(corrected.count >= flipped.count / 2)
    #expect(Set(corrected).isSubset(of: flipped))
    for row in corrected {
      #expect(results[row].labels.map(\.name) == [texts(120)[row].subject])
      #expect(results[row].reason == "the evidence and the meaning of the label names agree")
    }
  }

  @Test("a record with the text of a trusted one takes its label")
  func trustedDuplicate() throws {
    var all = records(40)
    let text = texts(40)[2].text
    all[2] = record(text, "cooking", line: 3, isTrusted: true)
    all.append(record("  " + text, "sport", line: 41))
    let results = try pipeline().run(all).results
    #expect(results[2].action == .protected)
    #expect(results[40].action == .corrected)
    #expect(results[40].labels == [label("cooking")])
    #expect(results[40].reason == "duplicate of the trusted record r3")
  }

  @Test("ready vectors need no encoder, and the label names no vectors")
  func readyVectors() throws {
    let models = StubModels(encoder: nil)
    let encoder = StubEncoder()
    let ready = records(40, flipped: [10]).map { original in
      guard case .text(let text) = original.content else { return original }
      return record(
        .none, original.labels[0].name, line: original.line, vector: encoder.vector(text))
    }
    let translation = try pipeline(models: models).run(ready)
    #expect(models.openedEncoders == 0)
    #expect(translation.results[10].flagged)
    #expect(translation.assessed.labelNameGate == nil)
    #expect(translation.vectorisation.encoderIdentity == nil)
    #expect(throws: ModelError.self) { try pipeline(models: models).run(records(4)) }
  }

  @Test("without a record nothing is encoded")
  func noRecords() throws {
    let models = StubModels(encoder: nil)
    #expect(try pipeline(models: models).run([]).results.isEmpty)
    #expect(models.openedEncoders == 0)
  }

  @Test("progress goes from encoding over searching to scoring")
  func progress() throws {
    let log = ProgressLog()
    _ = try pipeline(log: log).run(records(8))
    #expect(log.stages == [.encoding, .searching, .scoring])
    // Eight texts, and two for each of two labels.
    #expect(
      log.steps.prefix(4) == [
        ProgressLog.Step(stage: .encoding, done: 0, total: 12),
        ProgressLog.Step(stage: .encoding, done: 12, total: 12),
        ProgressLog.Step(stage: .searching, done: 0, total: 1),
        ProgressLog.Step(stage: .scoring, done: 0, total: 1),
      ])
    #expect(log.steps.last == ProgressLog.Step(stage: .scoring, done: 16, total: 16))
  }

  // MARK: - Plausibility of labels

  @Test("the plausibility of labels is one more signal, asked for after encoding")
  func plausibility() throws {
    let log = ProgressLog()
    let named = texts(40).enumerated().map {
      record("\($1.text) \($1.subject)", $1.subject, line: $0 + 1)
    }
    let translation = try pipeline(
      asksPlausibility: true, models: StubModels(model: StubLanguageModel()), log: log
    ).run(named)
    #expect(log.stages == [.encoding, .plausibility, .searching, .scoring])
    #expect(translation.languageModelIdentity == "stub language model")
    #expect(!translation.hasTooManyLabels)
    let signals = translation.results[0].signals
    #expect(signals.map(\.name) == translation.assessed.signalNames)
    #expect(signals.last?.name == "label_plausibility")
    #expect((signals.last?.probability ?? 0) > 0.9, "the text has the name of its label")
    #expect(
      try pipeline().run(named).results[0].signals.allSatisfy { $0.name != "label_plausibility" })
  }

  @Test("a missing language model is reported before anything is encoded")
  func missingModel() throws {
    let models = StubModels()
    let error = #expect(throws: ModelError.self) {
      try pipeline(asksPlausibility: true, models: models).run(records(8))
    }
    #expect(error?.kind == .modelMissing)
    #expect(models.openedEncoders == 0)
  }

  @Test("one label, or more than 32, are not asked about")
  func numberOfLabels() throws {
    let models = StubModels(model: StubLanguageModel())
    func translation(labels: Int) throws -> AnnotationTranslation {
      let all = (0..<labels * 2).map { record("text \($0)", "l\($0 % labels)", line: $0 + 1) }
      return try pipeline(asksPlausibility: true, models: models).run(all)
    }
    let one = try translation(labels: 1)
    #expect(one.languageModelIdentity == nil)
    #expect(!one.hasTooManyLabels)
    #expect(try translation(labels: 2).languageModelIdentity != nil)
    let most = try translation(labels: 32)
    #expect(most.languageModelIdentity != nil)
    #expect(!most.hasTooManyLabels)
    let tooMany = try translation(labels: 33)
    #expect(tooMany.languageModelIdentity == nil)
    #expect(tooMany.hasTooManyLabels)
  }
}
