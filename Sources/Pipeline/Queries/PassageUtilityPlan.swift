import ModelInterfaces
import Rules
import PassageUtility
import ModelJudging

/// Which model says how much a passage helps, in which way, and why.
struct PassageUtilityPlan {
  /// Who is asked.
  enum Means {
    /// The texts speak for themselves.
    case texts
    case likelihood(LikelihoodScoring)
    case judge(PassageJudge)
  }

  let means: Means
  /// The least grade that means useful.
  let positiveFrom: Int
  /// In a sentence.
  let reason: String

  var scorer: String {
    switch means {
    case .texts: "extractive"
    case .likelihood: "likelihood"
    case .judge: "judge"
    }
  }

  /// Names everything of the models that can change a score; nil where none is asked.
  var identity: String? {
    switch means {
    case .texts: nil
    case .likelihood(let scoring): scoring.model.identity
    case .judge(let judge): judge.identity
    }
  }

  /// - Throws: where a model that rules ask for is not there, or cannot be opened.
  init(_ rules: RuleSet, models: any ModelSource) throws {
    positiveFrom = rules.utility.positiveFrom
    let hasServer = rules.utility.server != nil
    switch rules.utility.scorer {
    case .extractive:
      means = .texts
      reason = "the rules ask for no language model."
    case .likelihood:
      guard let scoring = try Self.scoring(rules, models) else { throw Self.missing }
      means = .likelihood(scoring)
      reason = "the rules ask for a language model."
    case .judge:
      means = .judge(try Self.judge(rules, models))
      reason = "the rules ask \(hasServer ? "a server" : "the language model") to judge."
    case .auto where hasServer:
      means = .judge(try Self.judge(rules, models))
      reason = "the rules name a server."
    case .auto:
      // From which size on a model judges better than it reads was not measured, so rules decide.
      if let scoring = try Self.scoring(rules, models) {
        means = .likelihood(scoring)
        reason = "there is a language model here; it judges only where rules say scorer: judge."
      } else {
        means = .texts
        reason = "there is no language model here; scripts/setup/prepare fetches one."
      }
    }
  }

  private static func scoring(
    _ rules: RuleSet, _ models: any ModelSource
  ) throws -> LikelihoodScoring? {
    guard let model = try models.languageModel(rules) else { return nil }
    let parameters = try models.languageModelParameterCount(rules) ?? 0
    return LikelihoodScoring(
      model: model, asksForAnswers: parameters >= LikelihoodScoring.askedFrom)
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
    remedy: "run scripts/setup/prepare, or write utility: {scorer: extractive} in the rules")
}
