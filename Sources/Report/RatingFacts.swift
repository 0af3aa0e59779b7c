/// What a language model was asked of the texts' quality, and how that went.
package struct RatingFacts: Sendable, Codable, Equatable {
  /// Records with a rating.
  package var rated: Int
  /// Records without one, by why: a kind of failure, or `no-text`.
  package var failures: [String: Int]
  /// In words; nil where nothing failed.
  package var firstFailure: String?
  /// Mean rating by criterion, 1…5, high is better; empty where nothing was rated.
  package var means: [String: Double]
  /// Records by domain.
  package var domains: [String: Int]
  /// The prompt's version, with its digest where it is not the shipped one.
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

  /// For a terminal.
  var sentence: String {
    let lost = failures.values.reduce(0, +)
    let start = "\(String(counting: rated, "text")) rated by the language model"
    guard lost > 0 else { return "\(start)." }
    let others = lost == 1 ? "1 has no rating" : "\(lost) have no rating"
    return "\(start); \(others)" + (firstFailure.map { ": \($0)" } ?? ".")
  }
}
