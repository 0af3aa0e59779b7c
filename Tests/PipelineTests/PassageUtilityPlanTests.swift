import ModelInterfaces
import Testing
import Vectors

@testable import Pipeline
@testable import Rules

@Suite struct PassageUtilityPlanTests {
  /// A machine with a language model of the given number of weights, or with none.
  private struct Machine: ModelSource {
    var parameters: Int?

    private struct Model: LanguageModel {
      var identity: String { "model" }
      var contextTokens: Int { 100 }
      func tokens(of text: String) -> [Int32] { [] }
      func scores(
        of continuations: [Continuation], each: (@Sendable (Int, [LogLikelihood]) -> Void)?
      ) -> [[LogLikelihood]] { [] }
    }

    private struct Writer: TextGenerator {
      var identity: String { "writer" }
      var concurrency: Int { 1 }
      func reply(to conversation: Conversation) throws(GenerationError) -> Reply {
        Reply(text: "", meanLogProbability: nil, wasCut: false)
      }
    }

    func encoder(_ rules: RuleSet) throws -> any Encoder {
      throw ModelError(.modelMissing, at: "encoder", "there is none", remedy: "none")
    }
    func search() -> any NeighbourSearch { ExactNeighbourSearch(threads: 1) }
    func languageModel(_ rules: RuleSet) -> (any LanguageModel)? {
      parameters == nil ? nil : Model()
    }
    func languageModelParameterCount(_ rules: RuleSet) -> Int? { parameters }
    func generator(_ rules: RuleSet) -> (any TextGenerator)? { parameters == nil ? nil : Writer() }
  }

  private func rules(_ yaml: String) -> RuleSet {
    RuleFile.read(yaml, file: "a.yaml", stem: "default") { _ in nil }.0
  }

  @Test(
    "a model in this process judges only if the rules say so, however large it is",
    arguments: [135_000_000, 3_000_000_000, 70_000_000_000])
  func judgesOnlyByTheRules(parameters: Int) throws {
    let machine = Machine(parameters: parameters)
    #expect(try PassageUtilityPlan(RuleSet(), models: machine).scorer == "likelihood")
    let asked = try PassageUtilityPlan(rules("utility: {scorer: judge}"), models: machine)
    #expect(asked.scorer == "judge")
  }

  @Test func aServerThatTheRulesNameJudges() throws {
    let named = rules("utility: {server: {address: \"http://127.0.0.1:8080\", model: m}}")
    #expect(try PassageUtilityPlan(named, models: Machine(parameters: 1)).scorer == "judge")
  }

  @Test func withoutAModelTheTextsAreScoredAlone() throws {
    #expect(try PassageUtilityPlan(RuleSet(), models: Machine()).scorer == "extractive")
    #expect(throws: ModelError.self) {
      try PassageUtilityPlan(rules("utility: {scorer: likelihood}"), models: Machine())
    }
  }
}
