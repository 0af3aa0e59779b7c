import Inference
import Rules

/// Which model says how much a passage helps, and why this one.
struct UtilityPlan {
  /// Nil where the texts speak for themselves.
  let languageModel: (any LanguageModel)?
  /// The least grade that means useful.
  let positiveFrom: Int
  /// In a sentence.
  let reason: String

  var scorer: String { languageModel == nil ? "extractive" : "likelihood" }

  /// - Throws: where a model that rules ask for is not there, or cannot be opened.
  init(_ rules: RuleSet, models: any ModelSource) throws {
    positiveFrom = rules.utility.positiveFrom
    switch rules.utility.scorer {
    case .extractive:
      languageModel = nil
      reason = "the rules ask for no language model."
    case .likelihood:
      guard let model = try models.languageModel(rules) else {
        throw InferenceError(
          .modelMissing, at: "language model", "the rules ask for one, and there is none here",
          remedy: "run scripts/prepare, or write utility: {scorer: extractive} in the rules")
      }
      languageModel = model
      reason = "the rules ask for a language model."
    case .auto:
      languageModel = try models.languageModel(rules)
      reason =
        languageModel == nil
        ? "there is no language model here; scripts/prepare fetches one."
        : "there is a language model here."
    }
  }
}
