import Inference
import Rules
import Utility

/// Which models say how much a passage helps, and why these.
struct UtilityPlan {
  /// Scores texts; nil where none is asked.
  let languageModel: (any LanguageModel)?
  /// Writes its judgement; nil where none is asked.
  let generator: (any Generator)?
  let prompts: PromptSet
  let settings: JudgeSettings
  /// The least grade that means useful.
  let positiveFrom: Int
  /// In a sentence.
  let reason: String

  var scorer: String {
    generator != nil ? "judge" : languageModel != nil ? "likelihood" : "extractive"
  }

  /// Names everything of the models that can change a score; nil where none is asked.
  var identity: String? {
    generator.map { Judge(asking: $0, with: prompts, settings: settings).identity }
      ?? languageModel?.identity
  }

  /// - Throws: where a model that rules ask for is not there.
  init(rules: UtilityRules, models: any ModelSource, _ set: RuleSet) throws {
    prompts = try PromptSet(replacing: rules.prompts)
    settings = JudgeSettings(form: rules.selection == .rank ? .ranking : .selection)
    positiveFrom = rules.positiveFrom
    switch rules.scorer {
    case .extractive:
      (languageModel, generator) = (nil, nil)
      reason = "The rules ask for no language model."
    case .likelihood:
      guard let model = try models.languageModel(set) else { throw Self.missing() }
      (languageModel, generator) = (model, nil)
      reason = "The rules ask for a language model's likelihoods."
    case .judge:
      guard let judge = try models.generator(set) else { throw Self.missing() }
      (languageModel, generator) = (nil, judge)
      reason =
        rules.server != nil
        ? "The rules name a server, which judges." : "The rules ask the language model to judge."
    case .auto where rules.server != nil:
      (languageModel, generator) = (nil, try models.generator(set))
      reason = "The rules name a server, which judges."
    case .auto:
      guard let model = try models.languageModel(set) else {
        (languageModel, generator) = (nil, nil)
        reason = "There is no language model here; scripts/prepare fetches one."
        return
      }
      (languageModel, generator) = (model, nil)
      reason = "A language model in this process scores; rules can have it judge."
    }
  }

  private static func missing() -> InferenceError {
    InferenceError(
      .modelMissing, at: "language model", "the rules ask for one, and there is none here",
      remedy: "run scripts/prepare, or write utility: {scorer: extractive} in the rules")
  }
}
