/// Texts as words of a shell's command line.
package enum ShellWord {
  /// The text as one word that a shell takes for it and for nothing else, an option included.
  package static func quoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy(plain.contains) && !text.hasPrefix("-")
    let safe = text.hasPrefix("-") ? "./\(text)" : text
    return isPlain ? text : "'\(safe.replacing("'", with: "'\\''"))'"
  }

  private static let plain = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:,@%".utf8)
}
