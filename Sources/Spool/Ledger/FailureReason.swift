/// Why a file did not go through, for machines (`code`) and for people (the rest).
package struct FailureReason: Sendable, Equatable, Codable {
  /// Stable, e.g. `not-json`.
  package let code: String
  package let message: String
  /// The line of the file, counted from 1, where one is to blame.
  package let line: Int?
  /// What to do about it.
  package let remedy: String

  package init(code: String, message: String, line: Int? = nil, remedy: String) {
    self.code = code
    self.message = message
    self.line = line
    self.remedy = remedy
  }
}
