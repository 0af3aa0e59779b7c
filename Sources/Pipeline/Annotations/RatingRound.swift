import Concurrency
import ModelInterfaces
import Records
import Report
import Rules
import ModelJudging

/// Asks a language model to rate the texts of annotated records.
struct RatingRound {
  /// The ratings of all records, with the facts for the report.
  struct Outcome {
    /// One rating per record, in order.
    let ratings: [QualityRating]
    let facts: RatingFacts
    let identity: String
  }

  let rater: Rater

  /// Opens the text generator that the rules ask for.
  ///
  /// - Throws: `ModelError` if there is no text generator; `PromptError` for a wrong prompt in the rules.
  init(_ rules: RuleSet, models: any ModelSource) throws {
    guard let generator = try models.generator(rules) else {
      throw ModelError(
        .modelMissing, at: "language model", "texts are to be rated, and there is none here",
        remedy: "run scripts/setup/prepare, name a server in the rules, or do not ask for ratings")
    }
    rater = Rater(
      asking: generator, with: try PromptSet(replacing: rules.utility.prompts.mapValues(\.text)))
  }

  /// Rates every record's text, several at once if the generator allows it.
  ///
  /// - Parameter progress: called with the number of records done, and the number of all records; on any
  ///   thread.
  func rate(
    _ records: [Record], progress: (@Sendable (Int, Int) -> Void)? = nil
  ) throws -> Outcome {
    let rater = rater
    let results = try concurrently(
      records.map(\.ratedText), workers: rater.generator.concurrency, progress: progress
    ) { text in Result { () throws(StepFailure) in try rater.rating(of: text) } }
    var failures: [StepFailure] = []
    var withoutText = 0
    var rated: [Rating] = []
    let ratings = results.map { result -> QualityRating in
      switch result {
      case .success(let rating?):
        rated.append(rating)
        return .rated(
          domain: rating.domain.rawValue,
          ratings: rating.all.map {
            QualityRating.Criterion(name: $0.criterion.member, rating: $0.rating)
          })
      case .success(nil):
        withoutText += 1
        return .failed("there is no text")
      case .failure(let failure):
        failures.append(failure)
        return .failed("\(failure)")
      }
    }
    var counts = failures.countsByKind
    if withoutText > 0 { counts["no-text"] = withoutText }
    return Outcome(
      ratings: ratings,
      facts: RatingFacts(
        rated: rated.count, failures: counts, firstFailure: failures.first.map { "\($0)" },
        means: Self.means(rated),
        domains: Dictionary(rated.map { ($0.domain.rawValue, 1) }, uniquingKeysWith: +),
        prompt: rater.prompts.versions([.rating])[Prompt.Name.rating.rawValue] ?? ""),
      identity: rater.identity)
  }

  private static func means(_ rated: [Rating]) -> [String: Double] {
    guard !rated.isEmpty else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: Rating.Criterion.allCases.map { criterion in
        let sum = rated.reduce(0) { $0 + $1[criterion] }
        return (criterion.member, Double(sum) / Double(rated.count))
      })
  }
}

extension Rating.Criterion {
  /// The criterion's name as a JSON member.
  var member: String { rawValue.split(separator: " ").joined(separator: "_") }
}

extension Record {
  /// The words that are rated; empty if there are none.
  fileprivate var ratedText: String { content.texts.joined(separator: "\n") }
}
