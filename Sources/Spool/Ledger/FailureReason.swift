import Messages

/// Why a file failed or has to wait: `code` is for programs, the rest for people.
package struct FailureReason: Sendable, Equatable, Codable {
  /// A stable name of the reason, such as `not-json`.
  package let code: String
  package let message: String
  /// The line of the file that causes the failure, counted from 1; nil if no single line does.
  package let line: Int?
  /// What the user can do about it.
  package let remedy: String
  /// What else was found in the file, a sentence each; nil where nothing was.
  package let findings: [String]?

  /// Escapes and cuts the texts: they go to the log, the ledger, `NAME.error.json` and terminals, and may
  /// repeat what a file or a server says.
  package init(
    code: String, message: String, line: Int? = nil, remedy: String, findings: [String] = []
  ) {
    self.findings =
      findings.isEmpty
      ? nil : findings.map { EscapedText.plain($0, limit: EscapedText.messageLimit) }
    self.code = code
    self.message = EscapedText.plain(message, limit: EscapedText.messageLimit)
    self.line = line
    self.remedy = EscapedText.plain(remedy, limit: EscapedText.messageLimit)
  }

  /// The message, or the code where the message may repeat something of a file's content.
  var messageWithoutContent: String { Self.mayQuoteContent(code: code) ? code : message }

  /// Whether the message may repeat something of the file's content, or of a server's reply to it.
  package static func mayQuoteContent(code: String) -> Bool {
    let quoting = [
      "input", "failure", "no-usable-line", "no-text", "no-label", "missing-member",
    ]
    return quoting.contains(code) || code.hasPrefix("label-") || code.hasPrefix("server-")
  }
}
