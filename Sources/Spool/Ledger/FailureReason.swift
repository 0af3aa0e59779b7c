/// Why a file failed or has to wait: `code` is for programs, the rest for people.
package struct FailureReason: Sendable, Equatable, Codable {
  /// A stable name of the reason, such as `not-json`.
  package let code: String
  package let message: String
  /// The line of the file that causes the failure, counted from 1; nil if no single line does.
  package let line: Int?
  /// What the user can do about it.
  package let remedy: String

  package init(code: String, message: String, line: Int? = nil, remedy: String) {
    self.code = code
    self.message = message
    self.line = line
    self.remedy = remedy
  }
}
