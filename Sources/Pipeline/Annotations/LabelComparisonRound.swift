import Concurrency
import LabelQuality
import ModelInterfaces
import ModelJudging
import Records
import Rules
import Synchronization

/// Asks a language model which of two labels fits a record (docs/METHODS.md, section 2).
///
/// A server, or a model in this process that is large enough, is asked for a letter. A smaller one computes
/// how likely the words of each label are after the text, since its letters are no better than chance.
final class LabelComparisonRound: LabelComparer {
  /// What the model did, for the report.
  struct Facts: Sendable {
    /// The number of questions without an answer, by reason: a kind of failure, or `no-text`.
    var failures: [String: Int] = [:]
    /// The first failure in words; nil where every question was answered.
    var firstFailure: String?
  }

  private enum Method {
    case likelihood(any LanguageModel)
    case letter(LabelChooser)
  }

  /// How many questions one call of a model in this process is about: enough to keep every thread busy, few
  /// enough to show progress.
  private static let questionsPerCall = 32

  private let method: Method
  private let texts: [String]
  private let options: [LabelChoice.Option]
  private let progress: (@Sendable (Int, Int) -> Void)?
  private let state = Mutex((facts: Facts(), failure: (any Error)?.none, asked: 0))

  /// Opens the model that the rules ask for.
  ///
  /// - Parameter progress: called with the number of questions done, and of all questions so far; on any
  ///   thread.
  /// - Throws: `ModelError` or `GenerationError` if the model is missing or cannot be opened; `PromptError`
  ///   for a wrong prompt in the rules.
  init(
    _ rules: RuleSet, records: [Record], labels: [Label], models: any ModelSource,
    progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws {
    let missing = ModelError(
      .modelMissing, at: "language model",
      "labels are to be compared by a language model, and there is none here",
      remedy: "run scripts/setup/prepare, name a server in the rules, or do not ask for it")
    let parameters = try models.languageModelParameterCount(rules) ?? 0
    if rules.utility.server != nil || parameters >= LikelihoodScoring.leastParametersToAsk {
      guard let generator = try models.generator(rules) else { throw missing }
      method = .letter(
        LabelChooser(
          asking: generator,
          with: try PromptSet(replacing: rules.utility.prompts.mapValues(\.text))))
    } else {
      guard let model = try models.languageModel(rules) else { throw missing }
      method = .likelihood(model)
    }
    texts = records.map { LabelPlausibility.text($0.content) }
    let described = Dictionary(
      rules.labels.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    options = labels.map { label in
      let rule = described[label.name]
      let name = LabelPlausibility.words(
        rule?.givenName.map { Label(name: $0, token: "") } ?? label)
      return LabelChoice.Option(
        name: name, about: rule?.about.flatMap { $0.isEmpty ? nil : $0 },
        examples: rule?.examples ?? [])
    }
    self.progress = progress
  }

  /// The identity of the model, with that of the prompt.
  var identity: String {
    switch method {
    case .likelihood(let model): model.identity
    case .letter(let chooser): chooser.identity
    }
  }

  var facts: Facts { state.withLock { $0.facts } }

  /// Why the model in this process failed; nil if it did not. A server's failures are in `facts` alone: the
  /// run goes on without its answers.
  var failure: (any Error)? { state.withLock { $0.failure } }

  func answers(to questions: [LabelQuestion]) -> [Double?] {
    // Questions of earlier calls count in the progress, so that it never goes back.
    let before = state.withLock { state in
      defer { state.asked += questions.count }
      return state.asked
    }
    let show = progress
    let progress: @Sendable (Int, Int) -> Void = { show?(before + $0, before + $1) }
    let choices = questions.map { question in
      LabelChoice(
        text: texts[Int(question.row)], first: options[Int(question.first)],
        second: options[Int(question.second)])
    }
    do {
      switch method {
      case .likelihood(let model): return try likelihoods(choices, model, progress)
      case .letter(let chooser): return try letters(choices, chooser, progress)
      }
    } catch {
      state.withLock { $0.failure = error }
      return [Double?](repeating: nil, count: questions.count)
    }
  }

  /// The model's letters as 1 for the first label and −1 for the second one.
  private func letters(
    _ choices: [LabelChoice], _ chooser: LabelChooser,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> [Double?] {
    let results = try concurrently(
      choices, workers: chooser.generator.concurrency, progress: progress
    ) { choice in Result { () throws(StepFailure) in try chooser.choice(choice) } }
    var failures: [StepFailure] = []
    var withoutText = 0
    let answers = results.map { result -> Double? in
      switch result {
      case .success(.first): return 1
      case .success(.second): return -1
      case .success(nil):
        withoutText += 1
        return nil
      case .failure(let failure):
        failures.append(failure)
        return nil
      }
    }
    note(failures.countsByKind, first: failures.first.map { "\($0)" }, withoutText: withoutText)
    return answers
  }

  /// The differences of mean log-likelihood per token of both labels' words after the text, each less the
  /// same after no text; natural logarithm.
  private func likelihoods(
    _ choices: [LabelChoice], _ model: any LanguageModel,
    _ progress: @Sendable (Int, Int) -> Void
  ) throws -> [Double?] {
    var answers = [Double?](repeating: nil, count: choices.count)
    let places = choices.indices.filter { !choices[$0].text.allSatisfy(\.isWhitespace) }
    note([:], first: nil, withoutText: choices.count - places.count)
    for start in stride(from: 0, to: places.count, by: Self.questionsPerCall) {
      progress(start, places.count)
      let block = places[start..<min(start + Self.questionsPerCall, places.count)]
      let scores = try model.logLikelihoods(
        of: block.flatMap { place in
          let choice = choices[place]
          return Self.words(choice).flatMap { words in
            [choice.text, ""].map { LabelPlausibility.continuation(words, after: $0) }
          }
        })
      for (index, place) in block.enumerated() {
        let own = scores[4 * index..<4 * index + 4].map(\.meanPerToken)
        answers[place] = (own[0] - own[1]) - (own[2] - own[3])
      }
    }
    progress(places.count, places.count)
    return answers
  }

  /// The words of both labels: the descriptions where both have one, else the names. A sentence and a name
  /// cannot be compared, as words within a sentence are easier to foresee.
  private static func words(_ choice: LabelChoice) -> [String] {
    let pair = [choice.first, choice.second]
    let descriptions = pair.compactMap(\.about)
    return descriptions.count == 2 ? descriptions : pair.map(\.name)
  }

  private func note(_ failures: [String: Int], first: String?, withoutText: Int) {
    state.withLock { state in
      state.facts.failures.merge(failures, uniquingKeysWith: +)
      if withoutText > 0 { state.facts.failures["no-text", default: 0] += withoutText }
      state.facts.firstFailure = state.facts.firstFailure ?? first
    }
  }
}
