import ModelInterfaces
import PassageUtility
import Rules
import ModelJudging

/// The method by which passage utility is computed, with its model and the reason for the choice.
struct PassageUtilityPlan {
  /// The source of evidence in addition to the texts.
  enum Method {
    /// The texts alone, without a language model.
    case texts
    /// A model in this process, which is opened only where it has something to read.
    case likelihood(asksForAnswers: Bool)
    case judge(PassageJudge)
  }

  let method: Method
  /// The least grade of a passage that counts as useful.
  let positiveFrom: Int
  /// Why this method was chosen, as a sentence for the report.
  let reason: String

  var scorer: String {
    switch method {
    case .texts: "extractive"
    case .likelihood: "likelihood"
    case .judge: "judge"
    }
  }

  /// Which passages the model is asked about.
  var undecided: UndecidedPassages {
    switch method {
    case .judge: .byJudge
    case .likelihood(asksForAnswers: true): .byCapableModel
    case .texts, .likelihood: .byLikelihood
    }
  }

  /// Chooses the method that the rules ask for, or the best one that this machine allows.
  ///
  /// - Throws: `ModelError` or `GenerationError` if a model that the rules ask for is missing or cannot be
  ///   opened; `PromptError` for a wrong prompt in the rules.
  init(_ rules: RuleSet, models: any ModelSource) throws {
    positiveFrom = rules.utility.positiveFrom
    let hasServer = rules.utility.server != nil
    switch rules.utility.scorer {
    case .extractive:
      method = .texts
      reason = "the rules ask for no language model."
    case .likelihood:
      guard let likelihood = try Self.likelihood(rules, models) else { throw Self.missing }
      method = likelihood
      reason = "the rules ask for a language model."
    case .judge:
      method = .judge(try Self.judge(rules, models))
      reason = "the rules ask \(hasServer ? "a server" : "the language model") to judge."
    case .auto where hasServer:
      method = .judge(try Self.judge(rules, models))
      reason = "the rules name a server."
    case .auto:
      // It was not measured from which size on a model's judgements are better than its likelihoods, so a
      // model in this process judges only if the rules say so.
      if let likelihood = try Self.likelihood(rules, models) {
        method = likelihood
        reason = "this machine has a language model; it judges only if the rules say scorer: judge."
      } else {
        method = .texts
        reason = "there is no language model here; scripts/setup/prepare fetches one."
      }
    }
  }

  private static func likelihood(_ rules: RuleSet, _ models: any ModelSource) throws -> Method? {
    try models.languageModelParameterCount(rules).map {
      .likelihood(asksForAnswers: $0 >= LikelihoodScoring.leastParametersToAsk)
    }
  }

  private static func judge(_ rules: RuleSet, _ models: any ModelSource) throws -> PassageJudge {
    guard let generator = try models.generator(rules) else { throw missing }
    let prompts = try PromptSet(replacing: rules.utility.prompts.mapValues(\.text))
    let settings = JudgeSettings(
      form: rules.utility.selection == .rank ? .ranking : .selection)
    return PassageJudge(asking: generator, with: prompts, settings: settings)
  }

  private static let missing = ModelError(
    .modelMissing, at: "language model", "the rules ask for one, and there is none here",
    remedy:
      "run scripts/setup/prepare, or ask for none with --scorer extractive or utility: {scorer: extractive} "
      + "in the rules")
}
