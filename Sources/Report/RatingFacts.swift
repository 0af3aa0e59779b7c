/// How a language model rated the quality of the texts, and which ratings failed.
package struct RatingFacts: Sendable, Codable, Equatable {
  /// Number of records with a rating.
  package var rated: Int
  /// Number of records without a rating by reason: a kind of failure, or `no-text`.
  package var failures: [String: Int]
  /// The first failure in words; nil where no rating failed.
  package var firstFailure: String?
  /// Mean rating by criterion, 1…5, higher is better; empty where no record was rated.
  package var means: [String: Double]
  /// Number of records by domain.
  package var domains: [String: Int]
  /// Version of the prompt, with its digest where it is not the prompt that emend ships.
  package var prompt: String

  package init(
    rated: Int, failures: [String: Int], firstFailure: String?, means: [String: Double],
    domains: [String: Int], prompt: String
  ) {
    self.rated = rated
    self.failures = failures
    self.firstFailure = firstFailure
    self.means = means
    self.domains = domains
    self.prompt = prompt
  }

  /// The ratings in a sentence for a terminal.
  var sentence: String {
    let unrated = failures.values.reduce(0, +)
    let start = "\(String(counting: rated, "text")) rated by the language model"
    guard unrated > 0 else { return "\(start)." }
    let others = unrated == 1 ? "1 has no rating" : "\(unrated) have no rating"
    return "\(start); \(others)" + (firstFailure.map { ": \($0)" } ?? ".")
  }
}
