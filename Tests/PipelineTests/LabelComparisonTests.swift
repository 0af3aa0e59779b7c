import Assessments
import LabelQuality
import ModelInterfaces
import Records
import Report
import Rules
import Synchronization
import Testing

@testable import Pipeline

/// A language model that knows which of two labels belongs to a text of `texts`.
private final class KnowingModel: LanguageModel, TextGenerator {
  let identity = "knowing model"
  let contextTokens = 1000
  let concurrency = 3
  let error: GenerationError?
  private let log = Mutex<[String]>([])

  init(failing error: GenerationError? = nil) { self.error = error }

  /// Everything that it was asked, sorted, since several threads ask.
  var asked: [String] { log.withLock { $0.sorted() } }

  func tokens(of text: String) -> [Int32] { text.split(separator: " ").map { _ in 1 } }

  private static func label(of text: String) -> String {
    let words = ["soup", "oven", "salt", "bread", "onion", "recipe", "butter", "dough", "cooking"]
    return words.contains { text.contains($0) } ? "q" : "z"
  }

  func scores(
    of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
  ) -> [[LogLikelihood]] {
    log.withLock { log in log += continuations.map { "\($0.prefix.text)|\($0.segments[0].text)" } }
    return continuations.enumerated().map { index, continuation in
      let fits = continuation.segments[0].text == " \(Self.label(of: continuation.prefix.text))"
      let scores = [
        LogLikelihood(sum: fits ? -1 : -3, tokens: 1, cutPrefixTokens: 0, cutTokens: 0)
      ]
      each?(index, scores)
      return scores
    }
  }

  func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
    log.withLock { $0.append(conversation.user) }
    if let error { throw error }
    let text = conversation.user.prefix { $0 != "A" }
    let isA = conversation.user.contains("<label A>\n| \(Self.label(of: String(text)))\n")
    return Reply(text: isA ? "A" : "B")
  }
}

@Suite("Comparison of labels by a language model") struct LabelComparisonTests {
  /// Labels whose names mean nothing, so that the gate of the names stays shut.
  private func lines(_ count: Int = 240, flippedEvery: Int = 6) -> [Record] {
    texts(count).enumerated().map { index, text in
      let isCooking = (text.subject == "cooking") != index.isMultiple(of: flippedEvery)
      return record(text.text, isCooking ? "q" : "z", line: index + 1)
    }
  }

  private func run(
    _ records: [Record], model: KnowingModel, server: Bool = false, questions: Int = 200,
    mode: CorrectionMode = .auto, log: ProgressLog? = nil
  ) throws -> AnnotationTranslation {
    var rules = RuleSet()
    if server {
      rules.utility.server = UtilityRules.Server(address: "http://127.0.0.1:1/v1", model: "m")
    }
    return try AnnotationPipeline(
      rules: rules, mode: mode, asksPlausibility: false, labelQuestions: questions,
      models: StubModels(model: model, generator: model), threads: 2, progress: log?.callback
    ).run(records)
  }

  @Test("a model that proves itself on the file replaces labels", arguments: [false, true])
  func opens(server: Bool) throws {
    let model = KnowingModel()
    let log = ProgressLog()
    let translation = try run(lines(), model: model, server: server, log: log)
    let facts = try #require(translation.comparison(mode: .auto))
    #expect(facts.open, "\(facts.explanation)")
    #expect(translation.assessed.labelNameGate?.isOpen == false)
    let corrected = translation.results.indices.filter {
      translation.results[$0].action == .corrected
    }
    #expect(corrected.count > 20)
    #expect(corrected.allSatisfy { $0.isMultiple(of: 6) })
    #expect(
      corrected.allSatisfy {
        translation.results[$0].reason == "the evidence and the language model agree"
      })
    #expect(facts.questions <= 200)
    #expect(
      facts.explanation.hasPrefix("The language model is independent evidence: of two labels"))
    #expect(translation.languageModelIdentity?.contains("knowing model") == true)
    #expect(log.stages.contains(.comparing))
    // The same run asks the same again, so that a cache has every answer.
    let again = KnowingModel()
    _ = try run(lines(), model: again, server: server)
    #expect(again.asked == model.asked)
  }

  @Test(
    "the question is the same bytes whichever of two labels is given", arguments: [false, true])
  func blind(server: Bool) throws {
    let (one, other) = (KnowingModel(), KnowingModel())
    let labels = [label("q"), label("z")]
    for (model, given) in [(one, 0), (other, 1)] {
      var rules = RuleSet()
      if server {
        rules.utility.server = UtilityRules.Server(address: "http://127.0.0.1:1/v1", model: "m")
      }
      let round = try LabelComparisonRound(
        rules, records: (0..<9).map { record("soup \($0)", labels[given].name) }, labels: labels,
        models: StubModels(model: model, generator: model))
      _ = round.answers(
        to: (0..<9).map { LabelQuestion(row: $0, given, 1 - given) })
    }
    #expect(!one.asked.isEmpty && one.asked == other.asked)
  }

  @Test("a server that fails leaves the run whole, and the report says so")
  func failingServer() throws {
    let lost = GenerationError(
      .unreachable, at: "http://127.0.0.1:1/v1", "no server answers", remedy: "Start it.")
    let translation = try run(lines(), model: KnowingModel(failing: lost), server: true)
    let facts = try #require(translation.comparison(mode: .auto))
    #expect(!facts.open && facts.failures == ["unreachable": facts.questions])
    #expect(
      facts.explanation.hasSuffix(
        "got no answer; the first because: choice of a label: http://127.0.0.1:1/v1: no server answers. "
          + "Start it."))
    let alone = try run(lines(), model: KnowingModel(), questions: 0)
    #expect(translation.results.map { "\($0)" } == alone.results.map { "\($0)" })
    #expect(alone.comparison(mode: .auto) == nil)
  }

  @Test("without a model the run is refused before anything is encoded; lists are not compared")
  func requests() throws {
    let models = StubModels()
    let pipeline = AnnotationPipeline(
      rules: RuleSet(), mode: .auto, asksPlausibility: false, labelQuestions: 100, models: models,
      threads: 1, progress: nil)
    #expect(throws: ModelError.self) { try pipeline.run(lines(20)) }
    #expect(models.openedEncoders == 0)
    let lists = texts(20).enumerated().map {
      record($1.text, list: [$1.subject], line: $0 + 1)
    }
    let facts = try pipeline.run(lists).comparison(mode: .auto)
    #expect(
      facts?.explanation
        == "The language model was not asked about labels: records have lists of labels.")
  }

  private func textOf(_ record: Record) -> String {
    if case .text(let text) = record.content { text } else { "" }
  }

  @Test("each reason why nothing was replaced has its sentence")
  func sentences() throws {
    let agreeing = try run(lines(60, flippedEvery: 1000), model: KnowingModel(), questions: 80)
    let explanation = try #require(agreeing.comparison(mode: .auto)).explanation
    #expect(explanation.hasPrefix("The language model replaced no label: evidence and labels"))
    let empty = lines().map {
      record(.none, $0.labels[0].name, line: $0.line, vector: StubEncoder().vector(textOf($0)))
    }
    #expect(
      try run(empty, model: KnowingModel()).comparison(mode: .auto)?.explanation
        == "The language model was not asked about labels: the records have no text.")
    let suggested = try run(lines(), model: KnowingModel(), mode: .suggest)
    #expect(
      suggested.comparison(mode: .suggest)?.explanation.hasSuffix(
        "In mode suggest no label is replaced.") == true)
  }
}
